"""What the gateway does with a message: check, route, attest, journal, forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.shep_gateway import storage
from services.shep_gateway.domain import INITIATOR, Directions, Leg
from services.shep_gateway.register import Register
from shared.bus.errors import NotFound, Refused, Untrusted
from shared.bus.messages.message import MessageInfo, MessageType
from shared.bus.messages.receipts import DeliveryNotification, DeliveryNotifications, ReceiveStatus
from shared.bus.messages.router import Refusal, Router
from shared.bus.runtime.unit_of_work import Received, Work
from shared.contracts import addresses
from shared.contracts.cases import (
    CHANNEL,
    FOR,
    TELL_CARRIED,
    DeliveryState,
    DeliveryStateChanged,
    place_of,
)

router = Router()

CHANNEL_LENGTH = 20


@dataclass(frozen=True)
class Attested:
    """What the gateway adds of its own to a message that it lets pass."""

    session_id: str
    recipients: tuple[str, ...]


@dataclass(frozen=True)
class Sent:
    """A message as its sender knows it."""

    sender: str
    message_id: str
    region: str | None


@router.forwards
def relay(received: Received, work: Work) -> None:
    """Let a message pass to everyone its route names, with the gateway's attestation."""
    info = received.info
    directions = work.use(Register).directions(work.session)
    check(received, directions, work)
    legs = _legs(info, directions, work)
    attested = Attested(f"{{{work.new_id()}}}", tuple(leg.recipient for leg in legs))
    claims = {"sid": attested.session_id, "route": info.route_id, "at": work.now.isoformat()}
    for leg in legs:
        named = {FOR: leg.recipient} if leg.is_named else {}
        work.forward(received, _next_hop(leg.recipient, info, directions), claims | named)
        work.defer(storage.write_deliveries, _delivery(info, leg.recipient, attested, work))
    work.defer(storage.write_journal, _entry("ACCEPTED", received, work, attested=attested))
    if info.property(TELL_CARRIED):
        sent = Sent(received.sender.address, info.message_id, info.route_id)
        _tell_sender(work, sent, legs[0].recipient if len(legs) == 1 else None, DeliveryState.ON_DELIVERY)


def check(received: Received, directions: Directions, work: Work) -> None:
    """Deny by default: a registered sender, come the right way, with the right to send just this.

    Whoever took a case instead of the provider that the passport names has the provider's rights in it.
    """
    info, sender = received.info, received.sender.address
    way_in = addresses.regional_gateway(info.route_id) if info.route_id else ""
    directions.check_sender(sender, received.neighbour.address, way_in)
    try:
        directions.check_right(sender, info.service_id, info.route_id, info.message_type.value)
    except Refused:
        taker = storage.taker(work.session, info.correlation_id, info.service_id)
        way = (info.service_id, info.route_id, info.property(CHANNEL))
        if not directions.may_stand_in(sender, taker, way, info.message_type.value):
            raise


def _legs(info: MessageInfo, directions: Directions, work: Work) -> tuple[Leg, ...]:
    found = directions.legs(
        info.service_id, info.route_id, info.message_type.value, info.property(CHANNEL), place_of(info)
    )
    return tuple(_settled(leg, info, work) for leg in found)


def _settled(leg: Leg, info: MessageInfo, work: Work) -> Leg:
    """The recipient in this case: a case stays with the system that took it, whatever was changed since."""
    if leg.recipient == INITIATOR:
        first = storage.initiator(work.session, info.correlation_id)
        if first is None:
            raise NotFound("chain-unknown", "an answer to a question that nobody asked")
        return Leg(first, is_named=True)
    if leg.is_provider and info.message_type is not MessageType.REQUEST:
        taker = storage.taker(work.session, info.correlation_id, info.service_id)
        if taker not in (None, leg.recipient):
            return Leg(taker, is_named=True)
    return leg


def _next_hop(recipient: str, info: MessageInfo, directions: Directions) -> str:
    member = directions.members.get(recipient)
    if member is None or not member.is_active:
        raise NotFound("recipient-stopped", "the recipient is not in the register or switched off")
    if member.is_regional:
        return addresses.regional_gateway(info.route_id or "")
    return recipient


