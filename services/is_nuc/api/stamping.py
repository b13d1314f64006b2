"""Time-stamps over HTTP (RFC 3161, 3.4)."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from services.is_nuc.api.http_body import DroppedResponse, read_body
from services.is_nuc.authority import stamper
from services.is_nuc.authority.fresh_stamps import answer_timestamp_query
from services.is_nuc.authority.own_credentials import OwnCredentials
from services.is_nuc.settings import NucSettings
from services.is_nuc.texts import TEXTS
from shared.bus.errors import BusError
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.media import declare_bytes, declare_raw_body
from shared.bus.http.request_budgets import accepts_body
from shared.bus.http.requests.call_limits import ManyCalls
from shared.pki.faults import FaultArea, PkiFault
from shared.sandbox.fault_board import FaultBoard

router = APIRouter()


@router.post(
    "/tsp",
    tags=["time-stamps"],
    response_class=Response,
    responses=declare_bytes("application/timestamp-reply"),
    openapi_extra=declare_raw_body("application/timestamp-query", "A TimeStampReq in DER (RFC 3161)."),
    dependencies=[ManyCalls],
)
@accepts_body()
async def create_timestamp(request: Request, runtime: ServiceRuntime) -> Response:
    """A TimeStampReq in DER, answered by a TimeStampResp: a token, or a rejection with its reason."""
    body = await read_body(request, stamper.MOST_BYTES)
    await runtime.resource(OwnCredentials).renew_when_due(runtime)
    fault = runtime.resource(FaultBoard).draw_fault(FaultArea.TSA)
    if fault is PkiFault.TSA_SILENT:
        return DroppedResponse(runtime.resource(NucSettings).silent_seconds)
    try:
        reply = answer_timestamp_query(runtime, body, fault)
    except BusError as error:
        reply = stamper.make_rejection(error, TEXTS.get(error.code, {}))
    return Response(reply, headers={"Cache-Control": "no-store"}, media_type="application/timestamp-reply")
