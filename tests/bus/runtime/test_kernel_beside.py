"""Background jobs: they run until the stop, and restart after a failure."""

from __future__ import annotations

import asyncio
from pathlib import Path

from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.runtime.service_runtime import Runtime
from tests.bus.kit import Company


async def test_background_job_begins_with_the_service_and_ends_with_it(tmp_path: Path) -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def job(runtime: Runtime) -> None:
        assert runtime.is_ready
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    transport = EmbeddedTransport()
    await transport.open()
    company = Company(tmp_path, transport)
    async with company.stack:
        await company.node("clerk", background_jobs=(job,))
        await asyncio.wait_for(begun.wait(), 5)
        assert not ended.is_set()
    assert ended.is_set()


async def test_background_job_that_fails_is_begun_anew_and_harms_nothing(tmp_path: Path) -> None:
    calls: list[int] = []
    again = asyncio.Event()

    async def job(runtime: Runtime) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("trouble of its own")
        again.set()

    transport = EmbeddedTransport()
    await transport.open()
    company = Company(tmp_path, transport)
    async with company.stack:
        node = await company.node("clerk", background_jobs=(job,))
        await asyncio.wait_for(again.wait(), 5)
        assert node.runtime.is_ready
        assert await node.runtime.write(lambda uow: 7) == 7
    assert len(calls) == 2
