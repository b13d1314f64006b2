"""The gateway over HTTP: the catalogue of regulations without a login; the register and the deliveries for
the operator.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway import storage
from services.shep_gateway.domain import AccessRight
from services.shep_gateway.proof.delivery_lists import list_deliveries as find_deliveries
from services.shep_gateway.register import CachedRegister
from services.shep_gateway.register_changes import change_member, change_right
from services.shep_gateway.storage import DeliveryRow, JournalRow, MemberRow, RightRow, RouteRow
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import WholePaging, at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.http.requests.plain_input import RequestModel, RowNumber
from shared.bus.persistence.list_pages import ListPage
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses
from shared.contracts.cases import DeliveryState, StepDone
from shared.regulations.passport_book import PassportBook
from shared.regulations.public import public_form
from shared.regulations.public_schema import PublicRegulation

router = APIRouter(prefix="/api/v1")

STEP_PLACE_PATTERN = r"^([a-z]+(-[a-z]+)*/)?[a-z]\d{1,3}$"

T = TypeVar("T")


class GatewayRouteRequest(RequestModel):
    """A route to add; without channel and step, the route is for all channels and steps.

    ``step`` is the place of a step: ``t5``, or ``worker-reissue/p10`` in a variant. ``is_provider``: the route
    leads to the provider of the service, and follows changes made at ``/service-routes``.
    """

    service_id: Annotated[str, Field(min_length=1, max_length=100)]
    region: Annotated[str, Field(max_length=10)] | None = None
    message_type: Annotated[str, Field(pattern="^(REQUEST|UPDATE|NOTIFICATION|RESPONSE)$")]
    channel: Annotated[str, Field(max_length=20)] | None = None
    step: Annotated[str, Field(pattern=STEP_PLACE_PATTERN, max_length=60)] | None = None
    recipient: Annotated[str, Field(min_length=1, max_length=100)]
    is_provider: bool = False


class AccessRightRequest(RequestModel):
    """A right to grant or revoke."""

    sender: Annotated[str, Field(min_length=1, max_length=100)]
    service_id: Annotated[str, Field(min_length=1, max_length=100)]
    message_type: Annotated[str, Field(pattern="^(REQUEST|UPDATE|NOTIFICATION|RESPONSE)$")]


class MemberRequest(RequestModel):
    """A system to connect, or to switch on or off."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    is_regional: bool = False
    is_active: bool = True


class DeliveryView(BaseModel):
    """The delivery of one message to one recipient, with its state."""

    model_config = ConfigDict(from_attributes=True)

    sender: str
    message_id: str
    recipient: str
    correlation_id: Annotated[str, Field(validation_alias="case_id")]
    region: str
    session_id: str
    state: str
    changed_at: datetime
    error_code: str | None


@router.get(
    "/regulations",
    tags=["catalogue"],
    responses={200: {"model": Annotated[list[PublicRegulation], at_most(100, "one for an act")]}},
    dependencies=[ManyCalls],
)
async def list_regulations(
    runtime: ServiceRuntime,
) -> list[dict[str, Any]]:
    """All passports in their public form."""
    return [public_form(passport) for passport in runtime.resource(PassportBook).passports]


@router.get(
    "/regulations/{passport_id}",
    tags=["catalogue"],
    responses={200: {"model": PublicRegulation}, **declare_errors(not_found="regulation-unknown")},
    dependencies=[ManyCalls],
)
async def get_regulation(passport_id: str, runtime: ServiceRuntime) -> dict[str, Any]:
    """One passport in its public form; ``regulation-unknown``."""
    return public_form(runtime.resource(PassportBook).get_passport(passport_id))


@router.get("/members", tags=["register"], dependencies=[OperatorOnly])
async def list_members(runtime: ServiceRuntime, pager: WholePaging) -> list[MemberRow]:
    """The connected systems, ordered by address; ``cursor-malformed``."""
    return pager.link_page(await runtime.read(lambda session: storage.list_members(session, pager.place)))


@router.put("/members/{address}", tags=["register"], dependencies=[OperatorOnly])
@audits_fields("is_active", "is_regional")
async def put_member(
    address: Annotated[str, Path(max_length=100)], member: MemberRequest, runtime: ServiceRuntime
) -> MemberRow:
    """Connect or change a system; the change is journaled."""

    return await change_member(
        runtime, address, member.title, is_regional=member.is_regional, is_active=member.is_active
    )


@router.get("/services", tags=["register"], dependencies=[ManyCalls])
async def list_services(runtime: ServiceRuntime, pager: WholePaging) -> list[str]:
    """The codes of the services that have a route, ordered by code; ``cursor-malformed``."""
    return pager.link_page(await runtime.read(lambda session: storage.list_services(session, pager.place)))


@router.get("/routes", tags=["register"], dependencies=[OperatorOnly])
async def list_routes(runtime: ServiceRuntime, pager: WholePaging) -> list[RouteRow]:
    """The routes, the newest first; ``cursor-malformed``."""
    return pager.link_page(await runtime.read(lambda session: storage.list_routes(session, pager.place)))


