"""The exchanges over HTTP: for ШЭП's operator all of them, for a participant its own."""

from __future__ import annotations

import base64
import codecs
import json
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel

from services.shep_gateway.doors import exchanges
from services.shep_gateway.doors.exchanges import ExchangeRow
from services.shep_gateway.doors.rest.callers import OwnReader
from services.shep_gateway.doors.rest.views import DoorDeviationView
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import Paging, at_most
from shared.bus.http.problems import declare_errors

router = APIRouter(prefix="/api/v1/exchanges", tags=["exchanges"])

Door = Literal["soap", "rest", "push", "webhook"]
"""The way of a call: to a door of ШЭП, or from ШЭП to the endpoint or the webhook of a participant."""


class ExchangeView(BaseModel):
    """One call at a door, without its bytes; ``code`` is None for a call that passed."""

    id: str
    began_at: datetime
    took_ms: int
    door: Door
    operation: str
    target: str
    participant: str | None
    service_id: str | None
    sent_message_id: str | None
    sent_correlation_id: str | None
    message_id: str | None
    correlation_id: str | None
    session_id: str | None
    http_status: int
    code: str | None
    deviations: Annotated[list[DoorDeviationView], at_most(31, "a call is read no further")]


class CarriedBytesView(BaseModel):
    """The headers and bytes of a request or an answer: ``body`` as text, or base64 where they are no UTF-8."""

    headers: dict[str, str]
    body: str
    encoding: Literal["utf-8", "base64"]
    size: int
    is_cut: bool


class WholeExchangeView(ExchangeView):
    """One call at a door, with its bytes as they came and went."""

    request: CarriedBytesView
    response: CarriedBytesView


@router.get("")
async def list_exchanges(
    runtime: ServiceRuntime,
    page: Paging,
    reader: OwnReader,
    participant: str | None = None,
    door: Door | None = None,
    service_id: str | None = None,
    message_id: str | None = None,
    correlation_id: str | None = None,
    code: str | None = None,
) -> list[ExchangeView]:
    """The calls at the doors, the newest first; a participant sees its own.

    ``message_id`` is ШЭП's or the client's own. A look into an empty mailbox leaves no exchange.
    """
    filters = {
        "participant": reader or participant,
        "door": door,
        "service_id": service_id,
        "correlation_id": correlation_id,
        "code": code,
    }
    rows = await runtime.read(lambda session: exchanges.list_exchanges(session, page.place, filters, message_id))
    return [ExchangeView(**_read_columns(row)) for row in page.link_page(rows)]


@router.get("/{exchange_id}", responses=declare_errors(not_found="exchange-unknown"))
async def get_exchange(
    exchange_id: Annotated[str, Path(max_length=40)], runtime: ServiceRuntime, reader: OwnReader
) -> WholeExchangeView:
    """One call at a door by the id in its answer's header ``X-Exchange-Id``; ``exchange-unknown``."""
    row = await runtime.read(lambda session: exchanges.find_exchange(session, exchange_id, reader))
    return WholeExchangeView(
        **_read_columns(row),
        request=_show_bytes(row.request_headers, row.request, row.request_size),
        response=_show_bytes(row.answer_headers, row.answer, row.answer_size),
    )


def _read_columns(row: ExchangeRow) -> dict[str, object]:
    deviations = [{"code": code, "element": element} for code, element in json.loads(row.deviations)]
    columns = {name: getattr(row, name) for name in ExchangeView.model_fields if name != "deviations"}
    return {**columns, "deviations": deviations}


def _show_bytes(headers: str, body: bytes, size: int) -> CarriedBytesView:
    is_cut = len(body) < size
    encoding: Literal["utf-8", "base64"] = "utf-8"
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(body, final=not is_cut)
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(body).decode(), "base64"
    return CarriedBytesView(headers=json.loads(headers), body=text, encoding=encoding, size=size, is_cut=is_cut)
