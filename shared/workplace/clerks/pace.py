"""How long a paced clerk needs: drawn from the seed, the case, the step and its lap, and from nothing else.

So the order of messages, restarts and other cases change nothing: the same case waits as long every time.
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
"""Working time for a step that the act sets no limit to."""
UNLIMITED_WAIT = (timedelta(hours=4), timedelta(hours=40))
"""The same for what comes from outside."""
SHARE = (0.1, 0.9)
"""Of the working time that the limit leaves."""
LATE_BY = (0.1, 1.0)
"""Of that time again, after the end of the limit."""


@dataclass(frozen=True)
class ClerkPace:
    """``late_share`` of the steps take longer than they may. A clerk is done on whole grains of time."""

    seed: int = 1
    late_share: float = 0.0
    grain: timedelta = SHORTEST


def make_dice(seed: int, case_id: str, step: str, iteration: int, of: str = "") -> Random:
    """The dice of one step of one case."""
    return Random(f"{seed}|{case_id}|{step}|{iteration}|{of}")  # noqa: S311 - the same again is the purpose


def finish_time(
    node: ProcessNode, since: datetime, dice: Random, pace: ClerkPace, hours: WorkingHours
) -> datetime:
    """When the step that waits ``since`` will be done, UTC.

    Within its limit, in working hours. Where nobody works before the limit ends (a quarter of an hour, at night),
    it is counted from the opening; the act's limit is then passed all the same. Whatever is waited for from
    outside is never late by the dice.
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
    """A moment at which the step is late: an hour of work after its limit."""
    limit = limit_of(node)
    end = due_moment(limit, since, hours.calendar) if limit else None
    return _round_to_grain(hours.add_worked(end or since, timedelta(hours=1)), since, SHORTEST)


def _round_to_grain(at: datetime, since: datetime, grain: timedelta) -> datetime:
    """On the grid of grains, backwards, but a grain after ``since`` at least."""
    return max(_floor_to_grain(at, grain), _floor_to_grain(since, grain) + grain)


def _floor_to_grain(at: datetime, grain: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return at - (at - epoch) % grain
