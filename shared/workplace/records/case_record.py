"""A case as a workplace keeps it: one declaration for handlers, pages, queries and the table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from shared.bus.persistence.codecs import comma_set, json_tuple, word_list
from shared.bus.persistence.hot_tables import HotColumn
from shared.contracts.cases import StepDone


@dataclass(frozen=True, slots=True)
class WaitingStep:
    """A step that waits here, at which system, since when, and when it is due where its limit has a size.

    ``is_applicants``: what it waits for is not in the authority's hands.
    """

    step: str
    system: str
    since: datetime | None
    due: datetime | None
    is_applicants: bool

    def seconds_late(self, now: datetime) -> float | None:
        """By how much it is late, None while it is not."""
        return (now - self.due).total_seconds() if self.due is not None and now > self.due else None


@dataclass(frozen=True, slots=True)
class DeadlineExtension:
    """The deadline of a step that was extended: by whom (ИИН), when, from when to when, and why.

    Where the extension was only heard of (ИС ЦОН), ``by`` is the system that told it, ``at`` when it did, and
    ``old`` is None.
    """

    extension: str
    step: str
    old: datetime | None
    due: datetime
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class WorkplaceCase:
    """One application and what became of it, without its documents; ``steps`` are those that this system knows.

    ``number`` is the provider's; None before he gave one. ``authority`` is the department that decides, ``place``
    the one whose people work on the case here (a service centre, at ИС ЦОН). ``systems`` are those whose steps are
    taken here. ``todo`` names the steps that wait here for people; ``next_due`` is when a clerk is done with the
    first of them. ``status`` is the last that was shown.
    ``waits`` says since when the steps that wait here wait and when they are due, ``due_at`` is the first of these
    moments that is not the applicant's; ``extensions`` are the deadlines that were extended, in their order.
    """

    correlation_id: Annotated[str, HotColumn(100, is_key=True)]
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
    place: Annotated[str, HotColumn(100, is_indexed=True)] = ""
    applicant: Annotated[str, HotColumn(12, is_indexed=True)] = ""
    status: Annotated[str, HotColumn(100, is_indexed=True)] = ""
    employee: Annotated[str | None, HotColumn(12)] = None
    outcome: Annotated[str | None, HotColumn(20)] = None
    reason: str | None = None
    todo: Annotated[tuple[str, ...], HotColumn(codec=word_list())] = ()
    steps: Annotated[tuple[StepDone, ...], HotColumn(codec=json_tuple(StepDone))] = ()
    due_at: datetime | None = None
    waits: Annotated[tuple[WaitingStep, ...], HotColumn(codec=json_tuple(WaitingStep))] = ()
    extensions: Annotated[tuple[DeadlineExtension, ...], HotColumn(codec=json_tuple(DeadlineExtension))] = ()
    next_due: Annotated[datetime | None, HotColumn(is_indexed=True)] = None
