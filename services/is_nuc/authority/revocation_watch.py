"""Whether anything was revoked since one looked: by this process, at once; by another one, a second later."""

from __future__ import annotations

from time import monotonic

from services.is_nuc import storage
from shared.bus.runtime.service_runtime import Runtime

LOOK_SECONDS = 1.0


class RevocationWatch:
    """The last revision that is known here. What was prepared for an older one must not be given out."""

    def __init__(self) -> None:
        self.revision = 0
        self._polled_at = float("-inf")

    def note_revision(self, revision: int) -> None:
        """Somebody of this process has read or written this revision."""
        self.revision = max(self.revision, revision)

    async def poll_revision(self, runtime: Runtime) -> int:
        """The revision, a second old at most: the database is asked no oftener than that."""
        if monotonic() - self._polled_at > LOOK_SECONDS:
            self._polled_at = monotonic()
            self.note_revision(await runtime.read(storage.last_revision))
        return self.revision
