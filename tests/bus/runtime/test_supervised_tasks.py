"""A task that ends by an error is logged and started again, whatever the error; readiness and liveness report the
failure.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.carriers.transport import Delivery, MessageSubscription, QueueState, Transport, TransportMessage
from shared.bus.errors import BusError
from shared.bus.runtime.supervised_tasks import (
    CANCEL_AGAIN_SECONDS,
    HOPELESS_FAILURES,
    SupervisedTasks,
    run_together,
    wait_for_first,
)
from tests.bus.kit import Company, Desk, effects_of, eventually


class BrokenSubscription:
    """A subscription that raises, against its contract, while its transport is broken."""

    def __init__(self, inner: MessageSubscription, transport: BrokenTransport) -> None:
        self._inner = inner
        self._transport = transport

    async def receive_batch(self, most: int) -> list[Delivery]:
        if self._transport.raises is not None:
            raise self._transport.raises
        return await self._inner.receive_batch(most)

    async def acknowledge(self, deliveries: Sequence[Delivery]) -> None:
        if self._transport.raises is not None:
            raise self._transport.raises
        await self._inner.acknowledge(deliveries)

    async def take_share(self, place: int, of: int) -> None:
        await self._inner.take_share(place, of)

    async def close(self) -> None:
        await self._inner.close()


class BrokenTransport:
    """A carrier whose subscriptions raise, against their contract, while ``raises`` is set."""

    is_connected = True
    fault = None

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.raises: BaseException | None = None

    async def open(self) -> None:
        await self._inner.open()

    async def close(self) -> None:
        await self._inner.close()

    async def subscribe(self, address: str, prefetch: int) -> MessageSubscription:
        return BrokenSubscription(await self._inner.subscribe(address, prefetch), self)

    async def inspect_queue(self, address: str) -> QueueState | None:
        return None

    async def publish(self, messages: Sequence[TransportMessage]) -> list[BusError | None]:
        return await self._inner.publish(messages)


FAULTS = [StopAsyncIteration(), asyncio.CancelledError(), ZeroDivisionError(), TimeoutError()]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
async def test_task_that_dies_of_anything_is_logged_and_begun_anew(
    fault: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    tasks, begun, is_anew = SupervisedTasks(), 0, asyncio.Event()

    async def job() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise fault
        is_anew.set()
        await asyncio.Event().wait()

    with caplog.at_level(logging.ERROR, "egov"):
        tasks.keep_running("a.job", job)
        await asyncio.wait_for(is_anew.wait(), 5)
    assert [record.getMessage() for record in caplog.records] == ["task.failed"] * 2
    assert tasks.failing_tasks == ()
    await asyncio.wait_for(tasks.stop(), 5)
    assert begun == 3


async def test_job_that_makes_another_error_of_its_cancellation_ends_all_the_same() -> None:
    tasks, begun = SupervisedTasks(longest_pause=0.001), asyncio.Queue[None]()

    async def job() -> None:
        begun.put_nowait(None)
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise ConnectionError("as a library does when its connection ends") from None

    tasks.keep_running("a.job", job)
    await begun.get()
    await asyncio.wait_for(tasks.stop(), 2)
    assert begun.empty()


async def test_job_that_loses_its_cancellation_is_cancelled_again() -> None:
    tasks, has_begun = SupervisedTasks(), asyncio.Event()

    async def job() -> None:
        has_begun.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        await asyncio.Event().wait()

    tasks.keep_running("a.job", job)
    await has_begun.wait()
    await asyncio.wait_for(tasks.stop(), 2 * CANCEL_AGAIN_SECONDS)


async def test_task_that_fails_for_ever_is_failing_soon_and_hopeless_in_the_end() -> None:
    tasks, begun = SupervisedTasks(longest_pause=0.001), 0

    async def job() -> None:
        nonlocal begun
        begun += 1
        raise RuntimeError

    async def is_hopeless() -> bool:
        return tasks.hopeless_tasks == ("a.job",)

    tasks.keep_running("a.job", job)
    await asyncio.sleep(0)
    assert tasks.hopeless_tasks == ()
    assert await eventually(is_hopeless, 5)
    assert begun >= HOPELESS_FAILURES
    assert tasks.failing_tasks == ("a.job",)
    await tasks.stop()


async def test_single_task_that_fails_is_logged_even_if_nobody_awaits_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise ValueError("unseen")

    tasks = SupervisedTasks()
    with caplog.at_level(logging.ERROR, "egov"):
        task = tasks.run_once("a.run", fail())
        await asyncio.wait([task])
        await asyncio.sleep(0)
    assert [(record.getMessage(), record.__dict__["fields"]["task"]) for record in caplog.records] == [
        ("task.failed", "a.run")
    ]


async def test_jobs_of_a_group_end_with_the_first_that_fails_or_returns() -> None:
    ended: list[str] = []

    async def wait(name: str) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(name)

    async def refuse() -> None:
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await run_together([wait("first"), refuse(), wait("second")])
    await wait_for_first([wait("third"), asyncio.sleep(0)])
    assert sorted(ended) == ["first", "second", "third"]


@pytest.mark.parametrize("fault", FAULTS[:2], ids=repr)
async def test_system_whose_carrier_raises_says_so_and_works_on_when_it_stops_raising(
    tmp_path: Path, fault: BaseException
) -> None:
    transport, desk = BrokenTransport(EmbeddedTransport()), Desk()
    await transport.open()
    company = Company(tmp_path, transport)
    async with company.stack:
        sink = await company.node("sink", desk.router, desk.metadata)
        source = await company.node("source")
        await company.tell(source, "sink", [1])
        await effects_of(sink, desk.effects, 1)
        transport.raises = fault
        await company.tell(source, "sink", [2])
        async with httpx.AsyncClient(transport=httpx.ASGITransport(sink.app), base_url="http://sink") as http:

            async def is_told() -> bool:
                answer = await http.get("/readyz")
                told = {"status": "DOWN", "failing_tasks": ["kernel.deliveries", "kernel.turns"]}
                return (answer.status_code, answer.json()) == (503, told)

            async def is_up() -> bool:
                return (await http.get("/readyz")).status_code == 200

            assert await eventually(is_told, 5)
            assert (await http.get("/healthz")).json() == {"status": "UP"}
            transport.raises = None
            assert await effects_of(sink, desk.effects, 2) == [("case-1", 1), ("case-1", 2)]
            assert await eventually(is_up, 5)
