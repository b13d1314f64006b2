"""The regional gateway over HTTP, for its operator."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from services.rshep_regional import storage
from services.rshep_regional.domain import ANY, LocalRoute, check_system
from services.rshep_regional.routes import OPERATOR, CachedRegionalRegister, derive_routes
from services.rshep_regional.settings import RegionalSettings
from services.rshep_regional.storage import PassageRow
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging, at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.addresses import regional_gateway
from shared.contracts.cases import StepDone
from shared.regulations.passport_book import PassportBook

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])

Channel = Literal["provider", "con", "portal", "akim"]
ServiceId = Annotated[str, Path(max_length=100)]


class LocalRouteRequest(RequestModel):
    """The system that provides a service in a channel; without ``channel``, in all channels."""

    channel: Channel | None = None
    system: Annotated[str, Field(min_length=1, max_length=100)]


class PassageView(BaseModel):
    """A message that passed, or was refused with a code; or a change of the routes."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    at: datetime
    event: str
    sender: str | None
    message_id: str | None
    correlation_id: Annotated[str | None, Field(validation_alias="case_id")]
    service_id: str | None
    message_type: str | None
    channel: str | None
    step: str | None
    to: str | None
    code: str | None


@router.get("/routes", tags=["routes"])
async def list_routes(
    runtime: ServiceRuntime,
) -> Annotated[list[LocalRoute], at_most(400, "one for each channel of the region's services")]:
    """The routes from service and channel to a system; ``*`` stands for all others. ШЭП can name another
    system.
    """
    return await runtime.read(storage.list_local_routes)


@router.put(
    "/routes/{service_id}",
    tags=["routes"],
    responses=declare_errors(not_found="service-unknown", refused="system-not-regional"),
)
@audits_fields("channel", "system")
async def put_route(service_id: ServiceId, route: LocalRouteRequest, runtime: ServiceRuntime) -> list[LocalRoute]:
    """Make another system of the region the provider of a service; running cases stay with their provider.

    ``system-not-regional``, ``service-unknown``; the change is recorded among the passages.
    """
    register = await runtime.read(storage.load_register)
    check_system(route.system, register.systems)
    new = LocalRoute(service_id, route.channel or ANY, route.system, is_changed=True)
    return await _change_routes(runtime, service_id, new.channel, [new])


@router.delete("/routes/{service_id}", tags=["routes"], responses=declare_errors(not_found="service-unknown"))
async def reset_route(
    service_id: ServiceId, runtime: ServiceRuntime, channel: Channel | None = None
) -> list[LocalRoute]:
    """Restore the routes of the passports; ``service-unknown``."""
    initial_routes = derive_routes(runtime.resource(PassportBook), runtime.resource(RegionalSettings).region)
    own = [
        route for route in initial_routes if route.service_id == service_id and channel in (None, route.channel)
    ]
    return await _change_routes(runtime, service_id, channel or ANY, own)


async def _change_routes(
    runtime: Runtime, service_id: str, channel: str, new: list[LocalRoute]
) -> list[LocalRoute]:
    passports, region = runtime.resource(PassportBook).passports, runtime.resource(RegionalSettings).region
    if service_id != ANY and (service_id, region) not in {
        (passport.service_type, passport.region) for passport in passports
    }:
        raise NotFound("service-unknown", "no such service in this region", service=service_id)

    def replace_routes(uow: UnitOfWork) -> list[LocalRoute]:
        before = storage.list_local_routes(uow.session)
        storage.put_routes(uow.session, service_id, channel, new)
        after = storage.list_local_routes(uow.session)
        if after != before:
            description = f"{_describe_routes(before, service_id)} -> {_describe_routes(after, service_id)}"
            uow.session.add(
                PassageRow(
                    at=uow.now,
                    event="ROUTE_CHANGED",
                    sender=OPERATOR,
                    service_id=service_id,
                    channel=channel,
                    to=description,
                )
            )
        return [route for route in after if route.service_id == service_id]

    changed = await runtime.write(replace_routes)
    runtime.resource(CachedRegionalRegister).invalidate_cache()
    return changed


def _describe_routes(routes: list[LocalRoute], service_id: str) -> str:
    return ",".join(f"{route.channel}={route.system}" for route in routes if route.service_id == service_id) or "-"


@router.get("/passages", tags=["passages"])
async def list_passages(
    runtime: ServiceRuntime, pager: Paging, correlation_id: str | None = None
) -> list[PassageView]:
    """The messages that passed or were refused, the newest first; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.list_passages(session, correlation_id, pager.place))
    return [PassageView.model_validate(row) for row in pager.link_page(page)]


@router.get("/cases/{case_id}/steps", tags=["passages"])
async def list_case_steps(
    case_id: str, runtime: ServiceRuntime
) -> Annotated[list[StepDone], at_most(100, "each routing step of a process once")]:
    """The routing steps that this gateway did in a case."""
    region = runtime.resource(RegionalSettings).region
    return await runtime.read(
        lambda session: _find_routing_steps(session, case_id, region, runtime.resource(PassportBook))
    )


def _find_routing_steps(session: Session, case_id: str, region: str, book: PassportBook) -> list[StepDone]:
    steps_done: dict[str, StepDone] = {}
    for row in storage.passages_of_case(session, case_id):
        if row.event == "PASSED":
            for step in book.routing_steps(row.service_id or "", region, row.channel, row.step):
                steps_done.setdefault(step, StepDone(step=step, at=row.at, by=regional_gateway(region)))
    return list(steps_done.values())
