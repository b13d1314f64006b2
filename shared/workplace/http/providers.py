"""The workplace of a gateway over HTTP: which services are handled here, for whom, and the cases to take away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.book import PassportBook
from shared.workplace.http.cases import CaseOut, Employee
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import providers
from shared.workplace.records.stages import Stage

router = APIRouter(prefix="/api/v1", tags=["providers"])

Authority = Annotated[str, Path(max_length=100)]
Limit = Annotated[int, Query(ge=1, le=10_000)]
CSV = "text/csv; charset=utf-8"


class ServiceOut(BaseModel):
    """A service of a channel that is handled here; ``title_kk`` is absent where the act has none.

    ``is_by_passport`` is False for a service that came because ШЭП's or the region's operator changed its route.
    """

    regulation: str
    service_type: str
    region: str
    channel: str
    title: str
    title_kk: str | None
    provider: str
    is_by_passport: bool
    under_way: int
    completed: int


class ProviderOut(BaseModel):
    """A department whose people work here: its cases by stage, since when the oldest open one waits."""

    authority: str
    name: str | None
    region: str | None
    cases: dict[Stage, int]
    oldest_at: datetime | None


@router.get("/services", dependencies=[OperatorOnly])
async def services(bus: Bus) -> list[ServiceOut]:
    """What is handled here: by the passports, and by changed routes as far as a case has come by them."""
    book, profile = bus.use(PassportBook), bus.use(WorkplaceProfile)
    offers = await bus.read(lambda session: providers.offers(book, profile.systems, session))
    counted = await bus.read(providers.counts)
    made = []
    for offer in offers:
        passport = book.get(offer.regulation)
        under_way, completed = counted.get((offer.regulation, offer.channel), (0, 0))
        made.append(
            ServiceOut(
                regulation=passport.id,
                service_type=passport.service_type,
                region=passport.region,
                channel=offer.channel,
                title=passport.title.ru,
                title_kk=passport.title.kk,
                provider=passport.provider,
                is_by_passport=offer.is_by_passport,
                under_way=under_way,
                completed=completed,
            )
        )
    return made


@router.get("/providers", dependencies=[OperatorOnly])
async def departments(bus: Bus) -> list[ProviderOut]:
    """The departments that have had cases here, by their codes."""
    known = _departments(bus)
    loads = await bus.read(providers.loads)
    return [
        ProviderOut(
            authority=load.authority,
            name=known.get(load.authority, (None, None))[0],
            region=known.get(load.authority, (None, None))[1],
            cases={Stage(stage): count for stage, count in load.cases.items()},
            oldest_at=load.oldest_at,
        )
        for load in loads
    ]


@router.get("/providers/{authority}/cases", dependencies=[OperatorOnly])
async def cases(authority: Authority, bus: Bus, stage: Stage | None = None, limit: Limit = 100) -> list[CaseOut]:
    """The cases of a department, the oldest first; ``authority-unknown``."""
    _check(authority, bus)
    rows = await bus.read(lambda session: providers.of_provider(session, authority, stage, limit))
    return [CaseOut.of(row, bus.now) for row in rows]


@router.get("/providers/{authority}/export", dependencies=[OperatorOnly], response_class=Response)
async def export(authority: Authority, bus: Bus, stage: Stage | None = None, limit: Limit = 10_000) -> Response:
    """The cases of a department as CSV, without personal data; ``authority-unknown``."""
    _check(authority, bus)
    return await _csv(authority, bus, stage, limit)


@router.get("/export", response_class=Response)
async def own_export(me: Employee, bus: Bus, stage: Stage | None = None, limit: Limit = 10_000) -> Response:
    """The cases of the employee's own department as CSV, without personal data."""
    return await _csv(me.authority, bus, stage, limit)


async def _csv(authority: str, bus: Runtime, stage: Stage | None, limit: int) -> Response:
    rows = await bus.read(lambda session: providers.of_provider(session, authority, stage, limit))
    shown = {"Content-Disposition": f'attachment; filename="{authority}.csv"'}
    return Response(providers.as_csv(rows), media_type=CSV, headers=shown)


def _check(authority: str, bus: Runtime) -> None:
    if authority not in _departments(bus):
        raise NotFound("authority-unknown", "no act's directory has such a department", authority=authority)


def _departments(bus: Runtime) -> dict[str, tuple[str, str]]:
    """Name and region of every department of the acts, by its code."""
    return {
        one.code: (one.name, passport.region)
        for passport, _ in bus.use(PassportBook).all_graphs()
        for one in passport.directories.departments
    }
