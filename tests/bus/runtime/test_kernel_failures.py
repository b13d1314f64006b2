"""A failing handler: its message is parked, retried or dead-lettered, and no other message suffers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.bus.clocks.clock import ManualClock
from shared.bus.errors import Unavailable
from shared.bus.messages.message import MessageContract
from shared.bus.messages.router import MessageRefusal, MessageRouter
from shared.bus.runtime.processor import GIVE_UP_AFTER_FAULTS
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.bus.service import ServiceNode
from tests.bus.kit import (
    Company,
    Counted,
    Desk,
    books,
    effects_of,
    eventually,
    rows_of,
    rows_when,
    say,
    write_effect,
)

pytestmark = pytest.mark.thorough

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
A_MINUTE = timedelta(seconds=61)


@pytest.fixture
def machine(company: Company) -> ManualClock:
    """A manual machine clock: parked messages are due when the test says so."""
    company.machine = clock = ManualClock(NOON)
    return clock


async def started(company: Company, desk: Desk) -> tuple[ServiceNode, ServiceNode]:
    """The sink and the source."""
    return await company.node("sink", desk.router, desk.metadata), await company.node("source")


async def held_for(sink: ServiceNode, code: str, attempts: int) -> Any:
    """The message that was parked ``attempts`` times for ``code``."""

    async def found() -> Any:
        rows = await rows_of(sink, "bus_held")
        return next((row for row in rows if (row.code, row.attempts) == (code, attempts)), None)

    assert await eventually(found)
    return await found()


async def test_held_message_that_cannot_be_dealt_with_now_has_the_reason(
    company: Company, desk: Desk, machine: ManualClock
) -> None:
    desk.trouble = {1: desk.outage}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1])
    (held,) = await rows_when(sink, "bus_held", 1)
    assert (held.code, held.attempts, held.held_at) == ("neighbour-away", 1, NOON)
    assert await rows_of(sink, "effects") == []
    assert await rows_of(sink, "bus_inbox") == []


async def test_held_message_is_tried_again_and_has_its_effect_once(
    company: Company, desk: Desk, machine: ManualClock
) -> None:
    desk.trouble = {1: desk.outage}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1])
    await rows_when(sink, "bus_held", 1)
    desk.trouble.clear()
    await machine.advance(A_MINUTE)
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]
    assert await rows_when(sink, "bus_held", 0) == []


async def test_held_message_is_not_tried_before_it_is_due(
    company: Company, desk: Desk, machine: ManualClock
) -> None:
    desk.trouble = {1: desk.outage}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1])
    await rows_when(sink, "bus_held", 1)
    await company.tell(source, "sink", [1], "case-2")
    await rows_when(sink, "bus_held", 2)
    assert desk.calls[1] == 2


async def test_held_messages_successors_wait_and_follow_it_in_order(
    company: Company, desk: Desk, machine: ManualClock
) -> None:
    desk.trouble = {1: desk.outage}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [0, 1, 2, 3])
    assert {row.code for row in await rows_when(sink, "bus_held", 3)} == {"neighbour-away", "predecessor-missing"}
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 0)]
    desk.trouble.clear()
    await machine.advance(A_MINUTE)
    assert await effects_of(sink, desk.effects, 4) == [("case-1", n) for n in range(4)]


async def test_held_message_lets_other_cases_go_on(company: Company, desk: Desk, machine: ManualClock) -> None:
    desk.trouble = {1: desk.outage}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1], "case-1")
    await rows_when(sink, "bus_held", 1)
    await company.tell(source, "sink", [2, 3], "case-2")
    assert await effects_of(sink, desk.effects, 2) == [("case-2", 2), ("case-2", 3)]


async def test_held_messages_survive_a_restart(company: Company, desk: Desk, machine: ManualClock) -> None:
    desk.trouble = {1: desk.outage}
    first, source = await started(company, desk)
    await company.tell(source, "sink", [1, 2])
    await rows_when(first, "bus_held", 2)
    await first.stop()
    desk.trouble.clear()
    await machine.advance(A_MINUTE)
    second = await company.node("sink", desk.router, desk.metadata)
    assert await effects_of(second, desk.effects, 2) == [("case-1", 1), ("case-1", 2)]


async def test_refused_message_is_a_dead_letter_with_its_code_and_reason(company: Company, desk: Desk) -> None:
    desk.trouble = {1: desk.refusal}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1])
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert (dead.code, dead.reason) == ("not-today", "the desk does not want this one")
    assert (dead.source, dead.correlation_id) == (company.address("source"), "case-1")
    assert await rows_of(sink, "effects") == []


async def test_refused_message_reaches_the_hook(company: Company, desk: Desk) -> None:
    desk.trouble = {1: desk.refusal}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1])
    await rows_when(sink, "bus_dead", 1)
    assert desk.codes == ["not-today"]
    assert desk.refusals[0].received is not None


async def test_refused_messages_successors_proceed(company: Company, desk: Desk) -> None:
    desk.trouble = {1: desk.refusal}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [0, 1, 2, 3])
    assert await effects_of(sink, desk.effects, 3) == [("case-1", 0), ("case-1", 2), ("case-1", 3)]


async def test_dead_letter_of_a_contract_unknown_here_lets_its_successors_proceed(
    company: Company, desk: Desk
) -> None:
    class Other(MessageContract):
        contract = "other/1"

    sink, source = await started(company, desk)
    to = company.address("sink")
    await source.runtime.write(lambda uow: say(uow, to, 1, payload=Other()))
    await company.tell(source, "sink", [2])
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 2)]
    assert [row.code for row in await rows_of(sink, "bus_dead")] == ["contract-unknown"]


async def test_dead_letter_of_data_that_break_their_contract_quotes_no_value(company: Company, desk: Desk) -> None:
    class Wrong(MessageContract):
        contract = Counted.contract
        n: str = "ИИН 850101100022"

    sink, source = await started(company, desk)
    to = company.address("sink")
    await source.runtime.write(lambda uow: say(uow, to, 1, payload=Wrong()))
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "message-data-malformed"
    assert "850101100022" not in dead.reason


async def test_handler_with_an_unexpected_exception_is_retried_before_a_dead_letter(
    company: Company, desk: Desk, machine: ManualClock
) -> None:
    desk.trouble = {1: ZeroDivisionError("a mistake of ours")}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1])
    for attempt in range(1, GIVE_UP_AFTER_FAULTS + 1):
        await held_for(sink, "handler-failed", attempt)
        await machine.advance(A_MINUTE)
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert (dead.code, dead.reason) == ("handler-failed", "ZeroDivisionError('a mistake of ours')")
    assert desk.calls[1] == 1 + GIVE_UP_AFTER_FAULTS
    await company.tell(source, "sink", [2])
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 2)]


async def test_handlers_unexpected_exception_that_passes_leaves_no_trace(
    company: Company, desk: Desk, machine: ManualClock
) -> None:
    desk.trouble = {1: ZeroDivisionError("a mistake of ours")}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1])
    await rows_when(sink, "bus_held", 1)
    desk.trouble.clear()
    await machine.advance(A_MINUTE)
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]
    assert (await books(sink))["dead"] == 0


async def test_handler_that_waits_for_something_is_charged_with_no_fault(
    company: Company, desk: Desk, machine: ManualClock
) -> None:
    desk.trouble = {1: desk.outage}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1])
    await held_for(sink, "neighbour-away", 1)
    desk.trouble = {1: ZeroDivisionError("the first fault")}
    await sink.runtime.write(waited_long)
    await held_for(sink, "handler-failed", 1)
    desk.trouble.clear()
    await machine.advance(A_MINUTE)
    assert await effects_of(sink, desk.effects, 1) == [("case-1", 1)]


def waited_long(uow: UnitOfWork) -> None:
    """Mark a parked message as tried a hundred times and due."""
    uow.session.execute(text("UPDATE bus_held SET attempts = 100, due_at = held_at"))


async def test_batch_with_one_failing_message_does_not_spoil_the_others(company: Company, desk: Desk) -> None:
    desk.trouble = {13: ZeroDivisionError("a mistake of ours"), 17: desk.refusal, 23: desk.outage}
    sink, source = await started(company, desk)
    to = company.address("sink")
    await source.runtime.write(lambda uow: [say(uow, to, n, f"case-{n}") for n in range(40)])
    expected = [(f"case-{n}", n) for n in range(40) if n not in desk.trouble]
    assert sorted(await effects_of(sink, desk.effects, 37)) == sorted(expected)


async def test_handler_whose_sql_fails_stops_no_other_message(company: Company, desk: Desk) -> None:
    """SQLite reports a missing table as an operational error, as for an unavailable database."""
    router = MessageRouter()

    @router.register_handler(Counted)
    def handle(data: Counted, message: ReceivedMessage, uow: UnitOfWork) -> None:
        write_effect(desk.effects, data, message, uow)
        uow.session.execute(text("SELECT 1 FROM nowhere" if data.n == 1 else "SELECT 1"))

    sink = await company.node("sink", router, desk.metadata)
    source = await company.node("source")
    await company.tell(source, "sink", [1], "case-1")
    await company.tell(source, "sink", [2], "case-2")
    assert await effects_of(sink, desk.effects, 1) == [("case-2", 2)]
    assert len(await rows_when(sink, "bus_held", 1)) == 1


async def test_task_whose_sql_fails_is_answered_and_the_service_works_on(company: Company) -> None:
    node = await company.node("desk")
    with pytest.raises((Unavailable, ProgrammingError)):
        await asyncio.wait_for(
            node.runtime.write(lambda uow: uow.session.execute(text("SELECT 1 FROM nowhere"))), 10
        )
    assert await node.runtime.write(lambda uow: uow.session.execute(text("SELECT 1")).scalar_one()) == 1
    assert node.runtime.is_ready


async def test_refusal_hook_that_fails_does_not_stop_the_service(company: Company, desk: Desk) -> None:
    broken = Desk(trouble={1: desk.refusal})

    def fail(refusal: MessageRefusal, uow: UnitOfWork) -> None:
        raise ZeroDivisionError("a mistake in the hook")

    broken.router.register_refusal_hook(fail)
    sink, source = await started(company, broken)
    await company.tell(source, "sink", [1], "case-1")
    await company.tell(source, "sink", [2], "case-2")
    assert await effects_of(sink, broken.effects, 1) == [("case-2", 2)]


async def test_service_without_handlers_lets_messages_die_and_lives(company: Company) -> None:
    sink = await company.node("sink", MessageRouter())
    source = await company.node("source")
    await company.tell(source, "sink", range(3))
    assert [row.code for row in await rows_when(sink, "bus_dead", 3)] == ["contract-unknown"] * 3


async def test_handlers_outage_keeps_its_own_code(company: Company, desk: Desk) -> None:
    desk.trouble = {1: Unavailable("database-unavailable", "somebody else's database")}
    sink, source = await started(company, desk)
    await company.tell(source, "sink", [1], "case-1")
    await company.tell(source, "sink", [2], "case-2")
    assert await effects_of(sink, desk.effects, 1) == [("case-2", 2)]
    assert [row.code for row in await rows_when(sink, "bus_held", 1)] == ["database-unavailable"]
