"""The record of a case at a workplace: one declaration for handlers, pages, queries and the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Final

from shared.bus.persistence.codecs import comma_set, json_tuple, word_list
from shared.bus.persistence.hot_tables import HotColumn
from shared.contracts.cases import StepDone

WITHOUT_DEADLINE = datetime.max.replace(year=9000, tzinfo=UTC)
"""The deadline by which cases without one are listed: after all others."""
OTHERS: Final = "others"
"""The turn of a case in which nobody of this workplace has anything to do now."""
NOBODY: Final = "nobody"
"""The turn of a case that is over."""
FREE: Final = ""
"""The assignee of a case that no employee has taken."""


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A step that waits here: at which system, since when, and its deadline where its limit is measurable.

    ``is_applicants``: the step waits for something outside of the authority's control.
    """

    step: str
    system: str
    since: datetime | None
    due: datetime | None
    is_applicants: bool

    def seconds_late(self, now: datetime) -> float | None:
        """The delay in seconds; None in time."""
        return (now - self.due).total_seconds() if self.due is not None and now > self.due else None


@dataclass(frozen=True, slots=True)
class DeadlineExtension:
    """An extended deadline: by whom (ИИН), when, from and to which moment, and why. ``due`` is None where the fact
    that was stated leaves the step without a limit.

    Where the extension is known from a message only (ИС ЦОН), ``by`` is the reporting system, ``at`` the moment of
    its message, and ``old`` is None.
    """

    extension: str
    step: str
    old: datetime | None
    due: datetime | None
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkplaceCase:
    """One application and its state, without its documents; ``steps`` are those known to this system.

    ``number`` is the provider's; None before the provider gave one. ``authority`` is the deciding department,
    ``place`` the department whose people handle the case here (a service centre, at ИС ЦОН). ``systems`` are those
    whose steps are taken here. ``todo`` names the steps that wait here for people; ``next_due`` is when a clerk
    finishes the first of them. ``status`` is the status shown last. ``waits`` holds the waiting steps with their
    beginnings and deadlines, ``due_at`` the first deadline that is not the applicant's; ``extensions`` are the
    extended deadlines, in order.

    ``reason`` is why the case is refused; ``reason_kk`` and ``reason_en`` are the same where they are known.

    ``turn`` says whose turn it is here: the roles in order with commas, ``OTHERS`` or ``NOBODY``; ``turn_at``
    orders the cases of one turn: the first deadline, of a case that is over its end. ``assignee`` is the ИИН of
    the employee who has taken the case, else ``FREE``. ``applicant_name`` is in capitals, empty while unknown.
    """

    case_id: Annotated[str, HotColumn(100, is_key=True)]
    regulation: Annotated[str, HotColumn(20, is_indexed=True)]
    service_type: Annotated[str, HotColumn(100)]
    region: Annotated[str, HotColumn(10)]
    channel: Annotated[str, HotColumn(20)]
    variant: Annotated[str, HotColumn(40)]
    authority: Annotated[str, HotColumn(100, is_indexed=True)]
    systems: Annotated[frozenset[str], HotColumn(codec=comma_set(100))]
    stage: Annotated[str, HotColumn(20, is_indexed=True)]
    received_at: datetime
    changed_at: datetime
    number: Annotated[str | None, HotColumn(40, is_indexed=True)] = None
    place: Annotated[str, HotColumn(100)] = ""
    applicant: Annotated[str, HotColumn(12, is_indexed=True)] = ""
    status: Annotated[str, HotColumn(100, is_indexed=True)] = ""
    employee: Annotated[str | None, HotColumn(12)] = None
    outcome: Annotated[str | None, HotColumn(20)] = None
    reason: str | None = None
    reason_kk: str | None = None
    reason_en: str | None = None
    todo: Annotated[tuple[str, ...], HotColumn(codec=word_list())] = ()
    steps: Annotated[tuple[StepDone, ...], HotColumn(codec=json_tuple(StepDone))] = ()
    due_at: datetime | None = None
    waits: Annotated[tuple[WaitingStep, ...], HotColumn(codec=json_tuple(WaitingStep))] = ()
    extensions: Annotated[tuple[DeadlineExtension, ...], HotColumn(codec=json_tuple(DeadlineExtension))] = ()
    next_due: Annotated[datetime | None, HotColumn(is_indexed=True)] = None
    turn: Annotated[str, HotColumn(100)] = OTHERS
    turn_at: datetime = WITHOUT_DEADLINE
    assignee: Annotated[str, HotColumn(12)] = FREE
    applicant_name: Annotated[str, HotColumn(200)] = ""
