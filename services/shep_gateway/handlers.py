"""What the gateway does with a message: check, route, attest, journal, forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.shep_gateway import storage
from services.shep_gateway.domain import INITIATOR, Directions
from services.shep_gateway.register import Register
from shared.bus.errors import NotFound, Untrusted
from shared.bus.message import MessageInfo, MessageType
from shared.bus.receipts import DeliveryNotification, DeliveryNotifications, ReceiveStatus
from shared.bus.router import Refusal, Router
from shared.bus.work import Received, Work
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, DeliveryState, DeliveryStateChanged, step_of

router = Router()

CHANNEL_LENGTH = 20


@dataclass(frozen=True)
class Attested:
    """What the gateway adds of its own to a message it lets pass."""

    session_id: str
    recipients: tuple[str, ...]


@router.forwards
def relay(received: Received, work: Work) -> None:
    """Let a message pass to everyone its route names, with the gateway's attestation."""
    info = received.info
    directions = work.use(Register).directions(work.session)
    check(received, directions)
    recipients = _recipients(info, directions, work)
    attested = Attested(f"{{{work.new_id()}}}", recipients)
    claims = {"sid": attested.session_id, "route": info.route_id, "at": work.now.isoformat()}
    for recipient in recipients:
        work.forward(received, _next_hop(recipient, info, directions), claims)
        work.defer(storage.write_deliveries, _delivery(info, recipient, attested, work))
    work.defer(storage.write_journal, _entry("ACCEPTED", received, work, attested=attested))


def check(received: Received, directions: Directions) -> None:
    """Deny by default: a registered sender, come the right way, with the right to send just this."""
    info = received.info
    way_in = addresses.regional_gateway(info.route_id) if info.route_id else ""
    directions.check_sender(received.sender.address, received.neighbour.address, way_in)
    directions.check_right(received.sender.address, info.service_id, info.route_id, info.message_type.value)


def _recipients(info: MessageInfo, directions: Directions, work: Work) -> tuple[str, ...]:
    found = directions.recipients(
        info.service_id, info.route_id, info.message_type.value, info.property(CHANNEL), step_of(info)
    )
    if found != (INITIATOR,):
        return found
    first = storage.initiator(work.session, info.correlation_id)
    if first is None:
        raise NotFound("chain-unknown", "an answer to a question that nobody asked")
    return (first,)


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
            code = note.error_code or "refused"
            _tell_sender(work, note.sender_id, note.message_id, recipient, code, region or None)


def _speaks_for(address: str, directions: Directions) -> tuple[str, ...]:
    """Whose deliveries a system may report: its own; a РШЭП also those of the systems behind it."""
    if addresses.is_regional_gateway(address):
        return tuple(member.address for member in directions.members.values() if member.is_regional)
    if address not in directions.members:
        raise Untrusted("sender-not-registered", "the gateway's register does not hold this system")
    return (address,)


@router.refused
def journal_refusal(refusal: Refusal, work: Work) -> None:
    """Whatever reached the bus and did not pass stands in the journal; its sender is told."""
    event = "REPLAYED" if refusal.error.code == "message-replayed" else "REFUSED"
    work.defer(storage.write_journal, _entry(event, refusal.received, work, refusal=refusal))
    received = refusal.received
    if event == "REFUSED" and received is not None and received.sequence:
        info = received.info
        _tell_sender(work, received.sender.address, info.message_id, None, refusal.error.code, info.route_id)


def _tell_sender(
    work: Work, sender: str, message_id: str, recipient: str | None, code: str, region: str | None
) -> None:
    """Tell a registered sender that its message stays undelivered; a regional one through its РШЭП."""
    member = work.use(Register).directions(work.session).members.get(sender)
    if member is None or (member.is_regional and region not in addresses.REGIONS):
        return
    payload = DeliveryStateChanged(
        message_id=message_id, recipient=recipient, state=DeliveryState.NOT_DELIVERED, error_code=code
    )
    work.send(
        addresses.regional_gateway(region or "") if member.is_regional else sender,
        payload,
        service_id="delivery-state",
        message_type=MessageType.NOTIFICATION,
        correlation_id=work.new_id(),
        route_id=region,
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
        "step": info and step_of(info),
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
