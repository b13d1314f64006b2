"""The handling of a message at ШЭП: check, route, attest, journal, forward."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from services.shep_gateway import storage
from services.shep_gateway.chains import AskedCase, CaseChain, CitizenSide, ProcessIndex, find_taker
from services.shep_gateway.delivery_notes import (
    ReportedMessage,
    keep_explanation,
    note_delivery,
    tell_sender,
)
from services.shep_gateway.domain import INITIATOR, RegisterSnapshot, RouteTarget, SentBefore
from services.shep_gateway.doors import mailing
from services.shep_gateway.doors.membership.tenant_cases import TenantCaseRow
from services.shep_gateway.doors.push import endpoint_rows
from services.shep_gateway.missing_entries import EXPLAINED, explain_refusal
from services.shep_gateway.proof import case_records
from services.shep_gateway.register import CachedRegister
from shared.bus.errors import BusError, NotFound, Refused, Untrusted
from shared.bus.messages.message import MessageInfo, MessageType
from shared.bus.messages.receipts import DeliveryNotifications, refusal_of
from shared.bus.messages.refusals import EXPLANATION, explanation_of
from shared.bus.messages.router import BuriedMessage, MessageRefusal, MessageRouter
from shared.bus.profiles import ActiveProfile, Opening
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts import addresses
from shared.contracts.cases import (
    CASE,
    CHANNEL,
    FOR,
    STANDS_FOR,
    TELL_CARRIED,
    DeliveryState,
    asked_case_of,
    qualified_step_of,
)

router = MessageRouter()

CHANNEL_LENGTH = 20
NO_GUEST = CitizenSide()


@dataclass(frozen=True)
class GatewayAttestation:
    """The data that ШЭП adds to a message that passes."""

    session_id: str
    recipients: tuple[str, ...]


@router.register_forwarder
def relay_message(received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Forward a message to every recipient of its route, with ШЭП's attestation.

    A refusal for want of an entry of the register carries its explanation, in the sandbox.
    """
    try:
        _relay_message(received, uow)
    except BusError as error:
        if error.code in EXPLAINED and uow.resource(ActiveProfile).opens(Opening.EXPLANATIONS):
            snapshot = uow.resource(CachedRegister).current_snapshot(uow.session)
            error.details[EXPLANATION] = explain_refusal(error.code, received.info, snapshot)
        raise


def relay_again(received: ReceivedMessage, before: SentBefore, uow: UnitOfWork) -> None:
    """Let a message pass once more, to the recipients that have no copy yet, each with the number that it had."""
    _relay_message(received, uow, before)


def _relay_message(received: ReceivedMessage, uow: UnitOfWork, sent_before: SentBefore | None = None) -> None:
    info = received.info
    snapshot = uow.resource(CachedRegister).current_snapshot(uow.query_session)
    chains = uow.hot_rows(storage.CHAINS)
    before = chains.get(info.correlation_id)
    taker = find_taker(received, before, snapshot)
    index, sender = uow.resource(ProcessIndex), received.sender.address
    side = index.find_guest(info, sender, before, snapshot)
    check_admission(received, snapshot, taker, side if before is not None else NO_GUEST)
    admitted = index.admit_message(info, sender, before, taker, side.guest)
    beginner = _find_beginner(received, admitted.chain, snapshot, uow)
    targets = _choose_targets(info, snapshot, admitted.chain, side, beginner)
    chain = _extend_chain(admitted.chain, info, targets)
    if chain is not before:
        chains.put(chain)
    attestation = GatewayAttestation(f"{{{uow.new_id()}}}", tuple(target.recipient for target in targets))
    claims = {"sid": attestation.session_id, "route": info.route_id, "at": uow.now.isoformat()}
    holder = admitted.holder
    if admitted.is_question and (asked_case := _admit_asked_case(received, snapshot, uow)) is not None:
        holder, claims[CASE] = asked_case.holder, asked_case.chain.case_id
        question = {"case_id": asked_case.chain.case_id, "correlation_id": info.correlation_id}
        uow.write_later(case_records.write_questions, question)
    if admitted.is_question and info.message_type is MessageType.RESPONSE:
        holder = snapshot.find_register(info.service_id)
    if holder not in (None, received.sender.address):
        claims[STANDS_FOR] = holder
    for target in targets:
        if sent_before is not None and target.recipient in sent_before.settled:
            continue
        delivery = _delivery_values(info, target.recipient, attestation, uow)
        if sent_before is not None:
            delivery["number"] = sent_before.numbers.get(target.recipient)
        if _pass_on(received, target, claims, snapshot, delivery, uow):
            delivery["state"] = DeliveryState.DELIVERED.value
        uow.write_later(storage.write_deliveries, delivery)
    uow.write_later(storage.write_journal, _journal_values("ACCEPTED", received, uow, attestation=attestation))
    if info.find_property(TELL_CARRIED):
        reported_message = ReportedMessage(received.sender.address, info.message_id, info.route_id)
        tell_sender(
            uow, reported_message, targets[0].recipient if len(targets) == 1 else None, DeliveryState.ON_DELIVERY
        )


