"""The counts of calls in memory: they end, and there is a bound of them."""

from __future__ import annotations

from time import time

from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from shared.bus.http.requests.call_counts import LEAST_COUNTS, MOST_COUNTS, CallCounts


def test_count_lasts_until_its_end_and_begins_anew() -> None:
    counts = CallCounts()
    assert [counts.incr("caller", 60) for _ in range(3)] == [1, 2, 3]
    assert counts.get("caller") == 3
    assert time() + 58 < counts.get_expiry("caller") <= time() + 60
    assert [counts.incr("brief", 0) for _ in range(3)] == [1, 1, 1]
    assert counts.get("brief") == counts.get("nobody") == 0


def test_limiter_counts_callers_apart_and_can_forget_one() -> None:
    limiter, two = FixedWindowRateLimiter(CallCounts()), RateLimitItemPerMinute(2)
    assert [limiter.hit(two, "door", "a") for _ in range(3)] == [True, True, False]
    assert not limiter.test(two, "door", "a")
    assert limiter.hit(two, "door", "b")
    limiter.clear(two, "door", "a")
    assert limiter.hit(two, "door", "a")


def test_counts_that_ended_and_the_oldest_of_too_many_are_forgotten() -> None:
    counts = CallCounts()
    for n in range(2 * LEAST_COUNTS):
        counts.incr(f"ended {n}", 0)
    counts.incr("lasting", 60)
    assert (counts.reset() or 0) <= LEAST_COUNTS + 1
    for n in range(MOST_COUNTS + 1):
        counts.incr(f"{n}", 60)
    assert counts.get("0") == 0
    assert counts.get(f"{MOST_COUNTS}") == 1
    assert counts.check()
    assert counts.reset() == MOST_COUNTS // 2 + 1
