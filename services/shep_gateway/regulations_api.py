"""The diagrams of the regulations as files: BPMN 2.0 of a channel and variant, made when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response

from shared.bus.errors import NotFound
from shared.bus.http import Bus
from shared.regulations.book import PassportBook
from shared.regulations.bpmn import to_bpmn
from shared.regulations.compiler import compile_graph
from shared.regulations.graph import Graph
from shared.regulations.model import CHANNELS, Channel, Passport

router = APIRouter(prefix="/api/v1", tags=["catalogue"])

ChannelIn = Annotated[
    str | None,
    Query(max_length=40, description="provider, con, portal or akim; else the first that the act opens"),
]
VariantIn = Annotated[str | None, Query(max_length=80, description="else the first variant")]


@dataclass(frozen=True)
class Drawn:
    """A regulation, and the graph of the channel and variant that somebody wants to see."""

    passport: Passport
    graph: Graph


def chosen(book: PassportBook, passport_id: str, channel: str | None, variant: str | None) -> Drawn:
    """What a request names; NotFound ``regulation-unknown``, ``channel-not-found``, ``variant-not-found``."""
    passport = book.get(passport_id)
    wanted = channel or passport.channels.accept[0]
    known: Channel | None = next((one for one in CHANNELS if one == wanted), None)
    if known is None:
        raise NotFound("channel-not-found", f"there is no channel {wanted}", passport=passport_id, channel=wanted)
    return Drawn(passport, compile_graph(passport, known, variant or passport.variants[0]))


@router.get(
    "/regulations/{passport_id}/bpmn",
    response_class=Response,
    responses={200: {"content": {"application/xml": {}}}},
)
def bpmn(passport_id: str, bus: Bus, channel: ChannelIn = None, variant: VariantIn = None) -> Response:
    """The process of a regulation as BPMN 2.0 with its diagram, valid against the OMG schema.

    ``regulation-unknown``, ``channel-not-found``, ``variant-not-found``.
    """
    drawn = chosen(bus.use(PassportBook), passport_id, channel, variant)
    name = f"{passport_id}.{drawn.graph.channel}.{drawn.graph.variant}.bpmn"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(to_bpmn(drawn.graph, drawn.passport), media_type="application/xml", headers=headers)
