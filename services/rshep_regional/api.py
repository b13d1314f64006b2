"""The regional gateway over HTTP, for its operator."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from services.rshep_regional import storage
from services.rshep_regional.domain import ANY, LocalRoute, check_system
from services.rshep_regional.routes import LocalRoutes, seeds
from services.rshep_regional.settings import RegionalSettings
from services.rshep_regional.storage import PassageRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.addresses import regional_gateway
from shared.contracts.cases import StepDone
from shared.regulations.book import PassportBook

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])

OPERATOR = "operator"
Channel = Literal["provider", "con", "portal", "akim"]
ServiceId = Annotated[str, Path(max_length=100)]


class LocalRouteIn(BaseModel):
    """The system that is to provide a service to those who come by a channel; without it, by all of them."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel | None = None
    system: Annotated[str, Field(min_length=1, max_length=100)]


@router.get("/routes", tags=["routes"])
async def routes(bus: Bus) -> list[LocalRoute]:
    """Services and channels to systems; ``*`` for all others. ШЭП may name another where its operator says so."""
    return await bus.read(storage.local_routes)


@router.put("/routes/{service_id}", tags=["routes"])
async def put_route(service_id: ServiceId, route: LocalRouteIn, bus: Bus) -> list[LocalRoute]:
    """Have another system of the region provide a service from now on; cases that were taken stay where they are.

    ``system-not-regional``, ``service-unknown``; the change is recorded among the passages.
    """
    check_system(route.system)
    new = LocalRoute(service_id, route.channel or ANY, route.system, is_changed=True)
    return await _change(bus, service_id, new.channel, [new])


@router.delete("/routes/{service_id}", tags=["routes"])
async def reset_route(service_id: ServiceId, bus: Bus, channel: Channel | None = None) -> list[LocalRoute]:
    """Back to what the passports say; ``service-unknown``."""
    first = seeds(bus.use(PassportBook), bus.use(RegionalSettings).region)
    own = [one for one in first if one.service_id == service_id and channel in (None, one.channel)]
    return await _change(bus, service_id, channel or ANY, own)


async def _change(bus: Runtime, service_id: str, channel: str, new: list[LocalRoute]) -> list[LocalRoute]:
    passports, region = bus.use(PassportBook).all, bus.use(RegionalSettings).region
    if service_id != ANY and (service_id, region) not in {(one.service_type, one.region) for one in passports}:
        raise NotFound("service-unknown", "no such service in this region", service=service_id)

    def change(work: Work) -> list[LocalRoute]:
        before = storage.local_routes(work.session)
        storage.put_routes(work.session, service_id, channel, new)
        after = storage.local_routes(work.session)
        if after != before:
            what = f"{_told(before, service_id)} -> {_told(after, service_id)}"
            work.session.add(
                PassageRow(
                    at=work.now,
                    event="ROUTE_CHANGED",
                    sender=OPERATOR,
                    service_id=service_id,
                    channel=channel,
                    to=what,
                )
            )
        return [one for one in after if one.service_id == service_id]

    changed = await bus.write(change)
    bus.use(LocalRoutes).forget()
    return changed


def _told(routes: list[LocalRoute], service_id: str) -> str:
    return ",".join(f"{one.channel}={one.system}" for one in routes if one.service_id == service_id) or "-"


@router.get("/passages", tags=["passages"])
async def passages(
    bus: Bus, correlation_id: str | None = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> list[PassageRow]:
    """The latest messages that passed or were refused."""
    return await bus.read(lambda session: storage.passages(session, correlation_id, limit))


@router.get("/cases/{correlation_id}/steps", tags=["passages"])
async def steps(correlation_id: str, bus: Bus) -> list[StepDone]:
    """The steps of routing that this gateway did in a case."""
    region = bus.use(RegionalSettings).region
    return await bus.read(lambda session: _routed(session, correlation_id, region, bus.use(PassportBook)))


def _routed(session: Session, correlation_id: str, region: str, book: PassportBook) -> list[StepDone]:
    done: dict[str, StepDone] = {}
    for row in storage.passages(session, correlation_id, 1000):
        if row.event == "PASSED":
            for step in book.carried(row.service_id or "", region, row.channel, row.step):
                done.setdefault(step, StepDone(step=step, at=row.at, by=regional_gateway(region)))
    return list(done.values())