@router.on(DeliveryNotifications)
def note_deliveries(data: DeliveryNotifications, received: Received, work: Work) -> None:
    """Receivers say what became of their messages; a refused one is told to its sender."""
    directions = work.use(Register).directions(work.session)
    recipients = _speaks_for(received.sender.address, directions)
    for note in data.notifications:
        is_accepted = note.receive_status is ReceiveStatus.ACCEPTED
        state = DeliveryState.DELIVERED if is_accepted else DeliveryState.NOT_DELIVERED
        for recipient in recipients:
            row = {
                "of_sender": note.sender_id,
                "of_message": note.message_id,
                "of_recipient": recipient,
                "new_state": state.value,
                "at": work.now,
                "code": note.error_code,
            }
            work.defer(storage.write_states, row)
        if not is_accepted:
            _tell_of_refusal(work, note, recipients)


def _tell_of_refusal(work: Work, note: DeliveryNotification, recipients: tuple[str, ...]) -> None:
    """Only of a delivery that was under way to who reports it: nobody speaks of another's messages."""
    for recipient in recipients:
        region = storage.under_way(work.session, note.sender_id, note.message_id, recipient)
        if region is not None:
            sent = Sent(note.sender_id, note.message_id, region or None)
            _tell_sender(work, sent, recipient, DeliveryState.NOT_DELIVERED, note.error_code or "refused")


def _speaks_for(address: str, directions: Directions) -> tuple[str, ...]:
    """Whose deliveries a system may report: its own; a РШЭП those of the systems behind it, and each of these
    those of the others: which of them takes a case is the РШЭП's to say."""
    member = directions.members.get(address)
    if addresses.is_regional_gateway(address) or (member is not None and member.is_regional):
        return tuple(member.address for member in directions.members.values() if member.is_regional)
    if member is None:
        raise Untrusted("sender-not-registered", "the gateway's register does not hold this system")
    return (address,)


@router.refused
def journal_refusal(refusal: Refusal, work: Work) -> None:
    """Whatever reached the bus and did not pass stands in the journal; its sender is told."""
    event = "REPLAYED" if refusal.error.code == "message-replayed" else "REFUSED"
    work.defer(storage.write_journal, _entry(event, refusal.received, work, refusal=refusal))
    received = refusal.received
    if event == "REFUSED" and received is not None and received.sequence:
        sent = Sent(received.sender.address, received.info.message_id, received.info.route_id)
        _tell_sender(work, sent, None, DeliveryState.NOT_DELIVERED, refusal.error.code)


def _tell_sender(
    work: Work, sent: Sent, recipient: str | None, state: DeliveryState, code: str | None = None
) -> None:
    """Tell a registered sender what became of its message; a regional one through its РШЭП."""
    member = work.use(Register).directions(work.session).members.get(sent.sender)
    if member is None or (member.is_regional and sent.region not in addresses.REGIONS):
        return
    work.send(
        addresses.regional_gateway(sent.region or "") if member.is_regional else sent.sender,
        DeliveryStateChanged(message_id=sent.message_id, recipient=recipient, state=state, error_code=code),
        service_id="delivery-state",
        message_type=MessageType.NOTIFICATION,
        correlation_id=work.new_id(),
        route_id=sent.region,
        values={FOR: sent.sender} if member.is_regional else {},
        ordered=False,
    )


def _delivery(info: MessageInfo, recipient: str, attested: Attested, work: Work) -> dict[str, Any]:
    return {
        "sender": info.sender.sender_id,
        "message_id": info.message_id,
        "recipient": recipient,
        "correlation_id": info.correlation_id,
        "region": info.route_id or "",
        "session_id": attested.session_id,
        "state": DeliveryState.ON_DELIVERY.value,
        "changed_at": work.now,
        "error_code": None,
    }


def _entry(
    event: str,
    received: Received | None,
    work: Work,
    *,
    attested: Attested | None = None,
    refusal: Refusal | None = None,
) -> dict[str, Any]:
    info = received.info if received else None
    raw = received.raw if received else refusal.raw if refusal else None
    return {
        "at": work.now,
        "event": event,
        "sender": received.sender.address if received else None,
        "message_id": info and info.message_id,
        "correlation_id": info and info.correlation_id,
        "service_id": info and info.service_id,
        "region": info and info.route_id,
        "message_type": info and info.message_type.value,
        "channel": info and _short(info.property(CHANNEL)),
        "step": info and place_of(info),
        "session_id": attested and attested.session_id,
        "recipients": " ".join(attested.recipients) if attested else "",
        "code": refusal and refusal.error.code,
        "digest": received and received.digest,
        "signature": raw and raw.signature,
        "hop": raw and raw.hop,
        "body": raw.body if raw and refusal is None else None,
    }


def _short(text: str | None) -> str | None:
    """A word that fits its column; a longer one names no channel that exists."""
    return text if text is not None and text.isidentifier() and len(text) <= CHANNEL_LENGTH else None
