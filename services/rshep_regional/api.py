"""The regional gateway over HTTP, for its operator."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from services.rshep_regional import storage
from services.rshep_regional.routes import LocalRoutes
from services.rshep_regional.settings import RegionalSettings
from services.rshep_regional.storage import LocalRouteRow, PassageRow
from shared.bus.http import Bus, OperatorOnly
from shared.bus.work import Work
from shared.contracts.addresses import regional_gateway
from shared.contracts.cases import StepDone
from shared.regulations.book import PassportBook

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])


class LocalRoute(BaseModel):
    """The system that provides a service in this region."""

    model_config = ConfigDict(extra="forbid")

    system: Annotated[str, Field(min_length=1, max_length=100)]


@router.get("/routes", tags=["routes"])
async def routes(bus: Bus) -> dict[str, str]:
    """Services to systems; ``*`` for all others."""
    return await bus.read(storage.local_routes)


@router.put("/routes/{service_id}", tags=["routes"])
async def put_route(service_id: str, route: LocalRoute, bus: Bus) -> LocalRouteRow:
    """Have another system of the region provide a service."""

    def change(work: Work) -> LocalRouteRow:
        return work.session.merge(LocalRouteRow(service_id=service_id, system=route.system))

    row = await bus.write(change)
    bus.use(LocalRoutes).forget()
    return row


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
    done: dict[int, StepDone] = {}
    for row in storage.passages(session, correlation_id, 1000):
        n = book.route_step(row.service_id or "", region, row.channel, row.step)
        if n is not None and row.code is None and n not in done:
            done[n] = StepDone(n=n, at=row.at, by=regional_gateway(region))
    return list(done.values())
