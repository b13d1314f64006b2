"""The storage of the counts of calls: bounded, and as quick with many callers as with one.

The memory storage of `limits` looks through all of its counts again and again: a stranger with many addresses (one
network of IPv6 has 65,536 subscribers' networks) would make each call of everybody cost milliseconds.
"""

from __future__ import annotations

from time import time

from limits.storage import Storage

MOST_COUNTS = 100_000
"""The counts of one storage; beyond, the older half is forgotten: such a caller needs no old address."""
LEAST_COUNTS = 1_000
"""The number of counts that are never looked through for those that have ended."""


class CallCounts(Storage):
    """Counts that end; used by one event loop."""

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, tuple[int, float]] = {}
        """By key: the count, and the moment of the machine's time at which the count ends."""
        self._clean_at = LEAST_COUNTS

    @property
    def base_exceptions(self) -> type[Exception]:
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Raise a count, which ends ``expiry`` seconds after its first call; returns the count."""
        now = time()
        count, end = self._counts.get(key, (0, 0.0))
        if end <= now:
            self._counts.pop(key, None)  # a new count is the youngest
            count, end = 0, now + expiry
        self._counts[key] = count + amount, end
        if len(self._counts) > self._clean_at:
            self._clean(now)
        return count + amount

    def get(self, key: str) -> int:
        """The present count."""
        count, end = self._counts.get(key, (0, 0.0))
        return count if end > time() else 0

    def get_expiry(self, key: str) -> float:
        """The moment at which the count ends, in seconds of the epoch; the present one without a count."""
        return max(time(), self._counts.get(key, (0, 0.0))[1])

    def check(self) -> bool:
        """Report that the storage is healthy."""
        return True

    def reset(self) -> int | None:
        """Forget all counts; returns how many there were."""
        size = len(self._counts)
        self._counts.clear()
        return size

    def clear(self, key: str) -> None:
        """Forget one count."""
        self._counts.pop(key, None)

    def _clean(self, now: float) -> None:
        """Forget the ended counts, and the older half of too many; the next time when the counts have doubled."""
        self._counts = {key: held for key, held in self._counts.items() if held[1] > now}
        if len(self._counts) > MOST_COUNTS:
            self._counts = dict(list(self._counts.items())[len(self._counts) // 2 :])
        self._clean_at = min(MOST_COUNTS, max(LEAST_COUNTS, 2 * len(self._counts)))