@router.post(
    "/routes",
    tags=["register"],
    status_code=status.HTTP_201_CREATED,
    dependencies=[OperatorOnly],
    responses=declare_errors(conflict="route-exists"),
)
@audits_fields("service_id", "region", "message_type", "channel", "step", "recipient", "is_provider")
async def add_route(route: GatewayRouteRequest, runtime: ServiceRuntime) -> RouteRow:
    """Add a route; ``route-exists``, because a second route would deliver twice. The change is journaled."""

    def insert_route(uow: UnitOfWork) -> RouteRow:
        storage.check_new_route(uow.session, route.model_dump())
        row = RouteRow(**route.model_dump())
        uow.session.add(row)
        uow.session.flush()
        _journal_change(uow, f"route {row.id} added: {route.service_id} {route.region} -> {route.recipient}")
        return row

    return await _invalidate_register(runtime, await runtime.write(insert_route))


@router.delete(
    "/routes/{route_id}",
    tags=["register"],
    status_code=204,
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="route-unknown"),
)
async def remove_route(route_id: RowNumber, runtime: ServiceRuntime) -> None:
    """Remove a route; ``route-unknown``. The change is journaled."""

    def delete_route(uow: UnitOfWork) -> None:
        row = uow.session.get(RouteRow, route_id)
        if row is None:
            raise NotFound("route-unknown", "no such route")
        uow.session.delete(row)
        _journal_change(uow, f"route {route_id} removed: {row.service_id} {row.region} -> {row.recipient}")

    await runtime.write(delete_route)
    runtime.resource(CachedRegister).invalidate_cache()


@router.get("/rights", tags=["register"], dependencies=[OperatorOnly])
async def list_rights(runtime: ServiceRuntime, pager: WholePaging) -> list[RightRow]:
    """The access rights, ordered by sender, service and type of message; ``cursor-malformed``."""
    return pager.link_page(await runtime.read(lambda session: storage.list_rights(session, pager.place)))


@router.post("/rights", tags=["register"], status_code=status.HTTP_201_CREATED, dependencies=[OperatorOnly])
@audits_fields("sender", "service_id", "message_type")
async def grant_right(right: AccessRightRequest, runtime: ServiceRuntime) -> RightRow:
    """Grant a right; the change is journaled."""

    return await change_right(runtime, AccessRight(right.sender, right.service_id, right.message_type))


@router.delete("/rights", tags=["register"], status_code=204, dependencies=[OperatorOnly])
@audits_fields("sender", "service_id", "message_type")
async def revoke_right(right: AccessRightRequest, runtime: ServiceRuntime) -> None:
    """Revoke a right; the change is journaled."""

    entry = AccessRight(right.sender, right.service_id, right.message_type)
    await change_right(runtime, entry, is_revoked=True)


@router.get("/deliveries", tags=["journal"], dependencies=[OperatorOnly])
async def list_deliveries(
    runtime: ServiceRuntime,
    pager: WholePaging,
    correlation_id: str | None = None,
    state: DeliveryState | None = None,
) -> list[DeliveryView]:
    """Messages with their delivery states, the latest change first; ``cursor-malformed``."""
    filters = {"case_id": correlation_id, "state": state and state.value}

    def read_deliveries(session: Session) -> ListPage[DeliveryView]:
        page = find_deliveries(session, pager.place, filters)
        return page.convert_rows(DeliveryView.model_validate)

    return pager.link_page(await runtime.read(read_deliveries))


@router.post(
    "/deliveries/stop",
    tags=["journal"],
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="delivery-unknown"),
)
async def stop_delivery(sender: str, message_id: str, runtime: ServiceRuntime) -> list[DeliveryView]:
    """Stop waiting for a delivery: ON_DELIVERY becomes DELIVERY_STOPPED; ``delivery-unknown``."""

    def stop_waiting(uow: UnitOfWork) -> list[DeliveryView]:
        statement = select(DeliveryRow).where(
            col(DeliveryRow.sender) == sender,
            col(DeliveryRow.message_id) == message_id,
        )
        rows = list(uow.session.execute(statement).scalars())
        if not rows:
            raise NotFound("delivery-unknown", "no delivery of this message is known")
        for row in rows:
            if row.state == DeliveryState.ON_DELIVERY.value:
                row.state, row.changed_at = DeliveryState.DELIVERY_STOPPED.value, uow.now
        _journal_change(uow, f"delivery of {sender} {message_id} stopped")
        return [DeliveryView.model_validate(row) for row in rows]

    return await runtime.write(stop_waiting)


@router.get("/cases/{case_id}/steps", tags=["journal"], dependencies=[OperatorOnly])
async def list_case_steps(
    case_id: str, runtime: ServiceRuntime
) -> Annotated[list[StepDone], at_most(100, "each routing step of a process once")]:
    """The routing steps that ШЭП did in a case."""
    return await runtime.read(
        lambda session: _find_routing_steps(session, case_id, runtime.resource(PassportBook))
    )


def _find_routing_steps(session: Session, case_id: str, book: PassportBook) -> list[StepDone]:
    query = select(JournalRow).where(
        col(JournalRow.case_id) == case_id,
        col(JournalRow.event) == "ACCEPTED",
    )
    steps_done: dict[str, StepDone] = {}
    for row in session.execute(query.order_by(col(JournalRow.n))).scalars():
        for step in book.routing_steps(row.service_id or "", row.region, row.channel, row.step):
            steps_done.setdefault(step, StepDone(step=step, at=row.at, by=addresses.GATEWAY))
    return list(steps_done.values())


def _journal_change(uow: UnitOfWork, description: str) -> None:
    uow.write_later(storage.write_journal, storage.empty_entry(uow.now, "CHANGED", description))


async def _invalidate_register(runtime: ServiceRuntime, result: T) -> T:
    runtime.resource(CachedRegister).invalidate_cache()
    return result
