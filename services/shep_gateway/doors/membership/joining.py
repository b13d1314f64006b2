"""Joining over HTTP: the operator makes a system a participant of the doors."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Annotated, Self

from fastapi import APIRouter, Path, status
from pydantic import BaseModel, Field, model_validator

from services.shep_gateway.doors import mailbox, participants
from services.shep_gateway.doors.door_keys import DoorKeys
from services.shep_gateway.doors.participants import KnownParticipants, ParticipantRow, ProvisionRow
from services.shep_gateway.register import CachedRegister
from services.shep_gateway.storage import (
    MemberRow,
    OwnQueueRow,
    RightRow,
    TenantMemberRow,
    empty_entry,
    write_journal,
)
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import Conflict, Refused
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts import addresses

router = APIRouter(prefix="/api/v1/participants", tags=["doors"])

ServiceId = Annotated[str, Field(min_length=1, max_length=100)]
Address = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_.-]{0,90}$")]
OWN_ADDRESSES = {addresses.GATEWAY, addresses.NUC, *addresses.REGIONAL_GATEWAYS}


@dataclass(frozen=True)
class BrokerAccess:
    """Whether the messages of this country travel over a broker, which systems of others can reach."""

    is_there: bool


class ParticipantRequest(RequestModel):
    """A system that wants to come through a door; НУЦ's ``invitation`` lets ШЭП have a door key certified."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    bin: Annotated[str, Field(pattern=r"^[0-9]{12}$")] | None = None
    oid: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=60)] | None = None
    invitation_token: Annotated[str, Field(min_length=1, max_length=200)]
    root: Annotated[str, Field(min_length=1, max_length=20_000)]
    asks: Annotated[list[ServiceId], Field(default_factory=list, max_length=100)]
    """The services to which the participant may send REQUEST."""
    provides: Annotated[list[ServiceId], Field(default_factory=list, max_length=100)]
    """The services that the participant may provide, once ``/service-routes`` names it as their provider."""
    is_strict: bool = False
    has_queue: bool = False
    """Its messages come to a queue of its own at the broker, and it signs there itself; otherwise they come into
    its mailbox.
    """
    tenant: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")] | None = None
    """The team to which it belongs: its places hold in the cases of this tenant only."""
    is_regional: bool = False
    """It stands behind the РШЭП of its region; only with a queue."""

    @model_validator(mode="after")
    def _check_regional(self) -> Self:
        if self.is_regional and not self.has_queue:
            raise ValueError("a regional participant has a queue")
        return self


class StrictnessRequest(RequestModel):
    """How the doors read the calls of a participant from now on."""

    is_strict: bool


class JoinedParticipantView(BaseModel):
    """A participant, and the token by which it proves itself at the REST door; the token is shown only here."""

    address: str
    title: str
    token: str


@router.put(
    "/{address}",
    status_code=status.HTTP_201_CREATED,
    dependencies=[OperatorOnly],
    responses=declare_errors(
        conflict="member-exists",
        refused="address-of-the-bus broker-absent",
        untrusted="enrolment-refused",
        unavailable="directory-unavailable",
    ),
)
@audits_fields("title", "bin", "oid", "asks", "provides", "is_strict", "has_queue", "is_regional", "tenant")
async def join_participant(
    address: Address, request: ParticipantRequest, runtime: ServiceRuntime
) -> JoinedParticipantView:
    """Make a system a member of the register that comes through the doors; journaled.

    ``address-of-the-bus``, ``member-exists``; ``broker-absent`` for a queue where all systems run in one process;
    ``enrolment-refused`` when НУЦ does not take the invitation. The account at the broker is the operator's work.
    """
    if address in OWN_ADDRESSES:
        raise Refused("address-of-the-bus", "this address belongs to the bus itself")
    if request.has_queue and not runtime.resource(BrokerAccess).is_there:
        raise Refused("broker-absent", "the messages of this country travel over no broker")
    await runtime.read(lambda session: _require_new(session.get(MemberRow, address)))
    await runtime.resource(DoorKeys).enrol(address, request.invitation_token, request.root)
    token = participants.new_token()
    await runtime.write(lambda uow: _write_participant(uow, address, request, token))
    runtime.resource(CachedRegister).invalidate_cache()
    return JoinedParticipantView(address=address, title=request.title, token=token)


