"""The monitor: waiting, due and late cases at this workplace, by region, system, service and step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from shared.bus.errors import NotFound
from shared.regulations.passport_book import PassportBook
from shared.workplace.records.case_record import WaitingStep, WorkplaceCase

SOON = timedelta(hours=24)
WITHOUT_DUE = "~"
"""Stands after every moment."""


@dataclass(frozen=True, order=True)
class WaitingPoint:
    """A step of a service in a region at which cases can wait. Step ids are relative to channel and variant."""

    region: str
    system: str
    service: str
    regulation: str
    channel: str
    variant: str
    step: str
    is_applicants: bool


@dataclass(frozen=True)
class WaitingCase:
    """A case that waits at a point, with its number and the department or centre that handles it."""

    point: WaitingPoint
    case_id: str
    number: str | None
    place: str
    since: datetime | None
    due: datetime | None

    def sort_key(self) -> tuple[str, str, str]:
        """The place among other waiting cases: by deadline, those without one last; unique."""
        return (self.due.astimezone(UTC).isoformat() if self.due else WITHOUT_DUE, self.case_id, self.point.step)

    def seconds_late(self, now: datetime) -> float | None:
        """The delay in seconds; None in time."""
        return (now - self.due).total_seconds() if self.due is not None and now > self.due else None


@dataclass(frozen=True)
class WaitingCount:
    """The number of cases that wait at a point, are due within a day, are late; ``worst`` is the longest delay in
    seconds.
    """

    point: WaitingPoint
    waiting: int = 0
    soon: int = 0
    late: int = 0
    worst: float | None = None

    def add_case(self, waiting_case: WaitingCase, now: datetime) -> WaitingCount:
        late = waiting_case.seconds_late(now)
        is_soon = waiting_case.due is not None and now <= waiting_case.due <= now + SOON
        worst = self.worst if late is None else max(late, self.worst or 0.0)
        return replace(
            self,
            waiting=self.waiting + 1,
            soon=self.soon + is_soon,
            late=self.late + (late is not None),
            worst=worst,
        )


def find_waiting(
    rows: Iterable[WorkplaceCase], now: datetime, *, step: str | None = None, is_late: bool | None = None
) -> list[WaitingCase]:
    """The waiting steps of these cases, by deadline, filtered by step and lateness."""
    waiting_cases = [
        waiting_case
        for row in rows
        for wait in row.waits
        if step in (None, wait.step) and is_late in (None, wait.seconds_late(now) is not None)
        for waiting_case in [_waiting_case(row, wait)]
    ]
    return sorted(waiting_cases, key=WaitingCase.sort_key)


def count_waiting(waiting: Iterable[WaitingCase], now: datetime) -> Iterator[WaitingCount]:
    """The counts by point, in order."""
    counts: dict[WaitingPoint, WaitingCount] = {}
    for waiting_case in waiting:
        counts[waiting_case.point] = counts.get(waiting_case.point, WaitingCount(waiting_case.point)).add_case(
            waiting_case, now
        )
    yield from (counts[point] for point in sorted(counts))


def describe_point(point: WaitingPoint, book: PassportBook) -> tuple[str, str]:
    """The actor and the action at a point in the act's words; empty for a passport that no longer exists."""
    try:
        node = book.get_graph(point.regulation, point.channel, point.variant).get_node(point.step)
    except NotFound:
        return "", ""
    return node.actor, node.action


def _waiting_case(row: WorkplaceCase, wait: WaitingStep) -> WaitingCase:
    point = WaitingPoint(
        row.region,
        wait.system,
        row.service_type,
        row.regulation,
        row.channel,
        row.variant,
        wait.step,
        wait.is_applicants,
    )
    return WaitingCase(point, row.case_id, row.number, row.place, wait.since, wait.due)
