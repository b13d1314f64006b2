"""The processes of the regulations as BPMN 2.0 files, generated for each request."""

from __future__ import annotations

from fastapi import APIRouter, Response

from services.shep_gateway.api.graph_query import ChannelQuery, VariantQuery
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.media import declare_text
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.regulations.bpmn import chosen_graph, to_bpmn
from shared.regulations.passport_book import PassportBook

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


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
    passport_id: str, runtime: ServiceRuntime, channel: ChannelQuery = None, variant: VariantQuery = None
) -> Response:
    """The process of a channel and variant as BPMN 2.0 with its diagram, valid against the OMG schema.

    ``regulation-unknown``, ``channel-not-found``, ``variant-not-found``.
    """
    passport = runtime.resource(PassportBook).get_passport(passport_id)
    graph = chosen_graph(passport, channel, variant)
    name = f"{passport_id}.{graph.channel}.{graph.variant}.bpmn"
    headers = {"Content-Disposition": f'inline; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(to_bpmn(graph, passport), media_type="application/xml", headers=headers)
