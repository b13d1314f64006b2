"""The providers of services by region over HTTP: by the passports, or as the operator has changed them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from services.shep_gateway import storage
from services.shep_gateway.domain import WHOLE_COUNTRY, RegisterSnapshot, ServiceRoute
from services.shep_gateway.doors import participants
from services.shep_gateway.register import CachedRegister
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses

router = APIRouter(prefix="/api/v1/service-routes", tags=["register"], dependencies=[OperatorOnly])

OPERATOR = "operator"

Channel = Literal["provider", "con", "portal", "akim"]


class ServiceRouteRequest(RequestModel):
    """The system that provides a service in a channel; without ``channel``, in all channels."""

    channel: Channel | None = None
    recipient: Annotated[str, Field(min_length=1, max_length=100)]


@router.get("")
async def list_service_routes(
    runtime: ServiceRuntime, service_type: str | None = None, region: str | None = None
) -> Annotated[list[ServiceRoute], at_most(400, "one for each channel of an act")]:
    """The provider for every service, region and channel by which applications come over the bus."""
    snapshot = await runtime.read(storage.load_snapshot)
    return list(snapshot.list_service_routes(service_type, region))


@router.put(
    "/{service_type}/{region}",
    responses=declare_errors(
        not_found="channel-not-found recipient-stopped recipient-unknown service-not-in-region service-unknown",
        refused="recipient-cannot-serve",
        conflict="recipient-takes-part",
    ),
)
@audits_fields("channel", "recipient")
async def put_service_route(
    service_type: str, region: str, change: ServiceRouteRequest, runtime: ServiceRuntime
) -> list[ServiceRoute]:
    """Make another system the provider of the service from now on; running cases stay with their provider. A
    participant of the doors may provide what the operator granted to it when it joined, a register's service too:
    in the region ``KZ``.

    ``service-unknown``, ``service-not-in-region``, ``channel-not-found``, ``recipient-unknown``,
    ``recipient-cannot-serve``, ``recipient-stopped``, ``recipient-takes-part``.
    """

    def change_routes(uow: UnitOfWork) -> list[ServiceRoute]:
        snapshot = storage.load_snapshot(uow.session)
        before = _select_routes(snapshot, service_type, region, change.channel)
        able = set(participants.list_provisions(uow.session, service_type))
        able |= set() if region == WHOLE_COUNTRY else set(addresses.PROVIDERS)
        for route in before:
            snapshot.check_recipient(route.service_key, change.recipient, able)
            storage.put_service_route(uow.session, route, change.recipient, uow.now)
        return _journal_changes(before, uow)

    changed = await runtime.write(change_routes)
    runtime.resource(CachedRegister).invalidate_cache()
    return changed


@router.delete(
    "/{service_type}/{region}",
    responses=declare_errors(not_found="channel-not-found service-not-in-region service-unknown"),
)
async def reset_service_route(
    service_type: str, region: str, runtime: ServiceRuntime, channel: Channel | None = None
) -> list[ServiceRoute]:
    """Restore the provider of the passport; ``service-unknown``, ``service-not-in-region``,
    ``channel-not-found``.
    """

    def reset_routes(uow: UnitOfWork) -> list[ServiceRoute]:
        before = _select_routes(storage.load_snapshot(uow.session), service_type, region, channel)
        for route in before:
            storage.reset_service_route(uow.session, route)
        return _journal_changes(before, uow)

    changed = await runtime.write(reset_routes)
    runtime.resource(CachedRegister).invalidate_cache()
    return changed


def _select_routes(
    snapshot: RegisterSnapshot, service_type: str, region: str, channel: str | None
) -> tuple[ServiceRoute, ...]:
    snapshot.check_service(service_type, region)
    routes = snapshot.list_service_routes(service_type, region)
    selected_routes = tuple(route for route in routes if channel in (None, route.channel))
    if not selected_routes:
        raise NotFound("channel-not-found", "this channel sends no applications over the bus", channel=channel)
    return selected_routes


def _journal_changes(before: tuple[ServiceRoute, ...], uow: UnitOfWork) -> list[ServiceRoute]:
    """The current routes; each changed channel gets an entry in the journal."""
    uow.session.flush()
    first = before[0]
    routes = storage.load_snapshot(uow.session).list_service_routes(first.service_type, first.region)
    now = {route.channel: route for route in routes}
    for route in before:
        after = now[route.channel]
        if after != route:
            row = storage.empty_entry(
                uow.now, "ROUTE_CHANGED", f"{_describe_route(route)} -> {_describe_route(after)}"
            )
            key_columns = {"service_id": route.service_type, "region": route.region, "channel": route.channel}
            uow.write_later(storage.write_journal, {**row, **key_columns, "sender": OPERATOR})
    return [now[route.channel] for route in before]


def _describe_route(route: ServiceRoute) -> str:
    return route.recipient if route.is_changed else f"{route.recipient} (passport)"
