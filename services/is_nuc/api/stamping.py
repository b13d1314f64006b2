"""Time-stamps over HTTP (RFC 3161, 3.4)."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request, Response

from services.is_nuc.api.http_body import Cut, read_body
from services.is_nuc.authority import stamper
from services.is_nuc.authority.own_credentials import Desks
from services.is_nuc.settings import NucSettings
from services.is_nuc.texts import TEXTS
from shared.bus.errors import BusError, Malformed, Unavailable
from shared.bus.http.endpoints import Bus
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.faults import Area, Board, Fault

router = APIRouter()

SERIAL_BITS = 128
"""A serial number is drawn, not counted: none comes twice over restarts, replicas and restored copies."""


@router.post("/tsp", tags=["time-stamps"], response_class=Response)
async def tsp(request: Request, bus: Bus) -> Response:
    """A TimeStampReq in DER, answered by a TimeStampResp: a token, or a rejection that says why."""
    body = await read_body(request, stamper.MOST_BYTES)
    await bus.use(Desks).keep_in_order(bus)
    fault = bus.use(Board).strike(Area.TSA)
    if fault is Fault.TSA_SILENT:
        return Cut(bus.use(NucSettings).silent_seconds)
    try:
        told = stamp(bus, body, fault)
    except BusError as error:
        told = stamper.rejection(error, TEXTS.get(error.code, {}))
    return Response(told, headers={"Cache-Control": "no-store"}, media_type="application/timestamp-reply")


def stamp(bus: Runtime, body: bytes | None, fault: Fault | None) -> bytes:
    """The TimeStampResp to a TimeStampReq, with the trouble that was ordered; `None` for one that is too long.

    Malformed and Refused tsp-… (see `stamper.read_query`), Unavailable tsp-time-not-available.
    """
    if fault is Fault.TSA_REFUSING:
        raise Unavailable("tsp-time-not-available", "a trouble on demand: the clock is away")
    if body is None:
        raise Malformed("tsp-bad-data-format", "too long")
    query = stamper.read_query(body)
    if fault is Fault.TSA_WRONG_IMPRINT:
        query = stamper.with_wrong_imprint(query)
    return stamper.stamp(query, bus.use(Desks).stamper, bus.now, secrets.randbits(SERIAL_BITS) | 1)