def _pass_on(
    received: ReceivedMessage,
    target: RouteTarget,
    claims: Mapping[str, Any],
    snapshot: RegisterSnapshot,
    delivery: dict[str, Any],
    uow: UnitOfWork,
) -> bool:
    """Forward the message to the next system on its way, or put it into the recipient's mailbox; True when the
    recipient has it already, because it waits for this message.

    ``delivery`` has the number with which the message passed before, None for the first time, and gets the new
    one. The sender of such a message must want no notice of its delivery: only a sender at a door may want one.
    """
    next_hop = _next_hop(target.recipient, received.info, snapshot)
    if _goes_to_mailbox(target.recipient, received.info, snapshot, uow):
        delivery["number"] = 0
        is_for_caller = not snapshot.is_at_door(received.sender.address)
        return mailing.put_message(received, target.recipient, claims, uow, is_for_caller=is_for_caller)
    recipient_claim = {FOR: target.recipient} if target.is_named else {}
    claims = {**claims, **recipient_claim}
    if delivery["number"] is None:
        uow.forward(received, next_hop, claims, note_number=partial(delivery.__setitem__, "number"))
    else:
        uow.forward_again(received, next_hop, delivery["number"], claims)
    return False


def _goes_to_mailbox(recipient: str, info: MessageInfo, snapshot: RegisterSnapshot, uow: UnitOfWork) -> bool:
    """Whether the recipient takes the message from its mailbox: always, or because its call at a door waits."""
    return snapshot.has_mailbox(recipient) or (
        recipient in snapshot.queues
        and endpoint_rows.is_awaited(uow.query_session, recipient, info.correlation_id, uow.machine_now)
    )


def _admit_asked_case(received: ReceivedMessage, snapshot: RegisterSnapshot, uow: UnitOfWork) -> AskedCase | None:
    """The case for which the sender asks a register; None for an answer, and for a question that names no case.

    The first question of a case that is being taken in begins the case's chain, so that no other system can begin
    a case under the same id. Raises as ``ProcessIndex.admit_asker`` does.
    """
    info, sender = received.info, received.sender.address
    case_id = asked_case_of(info) if info.message_type is MessageType.REQUEST else None
    if case_id is None:
        return None
    chain = uow.hot_rows(storage.CHAINS).get(case_id)
    asked_case = uow.resource(ProcessIndex).admit_asker(
        info, sender, case_id, chain, find_taker(received, chain, snapshot)
    )
    if chain is None:
        uow.write_later(storage.write_first_chains, asked_case.chain)
    return asked_case


def _extend_chain(chain: CaseChain, info: MessageInfo, targets: tuple[RouteTarget, ...]) -> CaseChain:
    if info.message_type is not MessageType.REQUEST:
        return chain
    recipients = [target.recipient for target in targets if target.is_provider] or [targets[0].recipient]
    return chain.assign_provider(recipients[0])


