"""Facts of passports in short form, for comparison with counts in the acts' texts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shared.regulations.model import Deadline, ProcedureStep, TableStep, TimeLimit
from shared.regulations.public import public_form
from tests.regulations.graphs import passport

UNITS = {
    "minute": "m",
    "hour": "h",
    "working_day": "w",
    "calendar_day": "c",
    "month": "M",
    "same_day": "today",
    "unspecified": "-",
}


def limits(steps: Iterable[ProcedureStep | TableStep]) -> str:
    """The terms of steps in their order: ``15m`` minutes, ``9w`` working days, ``9c`` calendar days, ``-`` none.

    ``6w(19w)`` has an exception, ``15m+1w`` a second limit beside the first, ``15-30c`` is a range.
    """
    return " ".join(_limit(step.deadline) for step in steps)


def _limit(deadline: Deadline | None) -> str:
    if deadline is None:
        return "-"
    told = _short(deadline)
    told += "".join(f"({_short(one)})" for one in deadline.exceptions)
    return told + "".join(f"+{_short(one)}" for one in deadline.also)


def _short(limit: TimeLimit) -> str:
    amount = limit.amount or ""
    return f"{amount}{f'-{limit.upper}' if limit.upper else ''}{UNITS[limit.unit]}"


def procedures(passport_id: str) -> dict[str, str]:
    """The terms of every description of the procedure; AssertionError when a description skips a number."""
    found = passport(passport_id).procedures
    for one in found:
        assert [step.n for step in one.steps] == list(range(1, len(one.steps) + 1)), one.variant
    return {one.variant: limits(one.steps) for one in found}


def walks(passport_id: str) -> dict[str, str]:
    """The labels of every walk: ``п1`` for «процесс 1», ``у1`` for «условие 1», ``-`` where none is printed."""
    told = public_form(passport(passport_id))["channel_steps"]
    return {channel: _labels([step["label"] for step in steps]) for channel, steps in told.items()}


def _labels(printed: Sequence[str]) -> str:
    words = (label.replace("процесс ", "п").replace("условие ", "у") or "-" for label in printed)
    return " ".join(words)


def walk_limits(passport_id: str, channel: str) -> str:
    """The terms of the steps of a walk."""
    steps = dict(passport(passport_id).channel_steps.channel_values())
    return " ".join(_limit(step.deadline) for name, walk in steps.items() if name == channel for step in walk)


def tables(passport_id: str) -> dict[str, str]:
    """The terms of the rows of every table."""
    return {channel: limits(table.rows) for channel, table in passport(passport_id).step_tables.channel_values()}
