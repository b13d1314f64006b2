"""The door of a system's operator: the token, and the wrong tokens that each address has tried."""

from __future__ import annotations

import secrets
from math import ceil
from time import time

from limits import RateLimitItemPerHour
from limits.strategies import FixedWindowRateLimiter

from shared.bus.errors import Throttled, Untrusted
from shared.bus.http.requests.call_counts import CallCounts

DOOR = "operator"


class OperatorDoor:
    """Lets in who has the token. An address that has tried too many wrong tokens waits, even with the right
    one, or guessing would go on; the operator at another address does not wait.

    The counts are those of this process: each replica counts for itself.
    """

    def __init__(self, token: str, wrong_an_hour: int) -> None:
        self._token = token.encode()
        self._bound = RateLimitItemPerHour(wrong_an_hour)
        self._limiter = FixedWindowRateLimiter(CallCounts())

    def fits(self, token: str) -> bool:
        """Whether this is the operator's token; the call is no attempt."""
        return secrets.compare_digest(token.encode(), self._token)

    def admit(self, token: str, address: str) -> None:
        """Pass with the right token; Untrusted ``operator-only``, Throttled ``too-many-attempts`` with
        ``retry_after`` in seconds. A request without a token is refused and is no attempt.
        """
        if not token:
            raise Untrusted("operator-only", "the operator's token is needed")
        if not self._limiter.test(self._bound, DOOR, address):
            end = self._limiter.get_window_stats(self._bound, DOOR, address).reset_time
            wait = max(1, ceil(end - time()))
            raise Throttled("too-many-attempts", "too many wrong tokens from this address", retry_after=wait)
        if not self.fits(token):
            self._limiter.hit(self._bound, DOOR, address)
            raise Untrusted("operator-only", "the operator's token is needed")