def check_admission(received: ReceivedMessage, snapshot: RegisterSnapshot, taker: str, side: CitizenSide) -> None:
    """Deny by default: the sender is registered, came the right way, and has the right to send this message.

    A system that took a case in place of the passport's provider has the provider's rights in that case; the guest
    that began a case has the rights of the system on the citizen's side. Raises as
    ``RegisterSnapshot.check_sender`` and ``check_right`` do.
    """
    info, sender = received.info, received.sender.address
    way_in = addresses.regional_gateway(info.route_id) if info.route_id else ""
    snapshot.check_sender(sender, received.neighbour.address, way_in)
    try:
        snapshot.check_right(sender, info.service_id, info.route_id, info.message_type.value)
    except Refused:
        service_key = (info.service_id, info.route_id, info.find_property(CHANNEL))
        message_type = info.message_type.value
        if snapshot.may_stand_in(sender, taker, service_key, message_type):
            return
        if sender != side.guest or (side.front, info.service_id, message_type) not in snapshot.rights:
            raise


def _choose_targets(
    info: MessageInfo, snapshot: RegisterSnapshot, chain: CaseChain, side: CitizenSide, beginner: str
) -> tuple[RouteTarget, ...]:
    targets = snapshot.find_targets(
        info.service_id,
        info.route_id,
        info.message_type.value,
        info.find_property(CHANNEL),
        qualified_step_of(info),
    )
    service_key = (chain.service_id, chain.region or None, chain.channel or None)
    own_provider = snapshot.find_tenant_provider(beginner, service_key) or snapshot.find_tenant_provider(
        beginner, (chain.service_id, None, None)
    )
    return tuple(_settle_target(target, info, chain, side, own_provider) for target in targets)


def _find_beginner(
    received: ReceivedMessage, chain: CaseChain, snapshot: RegisterSnapshot, uow: UnitOfWork
) -> str:
    """The system to whose tenant a case belongs: the participant that claimed the case, else the system that began
    it; for a question to a register, of the case for which it is asked.
    """
    info = received.info
    if not snapshot.tenant_places or info.message_type is not MessageType.REQUEST:
        return chain.initiator
    case_id = asked_case_of(info) or info.correlation_id
    claim = uow.query_session.get(TenantCaseRow, case_id)
    case_chain = chain if case_id == info.correlation_id else uow.hot_rows(storage.CHAINS).get(case_id)
    return claim.participant if claim is not None else (case_chain or chain).initiator


def _settle_target(
    target: RouteTarget, info: MessageInfo, chain: CaseChain, side: CitizenSide, own_provider: str | None
) -> RouteTarget:
    """The recipient in this case; a case stays with the system that took the case, even when routes change, and
    with the guest that began it. ``own_provider`` is that of the tenant to which the case belongs.
    """
    if target.recipient == INITIATOR or (side.guest and target.recipient == side.front):
        return RouteTarget(chain.initiator, is_named=True)
    taker = chain.provider if info.message_type is not MessageType.REQUEST else ""
    if target.is_provider and taker not in ("", target.recipient):
        return RouteTarget(taker, is_named=True)
    if target.is_provider and own_provider is not None:
        return RouteTarget(own_provider, is_provider=True, is_named=True)
    return target


def _next_hop(recipient: str, info: MessageInfo, snapshot: RegisterSnapshot) -> str:
    member = snapshot.members.get(recipient)
    if member is None or not member.is_active:
        raise NotFound("recipient-stopped", "the recipient is not in the register or switched off")
    if member.is_regional:
        return addresses.regional_gateway(info.route_id or "")
    return recipient


