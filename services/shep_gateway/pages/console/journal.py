"""The journal's search, and one message of it with everything that ШЭП knows, and sending it again."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from fastapi import Request, Response
from sqlmodel import Session

from services.shep_gateway.console.sending_again import (
    await_verdict,
    may_send_again,
    replay_message,
    resend_message,
)
from services.shep_gateway.doors.exchanges import ExchangeRow, list_exchanges
from services.shep_gateway.missing_entries import EXPLAINED, explain_refusal
from services.shep_gateway.pages.console.site import SITE, OperatorPage, opens_board, record_act, text_of
from services.shep_gateway.pages.console.views.message_view import (
    describe_entry,
    envelope_of,
    list_facts,
    name_value,
    read_content,
)
from services.shep_gateway.pages.console.views.titles import short_title
from services.shep_gateway.pages.explain_view import describe_finding
from services.shep_gateway.proof.bounded_search import SearchedPart, search_part
from services.shep_gateway.proof.delivery_lists import list_deliveries
from services.shep_gateway.proof.journal_search import JournalSearch
from services.shep_gateway.register import CachedRegister
from services.shep_gateway.storage import DeliveryRow, JournalRow, find_explanation
from services.shep_gateway.whereabouts.explaining import explain_id
from shared.bus.errors import BusError, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.records.whereabouts import WhereaboutsFinding
from shared.bus.http.requests.plain_input import RowNumber
from shared.bus.persistence.list_pages import ListPlace
from shared.contracts import addresses
from shared.contracts.local_time import KAZAKHSTAN
from shared.web.page_forms import SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import Page

router = PageRouter(SITE)

MOST_ROWS = 50
LONGEST = 100
LONGEST_NUMBER = 18
EVENTS = ("ACCEPTED", "REFUSED", "REPLAYED", "UNDELIVERED", "CHANGED", "ROUTE_CHANGED")
REPLAY_TONES = {"delivered": "good", "refused": "bad", "waits": "doubtful"}
FIELDS = ("any_id", "system", "service", "region", "event", "code", "since", "until")


@router.get("/console/journal")
async def show_journal(request: Request, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """The entries that the query asks for, the newest first."""
    filters = {name: request.query_params.get(name, "").strip()[:LONGEST] for name in FIELDS}
    search, faults = _read_search(page, filters)
    before = request.query_params.get("before", "")
    begin = int(before) if before.isdecimal() and len(before) < LONGEST_NUMBER else None
    part = SearchedPart([])
    if not faults:
        part = await runtime.read(lambda session: search_part(session, search, begin, MOST_ROWS))
    page.errors = faults
    following = str(part.next_before or "")
    return page.show(
        "journal.html",
        status=422 if faults else 200,
        filters=filters,
        rows=[describe_entry(page, row) for row in part.rows],
        systems=[(item, short_title(page, item)) for item in _known_systems()],
        regions=[(item, addresses.region_name(item)[page.tag]) for item in addresses.REGIONS],
        events=[(item, page.say(f"event-{item.lower().replace('_', '-')}")) for item in EVENTS],
        is_asked=any(filters.values()),
        searched_to=part.searched_to,
        first=page.address("console/journal", **filters) if begin else "",
        next=page.address("console/journal", before=following, **filters) if following else "",
    )


@router.get("/console/journal/{n}")
async def show_message(n: RowNumber, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """One entry: its bytes, headers, signatures and attestation, the verdict, the deviations, the explanation."""
    return await _show_message(n, page, runtime)


@router.post("/console/journal/{n}/resend")
async def resend(n: RowNumber, page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """Let the same bytes pass once more."""
    try:
        await resend_message(runtime, n)
    except BusError as error:
        await record_act(page, runtime, "resend", error, n=str(n))
        return await _show_message(n, page, runtime, error)
    await record_act(page, runtime, "resend", n=str(n))
    page.leave_notice("resent")
    return page.lead_to(f"console/journal/{n}")


@router.post("/console/journal/{n}/replay")
async def replay(n: RowNumber, page: OperatorPage, runtime: ServiceRuntime, form: SentForm) -> Response:
    """Send a new message like this one, with the data of the form where it has some, and show the verdict."""
    data = form.secret("data") or None
    try:
        passed = await replay_message(runtime, n, data)
    except BusError as error:
        await record_act(page, runtime, "replay", error, n=str(n))
        return await _show_message(n, page, runtime, error, typed=data or "")
    await record_act(page, runtime, "replay", n=str(n), message_id=passed.message_id)
    verdict = await await_verdict(runtime, passed)
    page.leave_notice(f"replayed-{verdict.state}", REPLAY_TONES[verdict.state])
    return page.lead_to(f"console/journal/{verdict.entry}")


async def _show_message(
    n: int, page: Page, runtime: ServiceRuntime, error: BusError | None = None, typed: str = ""
) -> Response:
    def read(session: Session) -> tuple[JournalRow, list[DeliveryRow], list[ExchangeRow], list[Any], bool]:
        row = session.get(JournalRow, n)
        if row is None:
            raise NotFound("entry-unknown", "the journal has no such entry")
        deliveries, calls = _read_neighbours(session, row)
        reasons = [
            find_explanation(session, row.sender or "", row.message_id or "", recipient)
            for recipient in ("", *(delivery.recipient for delivery in deliveries))
        ]
        reasons += [_read_answer(call).get("explanation") for call in calls]
        snapshot = runtime.resource(CachedRegister).current_snapshot(session)
        is_open = any(may_send_again(delivery, snapshot) for delivery in deliveries)
        return row, deliveries, calls, [reason for reason in reasons if isinstance(reason, dict)], is_open

    row, deliveries, calls, reasons, is_open = await runtime.read(read)
    if not reasons and row.code in EXPLAINED and opens_board(runtime):
        snapshot = await runtime.read(runtime.resource(CachedRegister).current_snapshot)
        reasons = [explain_refusal(row.code, envelope_of(row), snapshot)]
    findings = await explain_id(runtime, row.message_id, None) if row.message_id else []
    content = read_content(row)
    page.errors = {"data": text_of(page, error)} if error is not None else {}
    return page.show(
        "message.html",
        status=200 if error is None else error.http_status,
        entry=describe_entry(page, row),
        row=row,
        facts=list_facts(page, row),
        content=content,
        typed=typed or content.data,
        deliveries=[_describe_delivery(page, delivery) for delivery in deliveries],
        calls=[_describe_call(call) for call in calls],
        findings=[_describe_finding(page, finding) for finding in findings],
        reasons=[_describe_reason(page, finding) for reason in reasons for finding in reason.get("findings", ())],
        fault=None if error is None else (text_of(page, error), error.code, _list_details(error)),
        may_replay=row.body is not None and opens_board(runtime),
        may_resend=row.body is not None and is_open,
    )


def _read_neighbours(session: Session, row: JournalRow) -> tuple[list[DeliveryRow], list[ExchangeRow]]:
    if row.message_id is None:
        return [], []
    deliveries = list_deliveries(session, ListPlace(MOST_ROWS), {"case_id": row.case_id}).rows
    own = [item for item in deliveries if (item.sender, item.message_id) == (row.sender, row.message_id)]
    calls = list_exchanges(session, ListPlace(5), {}, row.message_id).rows
    return own if row.event == "ACCEPTED" else [], calls


def _describe_delivery(page: Page, delivery: DeliveryRow) -> dict[str, Any]:
    tone = {"DELIVERED": "good", "ON_DELIVERY": "doubtful"}.get(delivery.state, "bad")
    return {
        "recipient": short_title(page, delivery.recipient),
        "state": page.say(f"delivery-{delivery.state.lower().replace('_', '-')}"),
        "tone": tone,
        "changed_at": delivery.changed_at,
        "code": delivery.error_code or "",
    }


def _describe_call(call: ExchangeRow) -> dict[str, Any]:
    return {
        "id": call.id,
        "door": call.door.upper(),
        "operation": call.operation,
        "status": call.http_status,
        "code": call.code or "",
        "took_ms": call.took_ms,
        "headers": "\n".join(f"{name}: {value}" for name, value in json.loads(call.request_headers).items()),
        "deviations": json.loads(call.deviations),
    }


def _read_answer(call: ExchangeRow) -> dict[str, Any]:
    """The answer of a call as JSON; empty for another answer."""
    try:
        answer = json.loads(call.answer)
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _describe_finding(page: Page, finding: WhereaboutsFinding) -> dict[str, Any]:
    described = describe_finding(finding, page.tag)
    details = [(name, name_value(page, value)) for name, value in described["details"]]
    return {**described, "details": details}


def _describe_reason(page: Page, reason: dict[str, Any]) -> dict[str, Any]:
    details = [(name, name_value(page, str(value))) for name, value in reason["details"].items()]
    return {"text": reason["texts"][page.tag], "details": details}


def _list_details(error: BusError) -> list[tuple[str, str]]:
    return [(name, str(value)) for name, value in error.details.items() if isinstance(value, str | int)]


def _known_systems() -> tuple[str, ...]:
    return (
        *(addresses.PORTAL, addresses.CON, addresses.MIO, addresses.ARM_RSHEP, addresses.ARM_SHEP),
        *(addresses.ESOBES, addresses.RYNOK, addresses.ELICENSE, addresses.GCVP),
        *(addresses.NR_IIN, addresses.ENIS, addresses.CGO, addresses.KDP, addresses.GBD_UL, addresses.TEMP_FILES),
    )


def _read_search(page: Page, filters: dict[str, str]) -> tuple[JournalSearch, dict[str, str]]:
    """The search of the form, and the faults of its fields."""
    moments: dict[str, datetime | None] = {}
    faults = {}
    for name in ("since", "until"):
        try:
            moments[name] = _read_moment(filters[name])
        except ValueError:
            moments[name], faults[name] = None, page.say("moment-wrong")
    columns = {
        "service_id": filters["service"] or None,
        "region": filters["region"] or None,
        "event": filters["event"] or None,
        "code": filters["code"] or None,
    }
    search = JournalSearch(
        columns, filters["any_id"] or None, filters["system"] or None, moments["since"], moments["until"]
    )
    return search, faults


def _read_moment(text: str) -> datetime | None:
    """A moment as a browser's field of time has it, by the clocks of Kazakhstan; ValueError for another text."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=KAZAKHSTAN)
