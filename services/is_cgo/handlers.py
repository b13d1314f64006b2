"""Questions about citizens, from the bus, and the answers that go later."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from services.is_cgo import storage
from services.is_cgo.domain import Conduct, Mode, answer_of, check_kinds, met_by
from services.is_cgo.settings import CgoSettings
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import Router
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Received, Work
from shared.contracts.identifiers import check_iin
from shared.contracts.registers import CITIZEN_SERVICE, CitizenAnswer, CitizenQuery

router = Router()

BATCH = 64
IDLE_SECONDS = 0.5


@router.on(CitizenQuery)
def answer(query: CitizenQuery, received: Received, work: Work) -> None:
    """Journal the question, then answer, or later, or with nothing, or never, as the conduct is."""
    check_iin(query.iin)
    check_kinds(query.kinds)
    conduct = _conduct(query.iin, work)
    _journal(query, received, work, conduct)
    if conduct.mode in (Mode.ANSWER, Mode.NO_DATA):
        papers = storage.papers_of(work.session, query.iin) if conduct.mode is Mode.ANSWER else {}
        info = received.info
        told = answer_of(query.iin, query.kinds, papers)
        _send(work, received.neighbour.address, told, info.correlation_id, info.route_id)


def _conduct(iin: str, work: Work) -> Conduct:
    """The rule for this ИИН, else everybody's, else that of the settings; of a share of people by lot."""
    rule = storage.conduct_towards(work.session, iin, storage.EVERYBODY)
    settings = work.use(CgoSettings)
    return met_by(rule or Conduct(settings.cgo_mode, settings.cgo_percent, settings.cgo_seconds), iin)


def _journal(query: CitizenQuery, received: Received, work: Work, conduct: Conduct) -> None:
    is_slow = conduct.mode is Mode.SLOW
    is_answered = conduct.mode in (Mode.ANSWER, Mode.NO_DATA)
    fields = {
        "asked_at": work.now,
        "asker": received.sender.address,
        "neighbour": received.neighbour.address,
        "correlation_id": received.info.correlation_id,
        "route_id": received.info.route_id,
        "service_id": received.info.service_id,
        "regulation": query.regulation,
        "case_id": query.case,
        "iin": query.iin,
        "mode": conduct.mode.value,
        "due_at": work.now + timedelta(seconds=conduct.seconds) if is_slow else None,
        "answered_at": work.now if is_answered else None,
    }
    storage.add_question(work.session, fields, query.kinds)


async def answer_late(bus: Runtime) -> None:
    """Send the slow answers as their time comes, until the service stops."""
    while True:
        now = bus.now
        if await bus.read(lambda session: bool(storage.due(session, now, 1))):  # noqa: B023 - awaited here
            await bus.write(_answer_due)
        else:
            await asyncio.sleep(IDLE_SECONDS)


def _answer_due(work: Work) -> None:
    for row in storage.due(work.session, work.now, BATCH):
        if row.n is not None and storage.mark_answered(work.session, row.n, work.now):
            told = answer_of(row.iin, storage.kinds_of(row), storage.papers_of(work.session, row.iin))
            _send(work, row.neighbour, told, row.correlation_id, row.route_id)


def _send(work: Work, to: str, told: CitizenAnswer, correlation_id: str, route_id: str | None) -> None:
    work.send(
        to,
        told,
        service_id=CITIZEN_SERVICE,
        message_type=MessageType.RESPONSE,
        correlation_id=correlation_id,
        route_id=route_id,
    )
