"""The providers of services by region over HTTP: by the passports, or as the operator has changed them."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from services.shep_gateway import storage
from services.shep_gateway.domain import RegisterSnapshot, ServiceRoute
from services.shep_gateway.register_changes import change_provider, restore_provider
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel

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

    return await change_provider(runtime, service_type, region, change.channel, change.recipient)


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

    return await restore_provider(runtime, service_type, region, channel)


def _see_as_tenant(route: ServiceRoute, tenant: str, snapshot: RegisterSnapshot) -> ServiceRoute:
    own = snapshot.tenant_places.get((tenant, route.service_key))
    return route if own is None else replace(route, recipient=own, is_changed=True)
