"""Who provides a service in a region: as the passports say, or as the operator has changed it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.shep_gateway import storage
from services.shep_gateway.domain import Directions, ServiceRoute
from services.shep_gateway.register import Register
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.unit_of_work import Work
from shared.contracts import addresses

router = APIRouter(prefix="/api/v1/service-routes", tags=["register"], dependencies=[OperatorOnly])

OPERATOR = "operator"

Channel = Literal["provider", "con", "portal", "akim"]


class ServiceRouteIn(BaseModel):
    """The system that is to provide a service to those who come by a channel; without it, by all of them."""

    model_config = ConfigDict(extra="forbid")

    channel: Channel | None = None
    recipient: Annotated[str, Field(min_length=1, max_length=100)]


@router.get("")
async def service_routes(
    bus: Bus, service_type: str | None = None, region: str | None = None
) -> list[ServiceRoute]:
    """Every service, region and channel by which applications come over the bus, and who provides it."""
    directions = await bus.read(storage.load_directions)
    return list(directions.service_routes(service_type, region))


@router.put("/{service_type}/{region}")
async def put_service_route(
    service_type: str, region: str, change: ServiceRouteIn, bus: Bus
) -> list[ServiceRoute]:
    """Have another system provide the service from now on; cases that were taken stay where they are.

    ``service-unknown``, ``service-not-in-region``, ``channel-not-found``, ``recipient-unknown``,
    ``recipient-cannot-serve``, ``recipient-stopped``, ``recipient-takes-part``.
    """

    def put(work: Work) -> list[ServiceRoute]:
        directions = storage.load_directions(work.session)
        before = _named(directions, service_type, region, change.channel)
        for one in before:
            way = (one.service_type, one.region, one.channel)
            directions.check_recipient(way, change.recipient, addresses.PROVIDERS)
            storage.put_service_route(work.session, one, change.recipient, work.now)
        return _journaled(before, work)

    changed = await bus.write(put)
    bus.use(Register).forget()
    return changed


@router.delete("/{service_type}/{region}")
async def reset_service_route(
    service_type: str, region: str, bus: Bus, channel: Channel | None = None
) -> list[ServiceRoute]:
    """Back to what the passport says; ``service-unknown``, ``service-not-in-region``, ``channel-not-found``."""

    def reset(work: Work) -> list[ServiceRoute]:
        before = _named(storage.load_directions(work.session), service_type, region, channel)
        for one in before:
            storage.reset_service_route(work.session, one)
        return _journaled(before, work)

    changed = await bus.write(reset)
    bus.use(Register).forget()
    return changed


def _named(
    directions: Directions, service_type: str, region: str, channel: str | None
) -> tuple[ServiceRoute, ...]:
    directions.check_service(service_type, region)
    found = directions.service_routes(service_type, region)
    named = tuple(one for one in found if channel in (None, one.channel))
    if not named:
        raise NotFound("channel-not-found", "no applications come over the bus this way", channel=channel)
    return named


def _journaled(before: tuple[ServiceRoute, ...], work: Work) -> list[ServiceRoute]:
    """Where the routes go now; what differs from before stands in the journal, an entry a channel."""
    work.session.flush()
    first = before[0]
    found = storage.load_directions(work.session).service_routes(first.service_type, first.region)
    now = {one.channel: one for one in found}
    for one in before:
        after = now[one.channel]
        if after != one:
            row = storage.empty_entry(work.now, "ROUTE_CHANGED", f"{_told(one)} -> {_told(after)}")
            way = {"service_id": one.service_type, "region": one.region, "channel": one.channel}
            work.defer(storage.write_journal, {**row, **way, "sender": OPERATOR})
    return [now[one.channel] for one in before]


def _told(route: ServiceRoute) -> str:
    return route.recipient if route.is_changed else f"{route.recipient} (passport)"
