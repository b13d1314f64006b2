"""The duration of a paced clerk's work: drawn from the seed, the case, the step and its iteration, and nothing
else.

So the order of messages, restarts and other cases change nothing: one case always takes the same time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from shared.regulations.calendar import due_moment
from shared.regulations.deadlines import limit_of
from shared.regulations.process.graph import ProcessNode
from shared.regulations.working_hours import WorkingHours

SHORTEST = timedelta(minutes=1)
UNLIMITED = (timedelta(minutes=5), timedelta(minutes=60))
"""Working time for a step without a limit in the act."""
UNLIMITED_WAIT = (timedelta(hours=4), timedelta(hours=40))
"""Working time of a wait for something from outside, without a limit."""
SHARE = (0.1, 0.9)
"""The share of the working time within the limit that a step takes."""
LATE_BY = (0.1, 1.0)
"""The share of that time by which a late step exceeds the limit."""


@dataclass(frozen=True)
class ClerkPace:
    """The share of late steps, ``late_share``, and the grid of moments at which clerks finish."""

    seed: int = 1
    late_share: float = 0.0
    grain: timedelta = SHORTEST


def make_dice(seed: int, case_id: str, step: str, iteration: int, of: str = "") -> Random:
    """The random generator of one step of one case."""
    return Random(f"{seed}|{case_id}|{step}|{iteration}|{of}")  # noqa: S311 - the same again is the purpose


def finish_time(
    node: ProcessNode, since: datetime, dice: Random, pace: ClerkPace, hours: WorkingHours
) -> datetime:
    """When the step that waits since ``since`` will be done, in UTC.

    Within its limit, in working hours. Where nobody works before the limit ends (a quarter of an hour at night),
    the time counts from the opening, and the act's limit is exceeded. Waits for something from outside are never
    drawn late.
    """
    share, late, over = dice.uniform(*SHARE), dice.random(), dice.uniform(*LATE_BY)
    limit = limit_of(node)
    end = due_moment(limit, since, hours.calendar) if limit else None
    start = hours.next_opening(since)
    if end is None or limit is None:
        shortest, longest = UNLIMITED_WAIT if node.wait else UNLIMITED
        return _round_to_grain(hours.add_worked(start, shortest + (longest - shortest) * share), since, pace.grain)
    room = hours.worked_between(start, end)
    if not room:
        room = limit.duration or UNLIMITED[1]
    elif late < pace.late_share and node.wait is None:
        return _round_to_grain(hours.add_worked(end, max(room * over, 2 * pace.grain)), since, pace.grain)
    return _round_to_grain(
        hours.add_worked(start, room * share), since, pace.grain if room >= pace.grain else SHORTEST
    )


def overdue_time(node: ProcessNode, since: datetime, hours: WorkingHours) -> datetime:
    """A moment at which the step is late: an hour of working time after its limit."""
    limit = limit_of(node)
    end = due_moment(limit, since, hours.calendar) if limit else None
    return _round_to_grain(hours.add_worked(end or since, timedelta(hours=1)), since, SHORTEST)


def _round_to_grain(at: datetime, since: datetime, grain: timedelta) -> datetime:
    """Round down to the grid, but to at least one grain after ``since``."""
    return max(_floor_to_grain(at, grain), _floor_to_grain(since, grain) + grain)


def _floor_to_grain(at: datetime, grain: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return at - (at - epoch) % grain
