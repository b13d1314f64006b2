"""Queries about citizens from the bus, and the slow answers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.is_cgo import storage
from services.is_cgo.conduct_rules import find_conduct
from services.is_cgo.domain import ConductMode, ConductRule, answer_of, check_kinds
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.casework.attested_case import check_attested_case
from shared.contracts.identifiers import check_iin
from shared.contracts.registers import CITIZEN_SERVICE, CitizenAnswer, CitizenQuery

router = MessageRouter()

BATCH = 64
IDLE_SECONDS = 0.5


@router.register_handler(CitizenQuery)
def answer_citizen_query(query: CitizenQuery, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Journal the query; then answer it at once, later, without data, or never, by the rule of conduct.

    Malformed ``case-missing``; Refused ``case-not-attested`` for a case in which the asker takes no part.
    """
    check_iin(query.iin)
    check_kinds(query.kinds)
    check_attested_case(query.case, query.regulation, received)
    conduct = find_conduct(query.iin, received, uow)
    _journal_question(query, received, uow, conduct)
    if conduct.mode in (ConductMode.ANSWER, ConductMode.NO_DATA):
        papers = storage.papers_of(uow.session, query.iin) if conduct.mode is ConductMode.ANSWER else {}
        info = received.info
        citizen_answer = answer_of(query.iin, query.kinds, papers)
        _send_answer(uow, received.neighbour.address, citizen_answer, info.correlation_id, info.route_id)


def _journal_question(
    query: CitizenQuery, received: ReceivedMessage, uow: UnitOfWork, conduct: ConductRule
) -> None:
    is_slow = conduct.mode is ConductMode.SLOW
    is_answered = conduct.mode in (ConductMode.ANSWER, ConductMode.NO_DATA)
    fields = {
        "asked_at": uow.now,
        "asker": received.sender.address,
        "neighbour": received.neighbour.address,
        "correlation_id": received.info.correlation_id,
        "route_id": received.info.route_id,
        "service_id": received.info.service_id,
        "regulation": query.regulation,
        "case_id": query.case,
        "iin": query.iin,
        "mode": conduct.mode.value,
        "due_at": uow.machine_now + timedelta(seconds=conduct.seconds) if is_slow else None,
        "answered_at": uow.now if is_answered else None,
    }
    storage.add_question(uow.session, fields, query.kinds)


async def answer_late(runtime: Runtime) -> None:
    """Send the slow answers when they are due by the machine's time, until the service stops."""
    while True:
        now = runtime.machine_clock.now()
        if await runtime.read(lambda session: bool(storage.due_questions(session, now, 1))):  # noqa: B023 - awaited here
            await runtime.write(_answer_due)
        else:
            await asyncio.sleep(IDLE_SECONDS)


def _answer_due(uow: UnitOfWork) -> None:
    for row in storage.due_questions(uow.session, uow.machine_now, BATCH):
        if row.n is not None and storage.mark_answered(uow.session, row.n, uow.now):
            citizen_answer = answer_of(row.iin, storage.kinds_of(row), storage.papers_of(uow.session, row.iin))
            _send_answer(uow, row.neighbour, citizen_answer, row.correlation_id, row.route_id)


def _send_answer(
    uow: UnitOfWork, to: str, citizen_answer: CitizenAnswer, correlation_id: str, route_id: str | None
) -> None:
    uow.send(
        to,
        citizen_answer,
        service_id=CITIZEN_SERVICE,
        message_type=MessageType.RESPONSE,
        correlation_id=correlation_id,
        route_id=route_id,
    )