@router.register_handler(DeliveryNotifications)
def note_deliveries(data: DeliveryNotifications, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Record the receivers' delivery receipts; the sender of a refused message gets a notice."""
    snapshot = uow.resource(CachedRegister).current_snapshot(uow.query_session)
    recipients = _reportable_recipients(received.sender.address, snapshot)
    for note in data.notifications:
        note_delivery(uow, note, recipients)


def _reportable_recipients(address: str, snapshot: RegisterSnapshot) -> tuple[str, ...]:
    """The recipients whose deliveries a system may report.

    A system reports its own deliveries. A РШЭП, and each system behind a РШЭП, reports those of all regional
    systems, because the РШЭП decides which of them takes a case.
    """
    member = snapshot.members.get(address)
    if addresses.is_regional_gateway(address) or (member is not None and member.is_regional):
        return tuple(member.address for member in snapshot.members.values() if member.is_regional)
    if member is None:
        raise Untrusted("sender-not-registered", "the gateway's register does not have this system")
    return (address,)


@router.register_refusal_hook
def journal_refusal(refusal: MessageRefusal, uow: UnitOfWork) -> None:
    """Journal a refused message and notify its sender."""
    event = "REPLAYED" if refusal.error.code == "message-replayed" else "REFUSED"
    uow.write_later(storage.write_journal, _journal_values(event, refusal.received, uow, refusal=refusal))
    received = refusal.received
    if event == "REFUSED" and received is not None and received.sequence:
        reported_message = ReportedMessage(
            received.sender.address, received.info.message_id, received.info.route_id
        )
        explanation = explanation_of(refusal.error)
        tell_sender(uow, reported_message, None, DeliveryState.NOT_DELIVERED, refusal.error.code, explanation)
        keep_explanation(uow, reported_message, "", explanation)


@router.register_burial_hook
def note_burial(buried: BuriedMessage, uow: UnitOfWork) -> None:
    """Journal a forwarded message that the carrier never takes, end its delivery, and notify its sender."""
    if not buried.is_forwarded:
        return
    info, code = buried.info, buried.error.code
    uow.write_later(storage.write_journal, _undelivered_entry(buried, uow))
    snapshot = uow.resource(CachedRegister).current_snapshot(uow.query_session)
    note = refusal_of(info, code)
    if addresses.is_regional_gateway(buried.address):
        note_delivery(uow, note, _reportable_recipients(buried.address, snapshot))
    else:
        note_delivery(uow, note, (buried.address,))


def _delivery_values(
    info: MessageInfo, recipient: str, attestation: GatewayAttestation, uow: UnitOfWork
) -> dict[str, Any]:
    return {
        "sender": info.sender.sender_id,
        "message_id": info.message_id,
        "recipient": recipient,
        "case_id": info.correlation_id,
        "region": info.route_id or "",
        "session_id": attestation.session_id,
        "state": DeliveryState.ON_DELIVERY.value,
        "changed_at": uow.now,
        "error_code": None,
        "number": None,
    }


def _journal_values(
    event: str,
    received: ReceivedMessage | None,
    uow: UnitOfWork,
    *,
    attestation: GatewayAttestation | None = None,
    refusal: MessageRefusal | None = None,
) -> dict[str, Any]:
    info = received.info if received else None
    raw = received.raw if received else refusal.raw if refusal else None
    return {
        "at": uow.now,
        "event": event,
        "sender": received.sender.address if received else None,
        "message_id": info and info.message_id,
        "case_id": info and info.correlation_id,
        "service_id": info and info.service_id,
        "region": info and info.route_id,
        "message_type": info and info.message_type.value,
        "channel": info and _fit_channel(info.find_property(CHANNEL)),
        "step": info and qualified_step_of(info),
        "session_id": attestation and attestation.session_id,
        "recipients": " ".join(attestation.recipients) if attestation else "",
        "code": refusal and refusal.error.code,
        "digest": received and received.body_digest,
        "signature": raw and raw.signature,
        "hop": raw and raw.hop,
        "body": raw.body if raw and refusal is None else None,
    }


def _undelivered_entry(buried: BuriedMessage, uow: UnitOfWork) -> dict[str, Any]:
    info = buried.info
    return storage.empty_entry(uow.now, "UNDELIVERED", buried.address) | {
        "sender": info.sender.sender_id,
        "message_id": info.message_id,
        "case_id": info.correlation_id,
        "service_id": info.service_id,
        "region": info.route_id,
        "message_type": info.message_type.value,
        "channel": _fit_channel(info.find_property(CHANNEL)),
        "step": qualified_step_of(info),
        "code": buried.error.code,
    }


def _fit_channel(text: str | None) -> str | None:
    """The channel, if it fits its column; None for a longer word, which is no channel."""
    return text if text is not None and text.isidentifier() and len(text) <= CHANNEL_LENGTH else None
