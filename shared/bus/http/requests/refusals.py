"""Logs each refusal at an endpoint without a login, and each failed proof of identity at every other endpoint: the
endpoint, the caller's address and the code; never a name, a number, a password or a token.
"""

from __future__ import annotations

from collections.abc import Iterator

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from starlette.types import Scope

from shared.bus.errors import BusError, Internal, Throttled, Unavailable, Untrusted
from shared.bus.http.requests.call_counts import CallCounts
from shared.bus.http.requests.callers import read_address
from shared.bus.logs import log

MOST_LINES = 60
"""The refusals of one address a minute that get lines of their own: a stranger must not fill the log."""


class RefusalLog:
    """The log of one system's refusals; refusals beyond the limit are counted, and the next line has the count."""

    def __init__(self) -> None:
        self._bound = RateLimitItemPerMinute(MOST_LINES)
        self._limiter = FixedWindowRateLimiter(CallCounts())
        self._skipped = 0

    def note(self, scope: Scope, error: BusError) -> None:
        """Log a refusal of this request, unless it is a fault of the system or of a known caller."""
        if isinstance(error, Internal | Unavailable):
            return
        route = scope.get("route")
        is_of_stranger = isinstance(error, Untrusted | Throttled) or not asks_for_login(route)
        if not isinstance(route, APIRoute) or not is_of_stranger:
            return
        self.write_line(scope, f"{scope['method']} {route.path_format}", error.code)

    def write_line(self, scope: Scope, door: str, code: str) -> None:
        """Log a refusal at this door, unless the address of the caller has had its lines of this minute."""
        address = read_address(scope)
        if not self._limiter.hit(self._bound, address):
            self._skipped += 1
            return
        skipped, self._skipped = self._skipped, 0
        log("door.refused", door=door, address=address, code=code, skipped=skipped or None)


def note_refusal(scope: Scope, error: BusError) -> None:
    """Log a refusal that an endpoint shows by itself, on a page for instance; see ``RefusalLog.note``."""
    refusals: RefusalLog = scope["app"].state.refusal_log
    refusals.note(scope, error)


def asks_for_login(route: object) -> bool:
    """Whether a route asks for a token of a citizen, an employee or the operator."""
    return isinstance(route, APIRoute) and any(_security_schemes(route.dependant))


def _security_schemes(dependant: Dependant) -> Iterator[object]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, SecurityBase):
            yield dependency.call
        yield from _security_schemes(dependency)
