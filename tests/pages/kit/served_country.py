"""A country that runs in a thread of its own, for tests that drive a browser and wait for it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from tests.journeys.kit import RunningCountry, running

T = TypeVar("T")
SECONDS = 110


@dataclass
class ServedCountry:
    """A running country, called from another thread than that of its loop."""

    country: RunningCountry
    loop: asyncio.AbstractEventLoop

    def url(self, instance: str, path: str = "/") -> str:
        """The address of a page."""
        return self.country.url(instance) + path

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of work in the country's loop: ``wait_for(country.citizen())``."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(SECONDS)

    def operator_token(self, instance: str) -> str:
        return (self.country.folder / instance / "operator.token").read_text(encoding="utf-8")


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[ServedCountry]:
    """A whole country with its data in ``folder``; ``settings`` are those of the environment."""
    with _running_in_thread(lambda: running(folder, environment=settings)) as (country, loop):
        yield ServedCountry(country, loop)


@contextmanager
def _running_in_thread(
    open_country: Callable[[], Any],
) -> Iterator[tuple[RunningCountry, asyncio.AbstractEventLoop]]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="country", daemon=True)
    thread.start()

    def wait_for(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result(SECONDS)

    holder = _Holder()
    try:
        yield wait_for(holder.open(open_country())), loop
    finally:
        wait_for(holder.close())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(SECONDS)
        loop.close()


class _Holder:
    """Keeps an asynchronous context open: it is entered and left by one task, as contexts want it."""

    def __init__(self) -> None:
        self._leave = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def open(self, context: Any) -> RunningCountry:
        opened: asyncio.Future[RunningCountry] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._hold(context, opened))
        return await opened

    async def close(self) -> None:
        self._leave.set()
        if self._task is not None:
            await self._task

    async def _hold(self, context: Any, opened: asyncio.Future[RunningCountry]) -> None:
        try:
            async with context as country:
                opened.set_result(country)
                await self._leave.wait()
        except BaseException as error:
            if opened.done():
                raise
            opened.set_exception(error)
