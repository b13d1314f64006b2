"""The providers of services by region over HTTP: by the passports, or as the operator has changed them."""

from __future__ import annotations

from dataclasses import replace
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
    runtime: ServiceRuntime, service_type: str | None = None, region: str | None = None, tenant: str | None = None
) -> Annotated[list[ServiceRoute], at_most(400, "one for each channel of an act")]:
    """The provider for every service, region and channel by which applications come over the bus; with ``tenant``,
    in the cases of this tenant.
    """
    snapshot = await runtime.read(storage.load_snapshot)
    routes = snapshot.list_service_routes(service_type, region)
    return [_see_as_tenant(route, tenant, snapshot) if tenant else route for route in routes]


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
    in the region ``KZ``. A participant of a tenant becomes the provider in the cases of its tenant only.

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
        tenant = snapshot.tenants.get(change.recipient)
        if tenant is not None:
            return _take_for_tenant(before, tenant, change.recipient, uow)
        for route in before:
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


def _see_as_tenant(route: ServiceRoute, tenant: str, snapshot: RegisterSnapshot) -> ServiceRoute:
    own = snapshot.tenant_places.get((tenant, route.service_key))
    return route if own is None else replace(route, recipient=own, is_changed=True)


def _take_for_tenant(
    routes: tuple[ServiceRoute, ...], tenant: str, recipient: str, uow: UnitOfWork
) -> list[ServiceRoute]:
    """Give the places to a participant in the cases of its tenant; each gets an entry in the journal."""
    for route in routes:
        storage.put_tenant_place(uow.session, tenant, route, recipient)
        entry = storage.empty_entry(uow.now, "ROUTE_CHANGED", f"tenant {tenant}: {recipient}")
        key_columns = {"service_id": route.service_type, "region": route.region, "channel": route.channel}
        uow.write_later(storage.write_journal, {**entry, **key_columns, "sender": OPERATOR})
    return [replace(route, recipient=recipient, is_changed=True) for route in routes]


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
