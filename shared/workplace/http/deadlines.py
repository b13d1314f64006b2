"""Deadlines over HTTP: the monitor, for the operator of the system."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.book import PassportBook
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import monitor, storage
from shared.workplace.records.monitor import Count, Held, Spot

router = APIRouter(prefix="/api/v1", tags=["deadlines"])


class SpotOut(BaseModel):
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


class GroupOut(SpotOut):
    """How many cases wait at one step; ``due_soon`` within 24 hours, ``worst_late`` in seconds."""

    actor: str
    action: str
    waiting: int
    due_soon: int
    late: int
    worst_late: float | None

    @classmethod
    def of(cls, count: Count, book: PassportBook) -> GroupOut:
        actor, action = monitor.told(count.spot, book)
        return cls(
            **_spot(count.spot),
            actor=actor,
            action=action,
            waiting=count.waiting,
            due_soon=count.soon,
            late=count.late,
            worst_late=count.worst,
        )


class MonitorOut(BaseModel):
    """What waits at this workplace at a moment of the bus's clock."""

    workplace: str
    now: datetime
    groups: list[GroupOut]


class WaitingOut(SpotOut):
    """A case that waits; ``late`` in seconds."""

    case: str
    number: str | None
    place: str
    since: datetime | None
    due: datetime | None
    late: float | None

    @classmethod
    def of(cls, held: Held, now: datetime) -> WaitingOut:
        return cls(
            **_spot(held.spot),
            case=held.case,
            number=held.number,
            place=held.place,
            since=held.since,
            due=held.due,
            late=held.seconds_late(now),
        )


@dataclass(frozen=True)
class Wanted:
    """Which of the waiting steps are asked for."""

    region: str | None = None
    service: str | None = None
    step: str | None = None
    late: bool | None = None


async def wanted_of(
    region: Annotated[str | None, Query(max_length=10)] = None,
    service: Annotated[str | None, Query(max_length=100)] = None,
    step: Annotated[str | None, Query(max_length=20)] = None,
    late: bool | None = None,
) -> Wanted:
    """What the query asks for."""
    return Wanted(region, service, step, late)


Narrowed = Annotated[Wanted, Depends(wanted_of)]


@router.get("/deadlines", dependencies=[OperatorOnly])
async def deadlines(bus: Bus, wanted: Narrowed) -> MonitorOut:
    """The steps that wait here, counted by region, system, service, step; no personal data."""
    return await look(bus, wanted)


@router.get("/deadlines/cases", dependencies=[OperatorOnly])
async def waiting_cases(
    bus: Bus, wanted: Narrowed, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[WaitingOut]:
    """The cases behind the counts, those that are due first first."""
    now = bus.now
    return [WaitingOut.of(one, now) for one in (await _held(bus, wanted, now))[:limit]]


async def look(bus: Runtime, wanted: Wanted) -> MonitorOut:
    """What the monitor shows now."""
    now, book = bus.now, bus.use(PassportBook)
    groups = [GroupOut.of(one, book) for one in monitor.counted(await _held(bus, wanted, now), now)]
    return MonitorOut(workplace=bus.use(WorkplaceProfile).address, now=now, groups=groups)


async def _held(bus: Runtime, wanted: Wanted, now: datetime) -> list[Held]:
    rows = await bus.read(lambda session: storage.waiting(session, wanted.region, wanted.service))
    return monitor.held(rows, now, step=wanted.step, is_late=wanted.late)


def _spot(spot: Spot) -> dict[str, Any]:
    return asdict(spot)