@router.post(
    "/{address}/token",
    status_code=status.HTTP_201_CREATED,
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="participant-unknown"),
)
async def renew_token(address: Address, runtime: ServiceRuntime) -> JoinedParticipantView:
    """Give a participant another token, after the first was lost; the old token opens nothing any more.
    ``participant-unknown``.
    """
    token = participants.new_token()
    title = await runtime.write(lambda uow: _write_token(uow, address, token))
    return JoinedParticipantView(address=address, title=title, token=token)


@router.put(
    "/{address}/strictness",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="participant-unknown"),
)
@audits_fields("is_strict")
async def change_strictness(address: Address, request: StrictnessRequest, runtime: ServiceRuntime) -> None:
    """Have the doors refuse what departs from their contract, or read it leniently again; journaled.
    ``participant-unknown``.
    """
    await runtime.write(lambda uow: _write_strictness(uow, address, request.is_strict))


@router.delete(
    "/{address}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[OperatorOnly],
    responses=declare_errors(not_found="participant-unknown"),
)
async def remove_participant(address: Address, runtime: ServiceRuntime) -> None:
    """Throw a participant away: member, rights, routes, mail, token and door key; journaled.
    ``participant-unknown``.

    The services that it provided go back to the provider of the passport. НУЦ's operator revokes its certificates.
    """
    await runtime.write(lambda uow: _write_leaving(uow, address))
    runtime.resource(CachedRegister).invalidate_cache()
    await asyncio.to_thread(runtime.resource(DoorKeys).remove, address)


def _write_token(uow: UnitOfWork, address: str, token: str) -> str:
    participant = participants.find_by_address(uow.session, address)
    participants.replace_token(uow.session, address, token)
    uow.call_after_commit(uow.resource(KnownParticipants).forget)
    uow.notify(mailbox.topic_of(address))  # live streams under the old token end
    uow.write_later(write_journal, empty_entry(uow.now, "CHANGED", f"participant {address} got another token"))
    return participant.title


def _write_strictness(uow: UnitOfWork, address: str, is_strict: bool) -> None:
    participants.replace_strictness(uow.session, address, is_strict)
    uow.call_after_commit(uow.resource(KnownParticipants).forget)
    doors = "strict" if is_strict else "lenient"
    uow.write_later(write_journal, empty_entry(uow.now, "CHANGED", f"participant {address} has {doors} doors"))


def _write_leaving(uow: UnitOfWork, address: str) -> None:
    participants.remove_participant(uow.session, address)
    uow.call_after_commit(uow.resource(KnownParticipants).forget)
    uow.notify(mailbox.topic_of(address))
    participants.stop_deliveries(uow.session, address, uow.now)
    uow.write_later(write_journal, empty_entry(uow.now, "CHANGED", f"participant {address} left"))


def _require_new(member: MemberRow | None) -> None:
    if member is not None:
        raise Conflict("member-exists", "the register has this system already")


def _write_participant(uow: UnitOfWork, address: str, request: ParticipantRequest, token: str) -> None:
    _require_new(uow.session.get(MemberRow, address))
    uow.session.add(
        MemberRow(address=address, title=request.title, is_regional=request.is_regional, is_at_door=True)
    )
    if request.tenant is not None:
        uow.session.add(TenantMemberRow(participant=address, tenant=request.tenant))
    if request.has_queue:
        uow.session.add(OwnQueueRow(participant=address))
    uow.session.add(
        ParticipantRow(
            address=address,
            title=request.title,
            bin=request.bin,
            oid=request.oid,
            is_strict=request.is_strict,
            token_digest=participants.digest_token(token),
            joined_at=uow.now,
        )
    )
    for service_id in sorted(set(request.asks)):
        uow.session.merge(RightRow(sender=address, service_id=service_id, message_type="REQUEST"))
    for service_id in sorted(set(request.provides)):
        uow.session.add(ProvisionRow(participant=address, service_id=service_id))
    uow.write_later(write_journal, empty_entry(uow.now, "CHANGED", f"participant {address} joined"))
