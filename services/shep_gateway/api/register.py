"""The gateway over HTTP: the public catalogue; for its operator the register, the journal, the deliveries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, status
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select
from sqlmodel import Session, col

from services.shep_gateway import storage
from services.shep_gateway.register import Register
from services.shep_gateway.storage import DeliveryRow, JournalRow, MemberRow, RightRow, RouteRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.unit_of_work import Work
from shared.contracts import addresses
from shared.contracts.cases import DeliveryState, StepDone
from shared.regulations.book import PassportBook
from shared.regulations.public import public_form

router = APIRouter(prefix="/api/v1")

PLACE = r"^([a-z]+(-[a-z]+)*/)?[a-z]\d{1,3}$"

T = TypeVar("T")


class RouteIn(BaseModel):
    """A route to add; leave channel and step out for one that holds for all of them.

    ``step`` is a step's place: ``t5``, or ``worker-reissue/p10`` in a variant. ``is_provider``: it leads to the
    provider of the service, and follows what is put at ``/service-routes``.
    """

    model_config = ConfigDict(extra="forbid")

    service_id: Annotated[str, Field(min_length=1, max_length=100)]
    region: str | None = None
    message_type: Annotated[str, Field(pattern="^(REQUEST|UPDATE|NOTIFICATION|RESPONSE)$")]
    channel: str | None = None
    step: Annotated[str, Field(pattern=PLACE)] | None = None
    recipient: Annotated[str, Field(min_length=1, max_length=100)]
    is_provider: bool = False


class RightIn(BaseModel):
    """A right to grant."""

    model_config = ConfigDict(extra="forbid")

    sender: Annotated[str, Field(min_length=1, max_length=100)]
    service_id: Annotated[str, Field(min_length=1, max_length=100)]
    message_type: Annotated[str, Field(pattern="^(REQUEST|UPDATE|NOTIFICATION|RESPONSE)$")]


class MemberIn(BaseModel):
    """A system to connect, or to switch on and off."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=200)]
    is_regional: bool = False
    is_active: bool = True


