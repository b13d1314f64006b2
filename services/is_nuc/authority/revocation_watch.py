"""The last known revision of revocations: of this process at once, of other processes a second later."""

from __future__ import annotations

from time import monotonic

from services.is_nuc import storage
from shared.bus.runtime.service_runtime import Runtime

LOOK_SECONDS = 1.0


class RevocationWatch:
    """The last known revision; responses of an older revision must not be given out."""

    def __init__(self) -> None:
        self.revision = 0
        self._polled_at = float("-inf")

    def note_revision(self, revision: int) -> None:
        """Record a revision that this process has read or written."""
        self.revision = max(self.revision, revision)

    async def poll_revision(self, runtime: Runtime) -> int:
        """The revision, a second old at most; the database is read at most once a second."""
        if monotonic() - self._polled_at > LOOK_SECONDS:
            self._polled_at = monotonic()
            self.note_revision(await runtime.read(storage.last_revision))
        return self.revision
