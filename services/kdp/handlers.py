"""Requests for consent, and the registers' questions about consents, from the bus."""

from __future__ import annotations

from services.kdp import storage
from services.kdp.consent_code import digest_code
from services.kdp.consent_service import read_request
from services.kdp.consenting import open_request, send_refusal
from services.kdp.domain import ConsentRequest, ConsentState, ConsentUse, refusal_of
from services.kdp.organisation_token import check_token, parse_token
from shared.bus.errors import Malformed, NotFound, Refused, Untrusted
from shared.bus.messages.jws import PublicKey
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts.registers import (
    CONSENT_SERVICE,
    TRANSPORT_CERTIFICATE,
    ConsentAnswer,
    ConsentQuery,
)
from shared.contracts.soap_data import SoapData, refuse_business
from shared.pki.client.nuc import CertificationCentre

router = MessageRouter()


@router.register_handler(SoapData)
def answer_consent_request(data: SoapData, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Open a request for consent; a fault in the request is answered, because the caller waits for an answer."""
    try:
        request, phone = _check_request(data, received, uow)
    except (Malformed, Untrusted, Refused, NotFound) as error:
        info = received.info
        send_refusal(refuse_business(error), received.neighbour.address, info.correlation_id, info.route_id, uow)
    else:
        open_request(request, phone, received, uow)


@router.register_handler(ConsentQuery)
def answer_consent_query(query: ConsentQuery, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Say whether the consent covers the use, and use up a consent that does."""
    row = storage.find_by_code(uow.session, digest_code(query.code))
    use = ConsentUse(query.iin, query.asker, query.access_name, query.public_key)
    refusal = refusal_of(None if row is None else storage.facts_of(row), use, uow.now)
    if row is not None and refusal is None:
        is_used = storage.change_state(uow.session, row, ConsentState.GRANTED, ConsentState.USED)
        refusal = None if is_used else f"consent-{ConsentState.USED}"
    uow.send(
        received.neighbour.address,
        ConsentAnswer(refusal=refusal),
        service_id=CONSENT_SERVICE,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )


def _check_request(data: SoapData, received: ReceivedMessage, uow: UnitOfWork) -> tuple[ConsentRequest, str]:
    """The request, and the telephone of the person."""
    request = read_request(data)
    token = parse_token(request.organisation_token)
    check_token(token, request.company_bin, lambda named: _find_key(named, received, uow), uow.now)
    phone = storage.find_phone(uow.session, request.iin)
    if phone is None:
        raise NotFound("iin-unknown", "no subscriber has this ИИН")
    return request, phone


def _find_key(thumbprint: str | None, received: ReceivedMessage, uow: UnitOfWork) -> PublicKey:
    """The key of the certificate that the token names, or of the one with which the call was signed.

    Untrusted ``organisation-token-signature`` for a certificate of another system.
    """
    named = thumbprint or received.info.find_property(TRANSPORT_CERTIFICATE)
    if named is None:
        raise Untrusted("organisation-token-signature", "ovt names no certificate by x5t#S256")
    peer = uow.resource(CertificationCentre).find_peer(named, uow.now)
    if peer.address != received.sender.address:
        raise Untrusted("organisation-token-signature", "ovt names the certificate of another system")
    return peer.key
