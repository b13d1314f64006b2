"""The region's own routes in memory, read again when they change here and every second for the other replicas."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock

from sqlmodel import Session

from services.rshep_regional import storage
from services.rshep_regional.domain import ANY, LocalRoute, Locals, indexed
from shared.contracts import addresses
from shared.regulations.book import PassportBook

FRESH_SECONDS = 1.0


class LocalRoutes:
    """Which local system provides which service, by which channel."""

    def __init__(self) -> None:
        self._known: Locals | None = None
        self._read_at = 0.0
        self._lock = Lock()

    def all(self, session: Session) -> Locals:
        with self._lock:
            if self._known is None or time.monotonic() - self._read_at > FRESH_SECONDS:
                self._known, self._read_at = indexed(storage.local_routes(session)), time.monotonic()
            return self._known

    def forget(self) -> None:
        """They changed: read them again."""
        with self._lock:
            self._known = None


def seeds(book: PassportBook, region: str) -> Iterator[LocalRoute]:
    """The region's routes as the passports name them: ИС МИО, and АРМ РШЭП for what is brought to it."""
    yield LocalRoute(ANY, ANY, addresses.MIO)
    found = {
        (passport.service_type, graph.channel)
        for passport, graph in book.all_graphs()
        if passport.region == region
        for message in graph.messages()
        if (message.kind, message.recipient) == ("REQUEST", addresses.ARM_RSHEP)
    }
    for service_id, channel in sorted(found):
        yield LocalRoute(service_id, channel, addresses.ARM_RSHEP)
