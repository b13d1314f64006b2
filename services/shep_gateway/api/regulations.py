"""The processes of the regulations as BPMN 2.0 files, and the codes of the statuses that the acts name."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel

from services.shep_gateway.api.graph_query import ChannelQuery, DiagramLanguageQuery, VariantQuery
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.media import declare_text
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.contracts.statuses import StatusCode, list_coded_statuses
from shared.regulations.bpmn import chosen_graph, to_bpmn
from shared.regulations.passport_book import PassportBook

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


class StatusTitle(BaseModel):
    """The title of a code, in three languages."""

    ru: str
    kk: str
    en: str


class CodedStatusView(BaseModel):
    """A status for machines: its code, the words of the acts that it stands for, and its title."""

    code: StatusCode
    words: list[str]
    title: StatusTitle


@router.get("/statuses", dependencies=[ManyCalls])
async def list_statuses() -> Annotated[list[CodedStatusView], at_most(20, "one for a code")]:
    """The codes of statuses, the same over all acts, as a case goes; words that no act has are ``other``."""
    return [
        CodedStatusView(code=coded.code, words=list(coded.words), title=StatusTitle(**coded.titles))
        for coded in list_coded_statuses()
    ]


@router.get(
    "/regulations/{passport_id}/bpmn",
    response_class=Response,
    responses={
        **declare_text("application/xml"),
        **declare_errors(not_found="channel-not-found regulation-unknown variant-not-found"),
    },
    dependencies=[ManyCalls],
)
def download_bpmn(
    passport_id: str,
    runtime: ServiceRuntime,
    channel: ChannelQuery = None,
    variant: VariantQuery = None,
    language: DiagramLanguageQuery = "ru",
) -> Response:
    """The process of a channel and variant as BPMN 2.0 with its diagram, valid against the OMG schema.

    ``regulation-unknown``, ``channel-not-found``, ``variant-not-found``.
    """
    passport = runtime.resource(PassportBook).get_passport(passport_id)
    graph = chosen_graph(passport, channel, variant)
    name = f"{passport_id}.{graph.channel}.{graph.variant}.bpmn"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(to_bpmn(graph, passport, language), media_type="application/xml", headers=headers)
