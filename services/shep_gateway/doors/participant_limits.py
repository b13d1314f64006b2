"""The number of calls that a participant may make at the doors in a minute, told in the headers of each answer.

The counts are those of this process: each replica counts for itself.
"""

from __future__ import annotations

from math import ceil
from time import time

from services.shep_gateway.doors.recording import tell_rate_limit
from shared.bus.errors import Throttled
from shared.bus.http.requests.call_counts import CallCounts

SECONDS = 60


class ParticipantLimits:
    """The calls of this minute, by participant."""

    def __init__(self, calls_a_minute: int) -> None:
        self._most = calls_a_minute
        self._counts = CallCounts()

    def count_call(self, address: str) -> None:
        """Count a call of this participant; Throttled ``too-many-calls`` with ``retry_after`` in seconds."""
        count = self._counts.incr(address, SECONDS)
        seconds = max(1, ceil(self._counts.get_expiry(address) - time()))
        tell_rate_limit(self._most, max(0, self._most - count), seconds)
        if count > self._most:
            raise Throttled("too-many-calls", "too many calls in a minute", retry_after=seconds)