class JournalEntry(BaseModel):
    """One entry of the journal, without the bytes of the message."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    at: datetime
    event: str
    sender: str | None
    message_id: str | None
    correlation_id: str | None
    service_id: str | None
    region: str | None
    message_type: str | None
    channel: str | None
    step: str | None
    session_id: str | None
    recipients: str
    code: str | None
    digest: str | None
    hash: str


@router.get("/regulations", tags=["catalogue"])
async def regulations(bus: Bus) -> list[dict[str, Any]]:
    """All passports in their public form."""
    return [public_form(passport) for passport in bus.use(PassportBook).all]


@router.get("/regulations/{passport_id}", tags=["catalogue"])
async def regulation(passport_id: str, bus: Bus) -> dict[str, Any]:
    """One passport in its public form; ``regulation-unknown``."""
    return public_form(bus.use(PassportBook).get(passport_id))


@router.get("/members", tags=["register"], dependencies=[OperatorOnly])
async def members(bus: Bus) -> list[MemberRow]:
    """Every connected system."""
    return await bus.read(lambda session: list(session.execute(select(MemberRow)).scalars()))


@router.put("/members/{address}", tags=["register"], dependencies=[OperatorOnly])
async def put_member(address: str, member: MemberIn, bus: Bus) -> MemberRow:
    """Connect a system, or change it; the change is journaled."""

    def change(work: Work) -> MemberRow:
        row = work.session.merge(MemberRow(address=address, **member.model_dump()))
        _journal_change(work, f"member {address} active={member.is_active}")
        return row

    return await _changed(bus, await bus.write(change))


@router.get("/services", tags=["register"])
async def services(bus: Bus) -> list[str]:
    """The codes of all services that have a route."""
    query = select(col(RouteRow.service_id)).distinct().order_by(col(RouteRow.service_id))
    return await bus.read(lambda session: list(session.execute(query).scalars()))


@router.get("/routes", tags=["register"], dependencies=[OperatorOnly])
async def routes(bus: Bus) -> list[RouteRow]:
    """Where messages go."""
    return await bus.read(lambda session: list(session.execute(select(RouteRow)).scalars()))


@router.post("/routes", tags=["register"], status_code=status.HTTP_201_CREATED, dependencies=[OperatorOnly])
async def add_route(route: RouteIn, bus: Bus) -> RouteRow:
    """Add a route; ``route-exists``: a second one would deliver twice. The change is journaled."""

    def add(work: Work) -> RouteRow:
        storage.check_new(work.session, route.model_dump())
        row = RouteRow(**route.model_dump())
        work.session.add(row)
        work.session.flush()
        _journal_change(work, f"route {row.id} added: {route.service_id} {route.region} -> {route.recipient}")
        return row

    return await _changed(bus, await bus.write(add))


@router.delete("/routes/{route_id}", tags=["register"], status_code=204, dependencies=[OperatorOnly])
async def remove_route(route_id: int, bus: Bus) -> None:
    """Remove a route; the change is journaled."""

    def remove(work: Work) -> None:
        row = work.session.get(RouteRow, route_id)
        if row is None:
            raise NotFound("route-unknown", "no such route")
        work.session.delete(row)
        _journal_change(work, f"route {route_id} removed: {row.service_id} {row.region} -> {row.recipient}")

    await bus.write(remove)
    bus.use(Register).forget()


@router.get("/rights", tags=["register"], dependencies=[OperatorOnly])
async def rights(bus: Bus) -> list[RightRow]:
    """Who may send what."""
    return await bus.read(lambda session: list(session.execute(select(RightRow)).scalars()))


@router.post("/rights", tags=["register"], status_code=status.HTTP_201_CREATED, dependencies=[OperatorOnly])
async def grant(right: RightIn, bus: Bus) -> RightRow:
    """Grant a right; the change is journaled."""

    def add(work: Work) -> RightRow:
        row = work.session.merge(RightRow(**right.model_dump()))
        _journal_change(work, f"right granted: {right.sender} {right.service_id} {right.message_type}")
        return row

    return await _changed(bus, await bus.write(add))


@router.delete("/rights", tags=["register"], status_code=204, dependencies=[OperatorOnly])
async def revoke(right: RightIn, bus: Bus) -> None:
    """Take a right away; the change is journaled."""

    def remove(work: Work) -> None:
        key = (col(RightRow.sender) == right.sender, col(RightRow.service_id) == right.service_id)
        work.session.execute(delete(RightRow).where(*key, col(RightRow.message_type) == right.message_type))
        _journal_change(work, f"right revoked: {right.sender} {right.service_id} {right.message_type}")

    await bus.write(remove)
    bus.use(Register).forget()


@router.get("/journal", tags=["journal"], dependencies=[OperatorOnly])
async def journal(
    bus: Bus,
    correlation_id: str | None = None,
    sender: str | None = None,
    event: str | None = None,
    code: str | None = None,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[JournalEntry]:
    """Entries in order, from the one after ``after``; every filter narrows."""
    wanted = {"correlation_id": correlation_id, "sender": sender, "event": event, "code": code}

    def query(session: Session) -> list[JournalEntry]:
        found = select(JournalRow).where(col(JournalRow.n) > after)
        for name, value in wanted.items():
            if value is not None:
                found = found.where(getattr(JournalRow, name) == value)
        rows = session.execute(found.order_by(col(JournalRow.n)).limit(limit)).scalars()
        return [JournalEntry.model_validate(row) for row in rows]

    return await bus.read(query)


@router.get("/journal/verification", tags=["journal"], dependencies=[OperatorOnly])
async def verify_journal(bus: Bus) -> dict[str, Any]:
    """Walk the whole chain: is every entry what it was when it was written?"""
    count, broken = await bus.read(storage.verify_journal)
    return {"entries": count, "is_whole": broken is None, "first_broken": broken}


@router.get("/deliveries", tags=["journal"], dependencies=[OperatorOnly])
async def deliveries(
    bus: Bus, correlation_id: str | None = None, state: DeliveryState | None = None
) -> list[DeliveryRow]:
    """Messages and where they stand."""

    def query(session: Session) -> list[DeliveryRow]:
        found = select(DeliveryRow)
        if correlation_id is not None:
            found = found.where(col(DeliveryRow.correlation_id) == correlation_id)
        if state is not None:
            found = found.where(col(DeliveryRow.state) == state.value)
        return list(session.execute(found.order_by(col(DeliveryRow.changed_at)).limit(1000)).scalars())

    return await bus.read(query)


@router.post("/deliveries/stop", tags=["journal"], dependencies=[OperatorOnly])
async def stop_delivery(sender: str, message_id: str, bus: Bus) -> list[DeliveryRow]:
    """Stop waiting for a delivery: ON_DELIVERY becomes DELIVERY_STOPPED; ``delivery-unknown``."""

    def stop(work: Work) -> list[DeliveryRow]:
        found = select(DeliveryRow).where(
            col(DeliveryRow.sender) == sender,
            col(DeliveryRow.message_id) == message_id,
        )
        rows = list(work.session.execute(found).scalars())
        if not rows:
            raise NotFound("delivery-unknown", "no such message")
        for row in rows:
            if row.state == DeliveryState.ON_DELIVERY.value:
                row.state, row.changed_at = DeliveryState.DELIVERY_STOPPED.value, work.now
        _journal_change(work, f"delivery of {sender} {message_id} stopped")
        return rows

    return await bus.write(stop)


@router.get("/cases/{correlation_id}/steps", tags=["journal"], dependencies=[OperatorOnly])
async def steps(correlation_id: str, bus: Bus) -> list[StepDone]:
    """The steps of routing that the gateway did in a case."""
    return await bus.read(lambda session: _routed(session, correlation_id, bus.use(PassportBook)))


def _routed(session: Session, correlation_id: str, book: PassportBook) -> list[StepDone]:
    query = select(JournalRow).where(
        col(JournalRow.correlation_id) == correlation_id,
        col(JournalRow.event) == "ACCEPTED",
    )
    done: dict[str, StepDone] = {}
    for row in session.execute(query.order_by(col(JournalRow.n))).scalars():
        for step in book.carried(row.service_id or "", row.region, row.channel, row.step):
            done.setdefault(step, StepDone(step=step, at=row.at, by=addresses.GATEWAY))
    return list(done.values())


def _journal_change(work: Work, what: str) -> None:
    work.defer(storage.write_journal, storage.empty_entry(work.now, "CHANGED", what))


async def _changed(bus: Bus, result: T) -> T:
    bus.use(Register).forget()
    return result
