"""What is stuck: deliveries that failed or that nobody confirms, messages that wait, and dead letters.

Each has what the operator can do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fastapi import Response
from sqlmodel import Session

from services.shep_gateway.console.country_board import CountryBoard
from services.shep_gateway.console.country_systems import CountrySystems
from services.shep_gateway.console.sending_again import FAILED, may_send_again, resend_message
from services.shep_gateway.console.set_aside import (
    LONGEST_REASON,
    SetAsideRow,
    find_set_aside,
    set_aside,
    take_up,
)
from services.shep_gateway.pages.console.site import SITE, OperatorPage, record_act, text_of
from services.shep_gateway.pages.console.views.message_view import code_text
from services.shep_gateway.pages.console.views.titles import short_title
from services.shep_gateway.proof.delivery_lists import find_passed_entries, list_deliveries
from services.shep_gateway.register import CachedRegister
from services.shep_gateway.storage import DeliveryRow
from shared.bus.errors import BusError, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.records import dead_letters, parked_messages
from shared.bus.http.records.stuck_messages import read_stuck
from shared.bus.persistence.list_pages import ListPlace
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses
from shared.contracts.cases import DeliveryState
from shared.web.page_forms import PageForm, SentForm
from shared.web.page_routes import PageRouter
from shared.web.page_sites import Page

router = PageRouter(SITE)

MOST_ROWS = 50
LONGEST_KEY = 100
LONGEST_NUMBER = 18
DO = ("resend", "replay", "proceed", "set-aside", "take-up")
OWN_ACTS = frozenset({"set-aside", "take-up"})
"""The acts that concern the console's own list, and no system."""
SPOILT = "signature-invalid"
"""The code of a dead letter whose bytes are not those that were signed: handling it again mends nothing."""


@dataclass(frozen=True)
class StuckMessage:
    """One message that does not go on: where, since when, why; ``key`` names it at its system."""

    system: str
    key: str
    message_id: str
    case_id: str
    since: datetime
    code: str
    reason: str
    attempts: int = 0
    next_try_at: datetime | None = None
    entry: int | None = None


@router.get("/console/stuck")
async def show_stuck(page: OperatorPage, runtime: ServiceRuntime) -> Response:
    """Three lists, each with its acts, and the systems that told nothing."""
    return await _show_stuck(page, runtime)


@router.post("/console/stuck/{system}/{act}")
async def act_on_stuck(
    system: str, act: str, page: OperatorPage, runtime: ServiceRuntime, form: SentForm
) -> Response:
    """Send a message of the journal again (``resend``), handle a dead letter again (``replay``), or a waiting
    message without its predecessor (``proceed``); set a dead letter aside with a reason, or take it up again.
    """
    key = form.text("key")
    if act not in DO or not key:
        raise NotFound("not-found", "no such act")
    try:
        if act in OWN_ACTS:
            await runtime.write(lambda uow: _change_list(uow, system, act, key, form))
        elif act == "resend":
            await resend_message(runtime, _read_number(key))
        else:
            await _act(system, act, key, runtime)
    except BusError as error:
        await record_act(page, runtime, act, error, system=system, key=key)
        return await _show_stuck(page, runtime, error)
    reason = {"reason": form.text("reason")[:LONGEST_REASON]} if act == "set-aside" else {}
    await record_act(page, runtime, act, system=system, key=key, **reason)
    runtime.resource(CountryBoard).forget()
    page.leave_notice(f"did-{act}")
    return page.lead_to("console/stuck")


def _read_number(key: str) -> int:
    if not key.isdecimal() or len(key) > LONGEST_NUMBER:
        raise NotFound("entry-unknown", "the journal has no such entry")
    return int(key)


def _change_list(uow: UnitOfWork, system: str, act: str, key: str, form: PageForm) -> None:
    if len(system) > LONGEST_KEY or len(key) > LONGEST_KEY:
        raise NotFound("not-found", "no such message")
    if act == "set-aside":
        set_aside(uow, system, key, form.text("code"), form.text("reason"))
    else:
        take_up(uow, system, key)


async def _act(system: str, act: str, key: str, runtime: ServiceRuntime) -> None:
    if system == addresses.GATEWAY:
        if act == "replay":
            await dead_letters.replay_dead_letter(key, runtime)
        else:
            await parked_messages.proceed_without_predecessor(key, runtime)
        return
    folder = "dead-letters" if act == "replay" else "waiting"
    await runtime.resource(CountrySystems).call(system, "POST", f"/api/v1/{folder}/{quote(key, safe='')}/{act}")


