"""The way of a SOAP call: prove the signature, find the participant, sign the answer or the fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from cryptography import x509
from fastapi import Response

from services.shep_gateway.doors.participant_limits import ParticipantLimits
from services.shep_gateway.doors.participants import KnownParticipants, Participant
from services.shep_gateway.doors.recording import current_exchange, find_exchange, note_participant
from services.shep_gateway.doors.soap.answer_key import AnswerKeys
from services.shep_gateway.doors.soap.channel_reader import Deviation, Deviations
from services.shep_gateway.doors.soap.channel_writer import ChannelFault, FaultElement, write_fault
from services.shep_gateway.doors.soap.fault_codes import channel_code
from services.shep_gateway.doors.soap.refusal_explanation import describe_refusal
from services.shep_gateway.doors.soap.strictness import DeviatingCall, note_deviations
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import BusError, Untrusted
from shared.bus.messages.trust import PeerSystem
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.client.nuc import CertificationCentre
from shared.pki.encoding.xmltree import XmlElement
from shared.pki.xml.keyinfo import CertificateName, Sha1Thumbprint
from shared.pki.xml.wsse import open_body

T = TypeVar("T", bound=DeviatingCall)

XML = "text/xml; charset=utf-8"
SHORT_ENVELOPE = 32 * 1024
"""The bytes of an envelope that is proved or signed within a millisecond or so."""
MOST_REFERENCES = 5
"""What a signature may cover: the Body, and blocks of the header, as npm's soap and gSOAP sign them unasked."""


async def answer_call(
    runtime: Runtime,
    envelope: bytes,
    exchange: Callable[[Runtime, bytes], Awaitable[bytes]],
    find_fault: Callable[[bytes], FaultElement],
    language: str = "ru",
) -> Response:
    """The signed response to a call: what ``exchange`` makes of the envelope, or the fault of its BusError.

    A fault of ШЭП has the HTTP status 500, as SOAP 1.1 requires; every other answer has 200. ``find_fault`` names
    the element of the fault, for an envelope that may be anything; ``language`` is that of an explanation. While
    ШЭП has no key to sign answers with, nothing is done and the fault is unsigned.
    """

    async def write_refusal(error: BusError) -> bytes:
        current_exchange().code = error.code
        return await _write_refusal(runtime, error, envelope, find_fault(envelope), language)

    try:
        key = await runtime.resource(AnswerKeys).fetch()
    except BusError as error:
        return Response(await write_refusal(error), status_code=500, media_type=XML)
    try:
        answer, status = await exchange(runtime, envelope), 200
    except BusError as error:
        answer, status = await write_refusal(error), 500
    compute = runtime.compute_short if len(answer) <= SHORT_ENVELOPE else runtime.compute
    signed = await compute(lambda: key.sign_envelope(answer))
    return Response(signed, status_code=status, media_type=XML)


def render_fault(error: BusError, namespace: str, operation: str) -> Response:
    """The unsigned fault of an error outside of a call: a budget, a limit, a missing key, a fault of ШЭП's own.

    ``operation`` is for a call of which nothing was read.
    """
    exchange, moment = find_exchange(), SystemClock().now()
    if exchange is not None:
        exchange.code, operation, moment = error.code, exchange.operation, exchange.began_at
    fault = write_fault(_fault_of(error, error.code, moment), FaultElement(namespace, operation))
    wait = error.details.get("retry_after")
    headers = None if wait is None else {"Retry-After": str(wait)}
    return Response(fault, status_code=500, media_type=XML, headers=headers)


async def open_call(
    runtime: Runtime, envelope: bytes, read: Callable[[bytes, XmlElement], T]
) -> tuple[Participant, T]:
    """The participant that signed the Body, and what ``read`` makes of the envelope and the signed Body.

    The exchange gets the participant and the deviations of the call; at a strict door the first deviation is
    Malformed ``soap-deviation``. Throttled ``too-many-calls``.
    Raises as ``open_body``, ``CertificationCentre.find_peer`` and ``read`` do; NotFound ``participant-unknown``.
    """
    now, centre = runtime.now, runtime.resource(CertificationCentre)
    compute = runtime.compute_short if len(envelope) <= SHORT_ENVELOPE else runtime.compute
    peer, call, naming = await compute(lambda: prove_call(envelope, centre, now, read))
    participant = await runtime.resource(KnownParticipants).find_by_address(runtime, peer.address)
    note_participant(participant)
    runtime.resource(ParticipantLimits).count_call(participant.address)
    note_deviations(current_exchange(), (*naming, *call.deviations), participant)
    return replace(participant, thumbprint=peer.thumbprint), call


def prove_call(
    envelope: bytes, centre: CertificationCentre, now: datetime, read: Callable[[bytes, XmlElement], T]
) -> tuple[PeerSystem, T, list[Deviation]]:
    """The signer, what was read, and the deviations in what the signature covers and names."""
    names: list[CertificateName] = []

    def find_named(name: CertificateName) -> x509.Certificate | None:
        names.append(name)
        return centre.find_named(name)

    signed = open_body(envelope, lookup=find_named, most_references=MOST_REFERENCES)
    peer = centre.find_peer(certificate_thumbprint(signed.certificate), now)
    naming = Deviations()
    if any(isinstance(name, Sha1Thumbprint) for name in names):
        naming.note("certificate-by-thumbprint", "KeyIdentifier")
    for part in signed.further_parts:
        naming.note("signature-over-header", part)
    return peer, read(envelope, signed.body), naming.noted


def check_sender(sender_id: str, participant: Participant) -> None:
    """Require that a call names its signer as the sender, or nobody; Untrusted ``sender-mismatch``."""
    if sender_id not in ("", participant.address):
        raise Untrusted("sender-mismatch", "senderId names another system than the certificate")


async def _write_refusal(
    runtime: Runtime, error: BusError, envelope: bytes, element: FaultElement, language: str
) -> bytes:
    data = await runtime.compute(lambda: describe_refusal(runtime, error, envelope, language))
    return write_fault(_fault_of(error, data, runtime.now), element)


def _fault_of(error: BusError, data: str, now: datetime) -> ChannelFault:
    return ChannelFault(
        is_clients=error.http_status < 500,
        code=channel_code(error),
        message=error.message,
        data=data,
        happened_at=now,
        session_id=str(error.details.get("session", "")),
    )
