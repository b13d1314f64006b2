"""Conditions that a run must meet: ``p99<500``, ``errors<1%``, ``rate>=100``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.bus.errors import Malformed

_FORM = re.compile(r"^(p50|p90|p99|p99\.9|max|rate|errors)(<=|>=|<|>)(\d+(?:\.\d+)?)(%?)$")
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Threshold:
    """One condition: milliseconds of a percentile, answers a second, or the share of errors in percent."""

    text: str
    figure: str
    comparison: str
    limit: float

    @classmethod
    def parse(cls, text: str) -> Threshold:
        """The condition as a person writes it; Malformed ``threshold-malformed``."""
        match = _FORM.match(text.replace(" ", ""))
        if match is None or (match[4] and match[1] != "errors"):
            raise Malformed("threshold-malformed", f"{text}: as p99<500 (ms), rate>=100 (a second), errors<1%")
        return cls(text, match[1], match[2], float(match[3]))

    def read_figure(self, figures: Mapping[str, Any]) -> float:
        """The value of the figure in a run's summary."""
        if self.figure == "rate":
            return float(figures["rate"])
        if self.figure == "errors":
            return 100 * float(figures["error_share"])
        return float(figures["latency_ms"][self.figure])

    def holds(self, figures: Mapping[str, Any]) -> bool:
        """Whether a run meets the condition; a run without an answer meets none of a percentile."""
        if self.figure.startswith(("p", "max")) and not figures["answered"]:
            return False
        return _COMPARISONS[self.comparison](self.read_figure(figures), self.limit)

    def judge(self, figures: Mapping[str, Any]) -> dict[str, Any]:
        """The condition, the value and whether it is met, as a report has them."""
        return {"condition": self.text, "value": self.read_figure(figures), "is_met": self.holds(figures)}