async def _show_stuck(page: Page, runtime: ServiceRuntime, error: BusError | None = None) -> Response:
    country = runtime.resource(CountrySystems)
    names = [name for name in country.places if name != addresses.NUC and country.holds_token(name)]
    (failed, unconfirmed, aside, own), answers = await asyncio.gather(
        runtime.read(lambda session: _read_own(runtime, session)), country.ask_all(names, "/api/v1/stuck")
    )
    told = {addresses.GATEWAY: own} | {name: rows for name, rows in answers.items() if isinstance(rows, dict)}
    letters = [_dead_letter(name, row) for name, rows in told.items() for row in rows["dead_letters"]]
    letters = [letter for letter in letters if (letter.system, letter.key) not in aside]
    parked = [_parked_message(name, row) for name, rows in told.items() for row in rows["waiting"]]
    silent = [name for name, answer in answers.items() if isinstance(answer, BusError)]
    fault = None if error is None else (text_of(page, error), error.code)
    return page.show(
        "stuck.html",
        status=200 if error is None else error.http_status,
        failed=[_describe(page, item) for item in failed],
        unconfirmed=[_describe(page, item) for item in unconfirmed],
        letters=[_describe(page, item) for item in _newest(letters)],
        parked=[_describe(page, item) for item in _newest(parked)],
        aside=[_describe_aside(page, row) for row in [*aside.values()][:MOST_ROWS]],
        silent=[short_title(page, name) for name in silent],
        unknown=[short_title(page, name) for name in country.places if not country.holds_token(name)],
        fault=fault,
    )


def _describe_aside(page: Page, row: SetAsideRow) -> dict[str, Any]:
    return {
        "system": row.system,
        "title": short_title(page, row.system),
        "key": row.key,
        "meaning": code_text(page, row.code) or row.code,
        "reason": row.reason,
        "at": row.at,
    }


def _newest(stuck: list[StuckMessage]) -> list[StuckMessage]:
    return sorted(stuck, key=lambda item: item.since, reverse=True)[:MOST_ROWS]


def _read_own(
    runtime: ServiceRuntime, session: Session
) -> tuple[list[StuckMessage], list[StuckMessage], dict[tuple[str, str], SetAsideRow], dict[str, Any]]:
    """What ШЭП itself has: the deliveries that failed, those that nobody confirms, the letters that were set
    aside, and its own stuck messages.
    """
    snapshot = runtime.resource(CachedRegister).current_snapshot(session)
    under_way = _list_newest(session, DeliveryState.ON_DELIVERY.value)
    open_ones = [row for row in under_way if may_send_again(row, snapshot)]
    failed = [row for state in sorted(FAILED) for row in _list_newest(session, state)]
    failed = sorted(failed, key=lambda row: row.changed_at, reverse=True)[:MOST_ROWS]
    entries = find_passed_entries(session, (*failed, *open_ones))
    failures = [_failed_delivery(row, entries) for row in failed]
    unconfirmed = sorted((_failed_delivery(row, entries) for row in open_ones), key=lambda item: item.entry or 0)
    return failures, unconfirmed, find_set_aside(session), read_stuck(runtime, session).model_dump()


def _list_newest(session: Session, state: str) -> list[DeliveryRow]:
    return list(list_deliveries(session, ListPlace(MOST_ROWS), {"state": state}).rows)


def _failed_delivery(row: DeliveryRow, entries: Mapping[tuple[str, str], int]) -> StuckMessage:
    entry = entries.get((row.sender, row.message_id))
    code = row.error_code or row.state.lower().replace("_", "-")
    place = (row.recipient, str(entry or ""), row.message_id, row.case_id)
    return StuckMessage(*place, row.changed_at, code, "", entry=entry)


def _dead_letter(system: str, row: dict[str, Any]) -> StuckMessage:
    return StuckMessage(
        system,
        row["id"],
        row["message_id"] or "",
        row["correlation_id"] or "",
        _moment(row["died_at"]),
        row["code"],
        row["reason"],
    )


def _parked_message(system: str, row: dict[str, Any]) -> StuckMessage:
    return StuckMessage(
        system,
        row["key"],
        "",
        str(row["stream"]).partition("|")[2],
        _moment(row["held_at"]),
        row["code"],
        "",
        row["attempts"],
        _moment(row["due_at"]),
    )


def _moment(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def _describe(page: Page, stuck: StuckMessage) -> dict[str, Any]:
    return {
        "system": stuck.system,
        "title": short_title(page, stuck.system),
        "key": stuck.key,
        "message_id": stuck.message_id,
        "case_id": stuck.case_id,
        "since": stuck.since,
        "code": stuck.code,
        "meaning": code_text(page, stuck.code),
        "attempts": stuck.attempts,
        "next_try_at": stuck.next_try_at,
        "entry": stuck.entry,
        "advice": _advise(stuck),
    }


def _advise(stuck: StuckMessage) -> str:
    """The code of the text about a spoilt message; empty for others.

    One that was spoilt on its way to ШЭП is in no journal, and its sender keeps no copy of what the carrier took.
    """
    if stuck.code != SPOILT or stuck.message_id:
        return ""
    return "letter-spoilt-before" if stuck.system == addresses.GATEWAY else "letter-spoilt"
