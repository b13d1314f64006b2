"""What waits at a workplace, as the monitor shows it over HTTP and on its page."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.passport_book import PassportBook
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import monitor, storage
from shared.workplace.records.monitor import WaitingCase, WaitingCount, WaitingPoint


class WaitingPointView(BaseModel):
    """Where cases wait: ``system`` is the act's, at which the step is done; a step's id counts in its channel and
    variant. ``is_applicants``: the authority waits for something that is not in its hands."""

    region: str
    system: str
    service: str
    regulation: str
    channel: str
    variant: str
    step: str
    is_applicants: bool


class WaitingGroupView(WaitingPointView):
    """How many cases wait at one step; ``due_soon`` within 24 hours, ``worst_late`` in seconds."""

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
    """What waits at this workplace at a moment of the bus's clock."""

    workplace: str
    now: datetime
    groups: list[WaitingGroupView]


class WaitingCaseView(WaitingPointView):
    """A case that waits; ``late`` in seconds."""

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


@dataclass(frozen=True)
class MonitorFilter:
    """Which of the waiting steps are asked for."""

    region: str | None = None
    service: str | None = None
    step: str | None = None
    late: bool | None = None


async def read_monitor(runtime: Runtime, criteria: MonitorFilter) -> MonitorView:
    """What the monitor shows now."""
    now, book = runtime.now, runtime.resource(PassportBook)
    groups = [
        WaitingGroupView.from_count(count, book)
        for count in monitor.count_waiting(await find_waiting_cases(runtime, criteria, now), now)
    ]
    return MonitorView(workplace=runtime.resource(WorkplaceProfile).address, now=now, groups=groups)


async def find_waiting_cases(runtime: Runtime, criteria: MonitorFilter, now: datetime) -> list[WaitingCase]:
    """The waiting cases by the filters of the request."""
    rows = await runtime.read(lambda session: storage.list_waiting(session, criteria.region, criteria.service))
    return monitor.find_waiting(rows, now, step=criteria.step, is_late=criteria.late)


def _point_fields(point: WaitingPoint) -> dict[str, Any]:
    return asdict(point)
