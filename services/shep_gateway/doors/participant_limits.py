"""The number of calls that a participant may make at the doors in a minute, told in the headers of each answer.

The counts are those of this process: each replica counts for itself.
"""

from __future__ import annotations

from math import ceil
from time import time

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from services.shep_gateway.doors.recording import tell_rate_limit
from shared.bus.errors import Throttled
from shared.bus.http.requests.call_counts import CallCounts


class ParticipantLimits:
    """The calls of this minute, by participant."""

    def __init__(self, calls_a_minute: int) -> None:
        self._bound = RateLimitItemPerMinute(calls_a_minute)
        self._limiter = FixedWindowRateLimiter(CallCounts())

    def count_call(self, address: str) -> None:
        """Count a call of this participant; Throttled ``too-many-calls`` with ``retry_after`` in seconds."""
        is_allowed = self._limiter.hit(self._bound, address)
        stats = self._limiter.get_window_stats(self._bound, address)
        seconds = max(1, ceil(stats.reset_time - time()))
        tell_rate_limit(self._bound.amount, max(0, stats.remaining), seconds)
        if not is_allowed:
            raise Throttled("too-many-calls", "too many calls in a minute", retry_after=seconds)
