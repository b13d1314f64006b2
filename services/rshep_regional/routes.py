"""The region's own routes in memory, read again when they change here and every second for the other replicas."""

from __future__ import annotations

import time
from collections.abc import Mapping
from threading import Lock

from sqlmodel import Session

from services.rshep_regional import storage

FRESH_SECONDS = 1.0


class LocalRoutes:
    """Which local system provides which service."""

    def __init__(self) -> None:
        self._known: Mapping[str, str] | None = None
        self._read_at = 0.0
        self._lock = Lock()

    def all(self, session: Session) -> Mapping[str, str]:
        with self._lock:
            if self._known is None or time.monotonic() - self._read_at > FRESH_SECONDS:
                self._known, self._read_at = storage.local_routes(session), time.monotonic()
            return self._known

    def forget(self) -> None:
        """They changed: read them again."""
        with self._lock:
            self._known = None
