"""Admission: a request that would wait longer than its system lets anybody wait is refused at once.

A caller who gets no answer gives up and comes again; without a brake a system soon works only for callers who have
left. What a request will wait is known by Little's law: the requests of its kind under way, divided by the rate at
which that kind is finished while there are any. A refused request costs a fraction of a served one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

FEWEST = 16
"""So many requests of a kind are let in whatever they wait: a few slow ones are no storm."""
MEMORY_SECONDS = 4.0
"""The time of work by which the rate is known: older work counts half as much."""
KIND_PARTS = 5
"""The parts of a path that make a kind: ``/api/v1/applications`` with everything below."""
MOST_KINDS = 200
"""Callers may invent paths: all beyond so many are one kind."""
OTHER = "other"


@dataclass
class KindLoad:
    """The requests of one kind: how many are under way, and how many ended in how many seconds of work."""

    under_way: int = 0
    ended: float = 0.0
    working: float = 0.0
    since: float = 0.0
    """Until when ``working`` is counted."""

    def begin(self, now: float) -> None:
        """A request is let in."""
        self.count_time(now)
        self.under_way += 1

    def end(self, now: float) -> None:
        """A request is answered."""
        self.count_time(now)
        self.under_way -= 1
        self.ended += 1
        if self.working > MEMORY_SECONDS:
            self.working /= 2
            self.ended /= 2

    def leave(self, now: float) -> None:
        """A request goes on as a stream, which nobody waits for."""
        self.count_time(now)
        self.under_way -= 1

    def count_time(self, now: float) -> None:
        """Count the time of work until now."""
        if self.under_way:
            self.working += now - self.since
        self.since = now

    def foresee_wait(self, now: float) -> float:
        """The seconds that one more request would take; 0 while too little is known."""
        self.count_time(now)
        return (self.under_way + 1) * self.working / self.ended if self.ended else 0.0


class Admission:
    """Decides for each request of a system whether it is let in; ``most_seconds`` is what a request may take."""

    def __init__(self, most_seconds: float, read_clock: Callable[[], float]) -> None:
        self._most_seconds = most_seconds
        self._read_clock = read_clock
        self._kinds: dict[str, KindLoad] = {}

    def find_kind(self, method: str, path: str) -> KindLoad:
        """The load of the kind of this request."""
        name = f"{method} {'/'.join(path.split('/', KIND_PARTS)[1:4])}"
        if name not in self._kinds and len(self._kinds) >= MOST_KINDS:
            name = OTHER
        return self._kinds.setdefault(name, KindLoad())

    def try_begin(self, kind: KindLoad) -> float | None:
        """Let a request in; otherwise the seconds that it would have waited."""
        now = self._read_clock()
        if kind.under_way >= FEWEST and (wait := kind.foresee_wait(now)) > self._most_seconds:
            return wait
        kind.begin(now)
        return None

    def end(self, kind: KindLoad) -> None:
        """A request that was let in is answered."""
        kind.end(self._read_clock())

    def leave(self, kind: KindLoad) -> None:
        """A request that was let in goes on as a stream."""
        kind.leave(self._read_clock())
