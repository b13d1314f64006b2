"""Work that does not come over the bus: HTTP writes, reads, waiting for changes, starting and stopping."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from shared.bus.errors import BusError, Conflict, Unavailable
from shared.bus.messages.message import MessageContract
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.bus.service import ServiceNode
from tests.bus import forge
from tests.bus.kit import Company, Desk, effects_of, rows_of, rows_when, say


class Padded(MessageContract):
    """A message of any length."""

    contract: ClassVar[str] = "padded/1"

    padding: str


def effect(desk: Desk, n: int, error: Exception | None = None) -> Callable[[UnitOfWork], int]:
    """A task that leaves an effect and then fails, if ``error`` is given."""

    def act(uow: UnitOfWork) -> int:
        uow.session.execute(insert(desk.effects), [{"correlation_id": "task", "n": n}])
        uow.notify("effects")
        if error is not None:
            raise error
        return n

    return act


async def together(node: ServiceNode, *tasks: Callable[[UnitOfWork], object]) -> list[object]:
    """Run all tasks in one batch."""
    return await in_one_batch(node, *map(node.runtime.write, tasks))


async def in_one_batch(node: ServiceNode, *calls: Coroutine[Any, Any, object]) -> list[object]:
    """Make all calls behind a task that holds the writer until they are queued."""
    gate = threading.Event()
    first = asyncio.create_task(node.runtime.write(lambda uow: gate.wait(10)))
    await asyncio.sleep(0.05)
    others = [asyncio.create_task(call) for call in calls]
    await asyncio.sleep(0.05)
    gate.set()
    await first
    return list(await asyncio.gather(*others, return_exceptions=True))


async def numbers(node: ServiceNode) -> list[int]:
    return sorted(row.n for row in await rows_of(node, "effects"))


async def test_write_returns_what_the_task_returned_once_it_is_committed(company: Company, desk: Desk) -> None:
    node = await company.node("desk", desk.router, desk.metadata)
    assert await node.runtime.write(effect(desk, 1)) == 1
    assert await numbers(node) == [1]


async def test_inline_system_does_everything_in_the_loops_own_thread(company: Company, desk: Desk) -> None:
    sink = await company.node("sink", desk.router, desk.metadata, is_inline=True)
    source = await company.node("source", is_inline=True)
    await company.tell(source, "sink", range(100))
    assert await effects_of(sink, desk.effects, 100) == [("case-1", n) for n in range(100)]
    ran = {await sink.runtime.write(lambda uow: threading.get_ident())}
    ran |= {await sink.runtime.read(lambda session: threading.get_ident())}
    assert ran == {threading.get_ident()}
    assert await rows_when(source, "bus_outbox", 0) == []


async def test_task_that_fails_raises_its_error_and_leaves_nothing(company: Company, desk: Desk) -> None:
    node = await company.node("desk", desk.router, desk.metadata)
    with pytest.raises(Conflict) as error:
        await node.runtime.write(effect(desk, 1, Conflict("taken", "somebody was faster", by="him")))
    assert (error.value.code, error.value.details) == ("taken", {"by": "him"})
    assert await numbers(node) == []


async def test_task_error_rolls_back_only_that_task(company: Company, desk: Desk) -> None:
    node = await company.node("desk", desk.router, desk.metadata)
    results = await together(node, effect(desk, 1), effect(desk, 2, Conflict("taken")), effect(desk, 3))
    assert [result for result in results if not isinstance(result, BusError)] == [1, 3]
    assert await numbers(node) == [1, 3]


async def test_task_exception_that_is_unexpected_rolls_back_only_that_task(company: Company, desk: Desk) -> None:
    node = await company.node("desk", desk.router, desk.metadata)
    results = await together(node, effect(desk, 1), effect(desk, 2, ZeroDivisionError("ours")), effect(desk, 3))
    assert [result for result in results if not isinstance(result, ZeroDivisionError)] == [1, 3]
    assert await numbers(node) == [1, 3]


async def test_task_that_failed_sends_nothing_of_what_it_wanted_sent(company: Company, desk: Desk) -> None:
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source")
    to = company.address("sink")

    def send_and_fail(uow: UnitOfWork) -> None:
        say(uow, to, 2)
        raise Conflict("taken")

    results = await together(source, lambda uow: say(uow, to, 1), send_and_fail, lambda uow: say(uow, to, 3))
    assert isinstance(results[1], Conflict)
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 3)]


async def test_outbox_sends_no_message_that_no_receiver_would_take(company: Company, desk: Desk) -> None:
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source", max_message_bytes=2048)
    to = company.address("sink")
    results = await together(
        source,
        lambda uow: say(uow, to, 1),
        lambda uow: say(uow, to, 2, payload=Padded(padding="x" * 2048)),
        lambda uow: say(uow, to, 3, case="x" * 1000),
        lambda uow: say(uow, to, 4),
    )
    assert [result.code for result in results if isinstance(result, BusError)] == [
        "message-too-large",
        "message-malformed",
    ]
    assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 4)]


async def test_task_and_message_that_fail_do_not_disturb_each_other(company: Company, desk: Desk) -> None:
    desk.trouble = {1: desk.refusal}
    sink = await company.node("sink", desk.router, desk.metadata)
    source = await company.node("source")
    _, result = await asyncio.gather(company.tell(source, "sink", [1]), sink.runtime.write(effect(desk, 2)))
    await rows_when(sink, "bus_dead", 1)
    assert result == 2
    assert await numbers(sink) == [2]


async def test_query_sees_what_was_committed(company: Company, desk: Desk) -> None:
    node = await company.node("desk", desk.router, desk.metadata)
    await node.runtime.write(effect(desk, 1))
    assert await node.runtime.read(lambda session: session.execute(select(desk.effects.c.n)).scalar_one()) == 1


async def test_query_that_changes_something_changes_nothing(company: Company, desk: Desk) -> None:
    node = await company.node("desk", desk.router, desk.metadata)

    def change(session: Session) -> None:
        session.execute(insert(desk.effects), [{"correlation_id": "query", "n": 1}])

    await node.runtime.read(change)
    assert await numbers(node) == []


async def test_waiting_ends_when_a_change_makes_the_answer(company: Company, desk: Desk) -> None:
    node = await company.node("desk", desk.router, desk.metadata)
    clock = asyncio.get_running_loop().time
    waiting = asyncio.create_task(
        node.runtime.wait_for("effects", lambda s: s.execute(select(desk.effects.c.n)).scalar_one_or_none(), 30)
    )
    await asyncio.sleep(0.05)
    before = clock()
    await node.runtime.write(effect(desk, 7))
    assert await waiting == 7
    assert clock() - before < 2


async def test_waiting_sees_what_changed_without_a_word(company: Company, desk: Desk) -> None:
    """The change is made outside of the runtime, as another replica would make it."""
    node = await company.node("desk", desk.router, desk.metadata)
    waiting = asyncio.create_task(
        node.runtime.wait_for("silence", lambda s: s.execute(select(desk.effects.c.n)).scalar_one_or_none(), 30)
    )
    await asyncio.sleep(0.05)
    await node.runtime.write(effect(desk, 7))
    assert await waiting == 7


async def test_waiting_ends_with_nothing_when_the_time_is_over(company: Company) -> None:
    def never(session: Session) -> int | None:
        return None

    node = await company.node("desk")
    assert await node.runtime.wait_for("anything", never, 0.05) is None


async def test_waiting_is_not_needed_for_an_answer_that_is_there(company: Company) -> None:
    node = await company.node("desk")
    assert await node.runtime.wait_for("anything", lambda session: 0, 0) == 0


class TestLife:
    """Starting and stopping, which depend on no carrier or database."""

    async def test_node_is_ready_only_while_it_runs(self, house: Company) -> None:
        node = house.made("desk")
        assert not node.runtime.is_ready
        await node.start()
        assert node.runtime.is_ready
        await node.stop()
        assert not node.runtime.is_ready

    async def test_stopping_twice_is_harmless(self, house: Company) -> None:
        node = await house.node("desk")
        await node.stop()
        await node.stop()

    async def test_write_after_the_stop_is_refused_at_once(self, house: Company) -> None:
        node = await house.node("desk")
        await node.stop()
        with pytest.raises(Unavailable) as error:
            await asyncio.wait_for(node.runtime.write(lambda uow: 1), 5)
        assert error.value.code == "service-stopped"

    async def test_write_before_the_start_is_refused_at_once(self, house: Company) -> None:
        node = house.made("desk")
        with pytest.raises(Unavailable) as error:
            await asyncio.wait_for(node.runtime.write(lambda uow: 1), 5)
        assert error.value.code == "service-stopped"

    async def test_write_under_way_when_the_service_stops_is_answered_truly(
        self, house: Company, desk: Desk
    ) -> None:
        node = await house.node("desk", desk.router, desk.metadata)
        gate = threading.Event()

        def slow(uow: UnitOfWork) -> int:
            gate.wait(10)
            return effect(desk, 1)(uow)

        writing = asyncio.create_task(node.runtime.write(slow))
        await asyncio.sleep(0.05)
        stopping = asyncio.create_task(node.stop())
        await asyncio.sleep(0.05)
        gate.set()
        assert await asyncio.wait_for(writing, 5) == 1
        await stopping
        again = await house.node("desk", desk.router, desk.metadata)
        assert await numbers(again) == [1]

    async def test_write_that_waits_when_the_service_stops_is_refused_or_done(
        self, house: Company, desk: Desk
    ) -> None:
        node = await house.node("desk", desk.router, desk.metadata)
        writes = [asyncio.create_task(node.runtime.write(effect(desk, n))) for n in range(100)]
        await asyncio.sleep(0)
        await node.stop()
        results = await asyncio.wait_for(asyncio.gather(*writes, return_exceptions=True), 5)
        again = await house.node("desk", desk.router, desk.metadata)
        done = [result for result in results if isinstance(result, int)]
        assert await numbers(again) == done
        assert {error.code for error in results if isinstance(error, BusError)} <= {"service-stopped"}


async def test_messages_over_http_in_one_batch_are_handled_once_each(company: Company, desk: Desk) -> None:
    desk.trouble = {3: Conflict("not-today")}
    node = await company.node("desk", desk.router, desk.metadata)
    to, author = company.address("desk"), company.identity("author")
    first, second, third = (forge.sealed(author, forge.body(author.address, n), to, seq=7) for n in (1, 2, 3))
    other = forge.sealed(author, forge.body(author.address, 4, message_id="id-1"), to)
    accepted = await in_one_batch(node, *map(node.runtime.accept_message, (first, first, second, third, other)))
    codes = [result.code if isinstance(result, BusError) else "" for result in accepted]
    assert codes == ["", "message-replayed", "", "not-today", "message-id-reused"]
    assert await numbers(node) == [1, 2]
    assert sorted(desk.codes) == ["message-id-reused", "message-replayed", "not-today"]
    assert len(await rows_of(node, "bus_inbox")) == 2
    assert await rows_of(node, "bus_seen") == [], "a message over HTTP has no place in a stream"


async def test_message_over_http_passes_only_if_its_callers_act_does(company: Company, desk: Desk) -> None:
    node = await company.node("desk", desk.router, desk.metadata)
    to, author = company.address("desk"), company.identity("author")
    raw = forge.sealed(author, forge.body(author.address), to)
    with pytest.raises(Conflict):
        await node.runtime.accept_message(raw, effect(desk, 5, Conflict("taken")))
    assert await numbers(node) == []
    await node.runtime.accept_message(raw, effect(desk, 5))
    assert await numbers(node) == [1, 5]


async def test_act_after_the_commit_is_called_once_and_never_after_a_rollback(
    company: Company, desk: Desk
) -> None:
    node = await company.node("desk", desk.router, desk.metadata)
    called: list[int] = []

    def calling(n: int, error: Exception | None = None) -> Callable[[UnitOfWork], int]:
        def act(uow: UnitOfWork) -> int:
            uow.call_after_commit(lambda: called.append(n))
            return effect(desk, n, error)(uow)

        return act

    await together(
        node, calling(1), calling(2, Conflict("taken")), calling(3, ZeroDivisionError("ours")), calling(4)
    )
    assert called == [1, 4]


async def test_short_queries_that_are_there_together_fail_alone(company: Company, desk: Desk) -> None:
    node = await company.node("desk", desk.router, desk.metadata)
    await node.runtime.write(effect(desk, 1))

    def find_effect(session: Session) -> object:
        return session.execute(select(desk.effects.c.n)).scalar_one()

    def find_nothing(session: Session) -> object:
        return session.execute(text("SELECT nothing FROM nowhere"))

    def refuse(session: Session) -> object:
        raise Conflict("taken")

    queries = (find_effect, find_nothing, find_effect, refuse)
    first, nowhere, second, refused = await asyncio.gather(
        *map(node.runtime.read_short, queries), return_exceptions=True
    )
    assert (first, second) == (1, 1)
    assert isinstance(nowhere, DBAPIError | Unavailable)
    assert isinstance(refused, Conflict)
