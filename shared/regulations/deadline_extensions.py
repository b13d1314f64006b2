"""The extension of a deadline, and the longer limit that a fact puts in force; both are pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.bus.errors import Refused
from shared.regulations.calendar import WorkingCalendar, due_moment
from shared.regulations.model import ExtensionRule, TimeLimit


@dataclass(frozen=True)
class ExtendedDeadline:
    """A deadline after an extension, and whether the act requires a notice to the citizen."""

    due: datetime
    is_notified: bool


def extend_deadline(
    extension: ExtensionRule,
    old: datetime,
    calendar: WorkingCalendar,
    *,
    variant: str = "main",
    until: datetime | None = None,
) -> ExtendedDeadline:
    """The deadline ``old`` extended by as much as the act says, counted from ``old``.

    Where the act does not say by how much, ``until`` is the new deadline. Refused ``extension-not-given`` for a
    variant that the extension does not cover, ``extension-unmeasured`` without ``until``, ``extension-backwards``
    when the new deadline is not later than ``old``.
    """
    if extension.variants and variant not in extension.variants:
        raise Refused("extension-not-given", f"{extension.id} is not for {variant}", variant=variant)
    new = due_moment(extension.by, old, calendar) if extension.by is not None else None
    new = new or until
    if new is None:
        raise Refused("extension-unmeasured", "the act does not say by how long", extension=extension.id)
    _check_forward(new, old)
    return ExtendedDeadline(new, extension.is_notified)


def replace_limit(limit: TimeLimit, since: datetime, old: datetime, calendar: WorkingCalendar) -> datetime | None:
    """The deadline of a step that began at ``since``, by the ``limit`` that a fact puts in force; None for a limit
    that nobody can measure. Refused ``extension-backwards`` when it is not later than ``old``.
    """
    new = due_moment(limit, since, calendar)
    if new is not None:
        _check_forward(new, old)
    return new


def _check_forward(new: datetime, old: datetime) -> None:
    if new <= old:
        raise Refused("extension-backwards", "the new deadline is not after the old one")
