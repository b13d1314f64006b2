"""When calls are made: intended start times, in seconds from the beginning of a run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

SMALLEST_RATE = 0.01
LONGEST_STEP = 0.01
ROUNDING = 1e-6
"""Sums of binary fractions fall short of a whole number by less than this."""
STEPS_OF_A_CALL = 4
"""The steps of a moment between two calls: a call begins at most a quarter of their distance too late."""


class LoadShape(StrEnum):
    """How the rate changes over a run."""

    CONSTANT = "constant"
    RAMP = "ramp"
    DAY = "day"


@dataclass(frozen=True)
class LoadPlan:
    """``rate`` calls a second for ``seconds``, after ``warm_up`` seconds that no figure counts.

    A constant load keeps the rate; a ramp begins at nothing and reaches the rate at the end; a day has the two
    peaks of a portal's day, the higher of them at the rate.
    """

    rate: float
    seconds: float
    warm_up: float = 0.0
    shape: LoadShape = LoadShape.CONSTANT

    @property
    def whole_seconds(self) -> float:
        return self.warm_up + self.seconds

    def rate_at(self, second: float) -> float:
        """The calls a second at a moment of the run; the warm-up has the rate with which the load begins."""
        part = max(0.0, second - self.warm_up) / self.seconds
        return max(SMALLEST_RATE, self.rate * _FACTORS[self.shape](min(part, 1.0)))

    def intended_starts(self) -> Iterator[float]:
        """The moments at which the calls begin, in order: a call each time that the rate has summed up to one."""
        step = min(LONGEST_STEP, 1 / (STEPS_OF_A_CALL * self.rate))
        due, moment = ROUNDING, 0.0
        for number in range(1, math.ceil(self.whole_seconds / step - ROUNDING) + 1):
            due_next = due + self.rate_at(moment) * step
            if int(due_next) > int(due):
                yield moment
            due, moment = due_next, number * step

    def count_calls(self) -> int:
        """The number of calls of the whole run."""
        return sum(1 for _ in self.intended_starts())


def _factor_of_a_day(part: float) -> float:
    """The share of the highest rate at this part of a day from 0 to 24 hours: peaks at 11 and at 16 hours."""
    hour = 24 * part
    peaks = math.exp(-((hour - 11) ** 2) / 6), 0.8 * math.exp(-((hour - 16) ** 2) / 8)
    return min(1.0, 0.05 + 0.95 * max(peaks))


_FACTORS: dict[LoadShape, Callable[[float], float]] = {
    LoadShape.CONSTANT: lambda part: 1.0,
    LoadShape.RAMP: lambda part: part,
    LoadShape.DAY: _factor_of_a_day,
}
