"""The region's register in memory, read again after a change here, and every second for changes elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock

from sqlmodel import Session

from services.rshep_regional import storage
from services.rshep_regional.domain import ANY, LocalRoute, RegionalRegister
from shared.contracts import addresses
from shared.regulations.passport_book import PassportBook

FRESH_SECONDS = 1.0
OPERATOR = "operator"
"""Who changed the register, among the passages."""


class CachedRegionalRegister:
    """The cached routes and systems of the region."""

    def __init__(self) -> None:
        self._known: RegionalRegister | None = None
        self._read_at = 0.0
        self._lock = Lock()

    def current_register(self, session: Session) -> RegionalRegister:
        with self._lock:
            if self._known is None or time.monotonic() - self._read_at > FRESH_SECONDS:
                self._known, self._read_at = storage.load_register(session), time.monotonic()
            return self._known

    def invalidate_cache(self) -> None:
        """Forget the cached register, because it changed."""
        with self._lock:
            self._known = None


def derive_routes(book: PassportBook, region: str) -> Iterator[LocalRoute]:
    """The routes of the passports: ИС МИО, and АРМ РШЭП for the services that passports bring to it."""
    yield LocalRoute(ANY, ANY, addresses.MIO)
    workplace_services = {
        (passport.service_type, graph.channel)
        for passport, graph in book.all_graphs()
        if passport.region == region
        for message in graph.message_routes()
        if (message.kind, message.recipient) == ("REQUEST", addresses.ARM_RSHEP)
    }
    for service_id, channel in sorted(workplace_services):
        yield LocalRoute(service_id, channel, addresses.ARM_RSHEP)
