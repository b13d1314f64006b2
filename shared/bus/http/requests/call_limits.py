"""The number of calls a minute that strangers may make at endpoints without a login: by address and by identity.

A door at which something can be guessed, or that costs much, has ``FewCalls``; a door that shows what is published
or serves systems all the time has ``ManyCalls``.

The counts are those of this process: each replica counts for itself.
"""

from __future__ import annotations

from fastapi import Depends, Request
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from shared.bus.errors import Throttled
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import answers_errors
from shared.bus.http.requests.call_counts import CallCounts
from shared.bus.http.requests.callers import CallerAddress

SECONDS = 60
IDENTITY_SHARE = 6
"""One identity gets this share of the calls of one address: strangers at many addresses may name the identity."""


class CallLimits:
    """The calls of this minute, by door and caller."""

    def __init__(self, calls_a_minute: int, reads_a_minute: int) -> None:
        self._of_address = RateLimitItemPerMinute(calls_a_minute)
        self._of_reader = RateLimitItemPerMinute(reads_a_minute)
        self._of_identity = RateLimitItemPerMinute(max(1, calls_a_minute // IDENTITY_SHARE))
        self._limiter = FixedWindowRateLimiter(CallCounts())

    def count_call(self, door: str, address: str) -> None:
        """Count a call of this address; Throttled ``too-many-calls`` with ``retry_after`` in seconds."""
        self._count(self._of_address, door, f"address {address}")

    def count_read(self, door: str, address: str) -> None:
        """Count a call of this address at a door with ``ManyCalls``; Throttled ``too-many-calls``."""
        self._count(self._of_reader, door, f"address {address}")

    def count_identity(self, door: str, identity: str) -> None:
        """Count a call about this person or system, from whatever address; Throttled ``too-many-calls``."""
        self._count(self._of_identity, door, f"identity {identity}")

    def _count(self, bound: RateLimitItemPerMinute, door: str, caller: str) -> None:
        if not self._limiter.hit(bound, door, caller):
            raise Throttled("too-many-calls", "too many calls in a minute", retry_after=SECONDS)


@answers_errors(Throttled("too-many-calls"))
async def _count_call(request: Request, runtime: ServiceRuntime, address: CallerAddress) -> None:
    """Count the call at its endpoint; ``too-many-calls``."""
    runtime.resource(CallLimits).count_call(request.scope["route"].path, address)


@answers_errors(Throttled("too-many-calls"))
async def _count_read(request: Request, runtime: ServiceRuntime, address: CallerAddress) -> None:
    """Count the call at its endpoint among many; ``too-many-calls``."""
    runtime.resource(CallLimits).count_read(request.scope["route"].path, address)


FewCalls = Depends(_count_call)
"""The dependency of an endpoint that asks for no login."""
ManyCalls = Depends(_count_read)
"""The dependency of an endpoint without a login that shows published data, or serves systems."""
