"""The waiting cases of a workplace, as the monitor shows them over HTTP and on its page."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.passport_book import PassportBook
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import monitor
from shared.workplace.records.monitor import WaitingCase, WaitingCount, WaitingFilter, WaitingPoint


class WaitingPointView(BaseModel):
    """A step at which cases wait: ``system`` is the system of the act that takes the step; ids of steps are unique
    within channel and variant. ``is_applicants``: the step waits for the applicant or for something else outside
    of the authority's control.
    """

    region: str
    system: str
    service: str
    regulation: str
    channel: str
    variant: str
    step: str
    is_applicants: bool


class WaitingGroupView(WaitingPointView):
    """The number of cases that wait at one step; ``due_soon`` counts deadlines within 24 hours, ``worst_late`` is
    the longest delay in seconds.
    """

    actor: str
    action: str
    waiting: int
    due_soon: int
    late: int
    worst_late: float | None

    @classmethod
    def from_count(cls, count: WaitingCount, book: PassportBook) -> WaitingGroupView:
        actor, action = monitor.describe_point(count.point, book)
        return cls(
            **_point_fields(count.point),
            actor=actor,
            action=action,
            waiting=count.waiting,
            due_soon=count.soon,
            late=count.late,
            worst_late=count.worst,
        )


class MonitorView(BaseModel):
    """The counts of waiting cases at this workplace; ``now`` is the bus's time of the counts."""

    workplace: str
    now: datetime
    groups: list[WaitingGroupView]


class WaitingCaseView(WaitingPointView):
    """A case that waits at a step; ``late`` is the delay in seconds, null in time."""

    case: str
    number: str | None
    place: str
    since: datetime | None
    due: datetime | None
    late: float | None

    @classmethod
    def from_case(cls, waiting_case: WaitingCase, now: datetime) -> WaitingCaseView:
        return cls(
            **_point_fields(waiting_case.point),
            case=waiting_case.case_id,
            number=waiting_case.number,
            place=waiting_case.place,
            since=waiting_case.since,
            due=waiting_case.due,
            late=waiting_case.seconds_late(now),
        )


async def read_monitor(runtime: Runtime, criteria: WaitingFilter) -> MonitorView:
    """The counts of waiting cases now, by step."""
    now, book = runtime.now, runtime.resource(PassportBook)
    counts = await runtime.read(lambda session: list(monitor.count_waiting(session, criteria, now)))
    groups = [WaitingGroupView.from_count(count, book) for count in counts]
    return MonitorView(workplace=runtime.resource(WorkplaceProfile).address, now=now, groups=groups)


def _point_fields(point: WaitingPoint) -> dict[str, Any]:
    return asdict(point)
