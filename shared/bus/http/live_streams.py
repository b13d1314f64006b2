"""Live streams (SSE) that cost nothing while nothing comes: one query for all streams of a process.

A stream waits for its topic, which a transaction of this process wakes at once. What another replica wrote is seen
by one job, which asks the database for the newest rows on behalf of all streams, and once for all of them which
logins have ended. Without a stream nobody asks. A client that does not read is cut off by the server.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from shared.bus.errors import Throttled
from shared.bus.runtime.service_runtime import Runtime

MOST_STREAMS = 5
"""The live streams that one holder (a citizen, a participant) may have at once in one process."""
STREAM_RETRY_SECONDS = 15
BEAT_SECONDS = 15.0
"""The time after which a stream without news sends a comment, so that proxies leave it open."""
NEWS_SECONDS = 0.5
"""How soon a stream sees what another replica wrote."""
LOOKS_A_CHECK = 4
"""The looks for news between two checks of the logins: a stream ends two seconds after its login at the latest."""
MOST_NEWS = 500
LATE_NUMBERS = 200
"""How far behind the newest row a row may come into sight: transactions of replicas end in another order."""


@dataclass(frozen=True)
class StreamSource:
    """What the streams of a service are made of.

    ``read_last``: the number of the newest row. ``read_news``: number and topic of the rows behind a number, in
    order, at most ``MOST_NEWS``. ``find_good``: those of the tokens that open something at the machine's time.
    """

    read_last: Callable[[Session], int]
    read_news: Callable[[Session, int], Sequence[tuple[int, str]]]
    find_good: Callable[[Session, Collection[str], datetime], Collection[str]]


class LiveStream:
    """One open stream; ``is_ended`` once its login is."""

    def __init__(self, token: str, changed: asyncio.Event) -> None:
        self.token = token
        self.is_ended = False
        self._changed = changed

    async def wait_for_news(self) -> bool:
        """Wait for news, the end, or the next beat; False when there are no news."""
        with suppress(TimeoutError):
            async with asyncio.timeout(BEAT_SECONDS):
                await self._changed.wait()
        is_news = self._changed.is_set()
        self._changed.clear()
        return is_news

    def wake(self) -> None:
        """Have the stream ask for news."""
        self._changed.set()

    def end(self) -> None:
        """Have the stream end."""
        self.is_ended = True
        self._changed.set()


class StreamPlaces:
    """The places for streams of a service in this process: ``most`` for each holder."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self._most = most
        self._places: Counter[str] = Counter()

    @contextmanager
    def hold_place(self, holder: str) -> Iterator[None]:
        """One of the few places of a holder; Throttled ``too-many-streams``."""
        if self._places[holder] >= self._most:
            open_streams = f"{self._most} streams are open"
            raise Throttled("too-many-streams", open_streams, retry_after=STREAM_RETRY_SECONDS)
        self._places[holder] += 1
        try:
            yield
        finally:
            self._places[holder] -= 1
            if not self._places[holder]:
                del self._places[holder]


class LiveStreams(StreamPlaces):
    """The live streams of a service in this process."""

    def __init__(self, source: StreamSource) -> None:
        super().__init__()
        self._source = source
        self._streams: set[LiveStream] = set()
        self._is_any = asyncio.Event()

    @asynccontextmanager
    async def follow(self, runtime: Runtime, topic: str, token: str) -> AsyncIterator[LiveStream]:
        """A stream of the news about ``topic``, until the login with ``token`` ends."""
        with runtime.listen(topic) as changed:
            stream = LiveStream(token, changed)
            self._streams.add(stream)
            self._is_any.set()
            try:
                yield stream
            finally:
                self._streams.discard(stream)

    async def watch(self, runtime: Runtime) -> None:
        """Wake the streams for what other replicas wrote, and end those whose login has ended; for ever."""
        while True:
            if not self._streams:
                self._is_any.clear()
                await self._is_any.wait()
            await self._watch_open(runtime)

    async def _watch_open(self, runtime: Runtime) -> None:
        last, looks = await runtime.read(self._source.read_last), 0
        seen = {number for number, _ in await self._read_news(runtime, last)}
        for stream in self._streams:  # for what was written between its first question and this one
            stream.wake()
        while self._streams:
            await asyncio.sleep(NEWS_SECONDS)
            rows = await self._read_news(runtime, last)
            runtime.wake({topic for number, topic in rows if number not in seen})
            seen = {number for number, _ in rows}
            last, looks = max((last, *seen)), looks + 1
            if looks % LOOKS_A_CHECK == 0:
                await self._end_stale(runtime)

    async def _read_news(self, runtime: Runtime, last: int) -> Sequence[tuple[int, str]]:
        since = max(last - LATE_NUMBERS, 0)
        return await runtime.read(lambda session: self._source.read_news(session, since))

    async def _end_stale(self, runtime: Runtime) -> None:
        tokens, now = {stream.token for stream in self._streams}, runtime.machine_now
        good = await runtime.read(lambda session: self._source.find_good(session, tokens, now))
        for stream in [stream for stream in self._streams if stream.token not in good]:
            stream.end()


async def watch_streams(runtime: Runtime) -> None:
    """The background job of a service with live streams; see ``LiveStreams.watch``."""
    await runtime.resource(LiveStreams).watch(runtime)
