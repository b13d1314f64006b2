"""Requests for organisations, from the bus."""

from __future__ import annotations

from services.gbd_ul import organisation_service, storage
from services.gbd_ul.domain import OrganisationRequest, RequestResult, signature_fault
from shared.bus.errors import Malformed, NotFound, Refused, Untrusted
from shared.bus.messages.message import MessageType
from shared.bus.messages.router import MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.contracts.soap_data import SoapData, SoapStatus, refuse_business
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.pki.verification.check import SignerExpectation, certificate_system
from shared.pki.xml.xmldsig import SignedXml, open_enveloped

router = MessageRouter()


@router.register_handler(SoapData)
def answer_organisation_request(data: SoapData, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Answer with the organisation; a fault in the request is answered, because the caller waits for an answer."""
    uow.send(
        received.neighbour.address,
        _find_answer(data, received, uow),
        service_id=received.info.service_id,
        message_type=MessageType.RESPONSE,
        correlation_id=received.info.correlation_id,
        route_id=received.info.route_id,
    )


def _find_answer(data: SoapData, received: ReceivedMessage, uow: UnitOfWork) -> SoapData:
    try:
        document = organisation_service.read_document(data)
        signed = open_enveloped(document)
        request = organisation_service.read_request(signed.root)
        _check_signer(signed, request, received, uow)
    except (Malformed, Untrusted, Refused) as error:
        status = refuse_business(error)
        if error.code.startswith("eds-"):
            status = SoapStatus(code=signature_fault(error.code), message=status.message)
        return organisation_service.write_refusal(RequestResult.REFUSED, status)
    entity = storage.find_entity(uow.session, request.bin)
    if entity is None:
        nothing = refuse_business(NotFound("organisation-unknown", "no organisation has this БИН"))
        return organisation_service.write_refusal(RequestResult.NOT_FOUND, nothing)
    return organisation_service.write_entity(entity, storage.list_branches(uow.session, entity.bin))


def _check_signer(
    signed: SignedXml, request: OrganisationRequest, received: ReceivedMessage, uow: UnitOfWork
) -> None:
    """Check that the asking system signed, or a person who acts for the asking organisation.

    Refused with the codes of «условие 2»; ``eds-bin-mismatch`` for the certificate of another organisation or
    system.
    """
    system = certificate_system(signed.certificate)
    if system is None:
        expectation = SignerExpectation(SignaturePurpose.EMPLOYEE, bin=request.requestor_bin)
    elif system == received.sender.address:
        expectation = SignerExpectation(SignaturePurpose.SYSTEM)
    else:
        raise Refused("eds-bin-mismatch", "the request is signed by another system than the one that asks")
    uow.resource(CertificationCentre).check_certificate(signed.certificate, expectation, at=uow.now)
