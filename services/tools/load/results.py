"""What came of a run: the latency of each call from its intended start, the errors by code, second by second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from hdrh.histogram import HdrHistogram

LONGEST_MICROSECONDS = 3_600_000_000
SIGNIFICANT_DIGITS = 3
PERCENTILES = (50.0, 90.0, 99.0, 99.9)
PERCENTILE_NAMES = {50.0: "p50", 90.0: "p90", 99.0: "p99", 99.9: "p99.9"}
MILLISECOND = 1000


@dataclass
class SecondOfRun:
    """The calls whose intended start lies in one second of the run."""

    intended: int = 0
    answered: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    """Seconds from the intended start to the end of the answer."""


@dataclass
class LoadRecorder:
    """Collects the calls of a run. A call counts in the second in which it was to begin."""

    warm_up: float = 0.0
    seconds: dict[int, SecondOfRun] = field(default_factory=dict)
    histogram: HdrHistogram = field(
        default_factory=lambda: HdrHistogram(1, LONGEST_MICROSECONDS, SIGNIFICANT_DIGITS)
    )
    service: HdrHistogram = field(
        default_factory=lambda: HdrHistogram(1, LONGEST_MICROSECONDS, SIGNIFICANT_DIGITS)
    )
    """The times from the actual starts, which hide the time that a call waited for its start."""

    def record(self, intended: float, started: float, ended: float, error: str | None = None) -> None:
        """One call; the moments are seconds from the beginning of the run, ``error`` is a code."""
        if intended < self.warm_up:
            return
        second = self.seconds.setdefault(int(intended - self.warm_up), SecondOfRun())
        second.intended += 1
        if error is not None:
            second.errors[error] += 1
            return
        second.answered += 1
        second.latencies.append(ended - intended)
        self.histogram.record_value(max(1, round((ended - intended) * 1e6)))
        self.service.record_value(max(1, round((ended - started) * 1e6)))

    @property
    def errors(self) -> Counter[str]:
        return sum((second.errors for second in self.seconds.values()), Counter())

    def summarize(self) -> dict[str, Any]:
        """The figures of the run: times in milliseconds, rates a second."""
        answered = sum(second.answered for second in self.seconds.values())
        intended = sum(second.intended for second in self.seconds.values())
        length = max(self.seconds, default=0) + 1
        return {
            "intended": intended,
            "answered": answered,
            "errors": dict(self.errors),
            "error_share": 1 - answered / intended if intended else 0.0,
            "rate": answered / length,
            "latency_ms": _read_percentiles(self.histogram),
            "service_ms": _read_percentiles(self.service),
            "seconds": [self._describe_second(number) for number in range(length)],
        }

    def _describe_second(self, number: int) -> dict[str, Any]:
        second = self.seconds.get(number, SecondOfRun())
        ordered = sorted(second.latencies)
        return {
            "second": number,
            "intended": second.intended,
            "answered": second.answered,
            "errors": sum(second.errors.values()),
            **{PERCENTILE_NAMES[share]: read_share(ordered, share) for share in PERCENTILES},
        }


def _read_percentiles(histogram: HdrHistogram) -> dict[str, float]:
    percentiles = {
        PERCENTILE_NAMES[share]: histogram.get_value_at_percentile(share) / MILLISECOND for share in PERCENTILES
    }
    return {**percentiles, "max": histogram.get_max_value() / MILLISECOND}


def read_share(ordered: Sequence[float], percent: float) -> float | None:
    """The value below which this percentage of ordered seconds lies, in milliseconds; None without values."""
    if not ordered:
        return None
    place = min(len(ordered) - 1, round(percent / 100 * (len(ordered) - 1)))
    return ordered[place] * MILLISECOND


def compare(earlier: Mapping[str, Any], later: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The figures of two runs side by side, with the ratio of the later to the earlier, or None."""
    names: list[tuple[str, tuple[str, ...]]] = [("answers a second", ("rate",)), ("errors", ("error_share",))]
    names += [(f"{name}, ms", ("latency_ms", name)) for name in (*PERCENTILE_NAMES.values(), "max")]
    rows = []
    for title, path in names:
        before, after = _follow(earlier, path), _follow(later, path)
        ratio = after / before if before else None
        rows.append({"figure": title, "before": before, "after": after, "ratio": ratio})
    return rows


def _follow(figures: Mapping[str, Any], path: Sequence[str]) -> float:
    value: Any = figures
    for name in path:
        value = value[name]
    return float(value)
