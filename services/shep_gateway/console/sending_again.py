"""Sending a message of the journal again: the same bytes, whose delivery failed, or a new message made of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.console.country_systems import instance_of
from services.shep_gateway.domain import RegisterSnapshot, SentBefore
from services.shep_gateway.doors.door_keys import FIRST_OF_STREAM, DoorKeys
from services.shep_gateway.doors.submission import PassedMessage, find_passed
from services.shep_gateway.register import CachedRegister
from services.shep_gateway.storage import DeliveryRow, JournalRow
from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError, Conflict, Malformed, NotFound, Refused
from shared.bus.messages.gate import hop_payload, seal_message
from shared.bus.messages.message import MessageInfo, MessageType, read_header
from shared.bus.messages.trust import SystemIdentity
from shared.bus.profiles import ActiveProfile, Opening
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import OutgoingMessage, ReceivedMessage, UnitOfWork, random_id
from shared.contracts import addresses
from shared.contracts.cases import DeliveryState
from shared.pki.client.enrolment import read_enrolment

VERDICT_SECONDS = 5.0
"""How long the page of a replay waits for the verdict of the recipients."""
VERDICT_PAUSE = 0.1
FAILED = frozenset((DeliveryState.NOT_DELIVERED.value, DeliveryState.DELIVERY_STOPPED.value))


@dataclass(frozen=True)
class MessageRelay:
    """How ШЭП lets a message pass once more; the wiring knows."""

    pass_again: Callable[[ReceivedMessage, SentBefore, UnitOfWork], None]


async def resend_message(runtime: Runtime, n: int) -> None:
    """Let the bytes of a journaled message pass once more, to the recipients that do not have them.

    A copy takes the place of the lost message in the recipient's order; a recipient that has the message all the
    same confirms it. NotFound ``entry-unknown``, ``message-not-kept``; Conflict ``delivery-not-failed``; the
    errors with which ШЭП refuses a message.
    """
    row = await runtime.read(lambda session: find_kept(session, n))
    received = await runtime.admit_message(SignedBytes(row.body or b"", row.signature or "", row.hop))

    def pass_again(uow: UnitOfWork) -> None:
        deliveries = _list_deliveries(uow.session, row)
        snapshot = runtime.resource(CachedRegister).current_snapshot(uow.session)
        open_ones = [delivery for delivery in deliveries if may_send_again(delivery, snapshot)]
        if not open_ones:
            raise Conflict("delivery-not-failed", "every recipient has the message")
        open_recipients = {delivery.recipient for delivery in open_ones}
        numbers = {delivery.recipient: delivery.number for delivery in open_ones}
        settled = {delivery.recipient for delivery in deliveries} - open_recipients
        for delivery in open_ones:
            uow.session.delete(delivery)
        uow.session.flush()
        runtime.resource(MessageRelay).pass_again(received, SentBefore(numbers, frozenset(settled)), uow)

    await runtime.write(pass_again)


def may_send_again(delivery: DeliveryRow, snapshot: RegisterSnapshot) -> bool:
    """Whether a copy may help: the delivery failed, or nobody confirms it and it lies in no mailbox."""
    is_open = delivery.state == DeliveryState.ON_DELIVERY.value and not snapshot.has_mailbox(delivery.recipient)
    return delivery.state in FAILED or is_open


async def replay_message(runtime: Runtime, n: int, data: str | None = None) -> PassedMessage:
    """Send a new message like a journaled one: with an id of its own, and ``data`` (JSON) in place of its data.

    A request begins a case of its own; every other message stays in its case. The new message is signed with the
    key of the sender. Refused ``replay-closed`` in production, ``key-not-here`` for a sender whose key lies
    elsewhere; NotFound ``entry-unknown``, ``message-not-kept``; Malformed ``data-not-json``; the errors with which
    ШЭП refuses a message, whose refusal is journaled.
    """
    if not runtime.resource(ActiveProfile).opens(Opening.COUNTRY_BOARD):
        raise Refused("replay-closed", "only with EGOV_PROFILE=sandbox")
    body = await runtime.read(lambda session: find_kept(session, n).body or b"")
    info, content = make_new_message(body, data, random_id, runtime.now)
    snapshot = await runtime.read(runtime.resource(CachedRegister).current_snapshot)
    sealed = await runtime.compute(lambda: _seal_as_sender(runtime, snapshot, info, content))
    await runtime.accept_message(sealed)
    return await find_passed(runtime, info.sender.sender_id, info.message_id, info.correlation_id)


@dataclass(frozen=True)
class ReplayVerdict:
    """What became of a replayed message: the number of its entry, and whether its recipients took it.

    ``state`` is ``delivered``, ``refused`` or, where nobody answered in time, ``waits``.
    """

    entry: int
    state: str


async def await_verdict(
    runtime: Runtime, passed: PassedMessage, seconds: float = VERDICT_SECONDS
) -> ReplayVerdict:
    """Wait until every recipient has taken or refused the message; at most so many seconds."""

    def read_verdict(session: Session) -> ReplayVerdict | None:
        entry, states = _read_verdict(session, passed)
        is_open = not states or DeliveryState.ON_DELIVERY.value in states
        return None if is_open else ReplayVerdict(entry, "refused" if states & FAILED else "delivered")

    verdict = await runtime.wait_for("replay", read_verdict, VERDICT_SECONDS, poll_seconds=VERDICT_PAUSE)
    if verdict is None:
        entry, _ = await runtime.read(lambda session: _read_verdict(session, passed))
        verdict = ReplayVerdict(entry, "waits")
    return verdict


def _read_verdict(session: Session, passed: PassedMessage) -> tuple[int, set[str]]:
    """The number of the entry by which a message passed, and the states of its deliveries."""
    is_its = (col(JournalRow.message_id) == passed.message_id, col(JournalRow.event) == "ACCEPTED")
    entry = session.execute(select(col(JournalRow.n)).where(*is_its).order_by(col(JournalRow.n).desc())).scalar()
    states = select(col(DeliveryRow.state)).where(
        col(DeliveryRow.message_id) == passed.message_id, col(DeliveryRow.case_id) == passed.correlation_id
    )
    return entry or 0, set(session.execute(states).scalars())


def find_kept(session: Session, n: int) -> JournalRow:
    """An entry whose message the journal keeps; NotFound ``entry-unknown``, ``message-not-kept``."""
    row = session.get(JournalRow, n)
    if row is None:
        raise NotFound("entry-unknown", "the journal has no such entry")
    if row.body is None:
        raise NotFound("message-not-kept", "ШЭП keeps the bytes of accepted messages only")
    return row


def make_new_message(body: bytes, data: str | None, new_id: Any, now: datetime) -> tuple[MessageInfo, bytes]:
    """The envelope and the bytes of a new message like the one with these bytes; Malformed ``data-not-json``."""
    info = read_header(body).message_info
    changes: dict[str, Any] = {"message_id": new_id(), "message_date": now, "session_id": None}
    if info.message_type is MessageType.REQUEST:
        changes["correlation_id"] = new_id()
    info = info.model_copy(update=changes)
    content = json.loads(body)["messageData"]
    if data is not None:
        content["data"] = read_changed_data(data)
    envelope = info.model_dump_json(by_alias=True, exclude_none=True)
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return info, f'{{"messageInfo":{envelope},"messageData":{text}}}'.encode()


def read_changed_data(data: str) -> dict[str, Any]:
    """The data of a changed message; Malformed ``data-not-json`` with the place of the fault."""
    try:
        content = json.loads(data)
    except ValueError as error:
        raise Malformed("data-not-json", str(error), place=str(error)) from None
    if not isinstance(content, dict):
        raise Malformed("data-not-json", "a JSON object", place="1:1")
    return content


@dataclass(frozen=True)
class SystemKeys:
    """The keys of the systems on this machine, in their folders below ``data_dir``."""

    data_dir: Path

    def find_identity(self, address: str) -> SystemIdentity:
        """The identity of a system; Refused ``key-not-here``."""
        try:
            enrolled = read_enrolment(self.data_dir / instance_of(address), address)
        except (BusError, OSError):
            enrolled = None
        if enrolled is None:
            raise Refused("key-not-here", f"the key of {address} does not lie on this machine", system=address)
        return enrolled.identity


def _seal_as_sender(runtime: Runtime, snapshot: RegisterSnapshot, info: MessageInfo, body: bytes) -> SignedBytes:
    sender = info.sender.sender_id
    if snapshot.is_at_door(sender):
        return runtime.resource(DoorKeys).seal_message(info, body)
    keys = runtime.resource(SystemKeys)
    is_regional = snapshot.is_regional(sender)
    first_hop = addresses.regional_gateway(info.route_id or "") if is_regional else addresses.GATEWAY
    sealed = seal_message(keys.find_identity(sender), OutgoingMessage(first_hop, info, body), FIRST_OF_STREAM)
    if not is_regional:
        return sealed
    claims: Mapping[str, Any] = {"to": addresses.GATEWAY, "seq": FIRST_OF_STREAM}
    hop = keys.find_identity(first_hop).sign(hop_payload(sealed.signature, body), claims)
    return SignedBytes(body, sealed.signature, hop)


def _list_deliveries(session: Session, row: JournalRow) -> list[DeliveryRow]:
    query = select(DeliveryRow).where(
        col(DeliveryRow.sender) == row.sender, col(DeliveryRow.message_id) == row.message_id
    )
    return list(session.execute(query).scalars())
