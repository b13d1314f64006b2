"""Certificates over HTTP: enrolment of systems, certificates of people and employees, renewal."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Header, Path, Request, Response, status
from pydantic import BaseModel, Field
from sqlmodel import Session

from services.is_nuc import domain, storage
from services.is_nuc.api import request_signatures
from services.is_nuc.api.counter import AtCounter
from services.is_nuc.authority.ca import IssuingAuthority
from services.is_nuc.authority.certificate_issuing import (
    CertificateOrder,
    IssuedCertificate,
    certify_in_transaction,
    certify_order,
)
from services.is_nuc.authority.invitations import issue_invitation
from services.is_nuc.authority.revocation_watch import RevocationWatch
from services.is_nuc.clock import ClockKeeper
from services.is_nuc.storage import CertificateRow
from shared.bus.errors import NotFound, Refused
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.media import declare_text
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import CallLimits, FewCalls, ManyCalls
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.addresses import CON
from shared.contracts.identifiers import BIN_ERRORS, IIN_ERRORS
from shared.contracts.organisations import OrganisationRegister
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import serial_of_key
from shared.pki.certificates.profile import CertificateKind, CertificateUsage, OrganisationRole
from shared.pki.verification.check import certificate_iin, certificate_system

router = APIRouter()

Csr = Annotated[str, Field(min_length=1, max_length=20_000)]
Signature = Annotated[str, Header()]


class SystemEnrolmentRequest(RequestModel):
    """A system's request with its one-time token; the key is P-256 or RSA."""

    address: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,90}$")]
    token: Annotated[str, Field(max_length=200)]
    csr: Csr


class PersonCertificateRequest(RequestModel):
    """A PKCS #10 request in PEM whose subject names the person; the certificate is for signatures or for
    logins.
    """

    csr: Csr
    usage: CertificateUsage = CertificateUsage.SIGN


class EmployeeCertificateRequest(PersonCertificateRequest):
    """The subject also names the organisation; the role is one of НУЦ's (1.2.1–1.2.5) or an operator of a ЦОН."""

    role: OrganisationRole = OrganisationRole.EMPLOYEE


class RenewalRequest(RequestModel):
    """A request for a new key of the same owner; ``supersede`` revokes the old certificate at once."""

    csr: Csr
    supersede: bool = False


class IssuedCertificateResponse(BaseModel):
    """A certificate and the authority that issued it, both PEM, and the certificate's thumbprint (x5t#S256).

    ``fault`` names the fault on demand that a test has ordered for this certificate.
    """

    certificate: str
    issuing: str
    thumbprint: str
    fault: str | None = None

    @classmethod
    def from_issued(cls, issued: IssuedCertificate) -> IssuedCertificateResponse:
        certificate, issuing = (
            x509_certificate.public_bytes(Encoding.PEM).decode()
            for x509_certificate in (issued.certificate, issued.issuing)
        )
        fault = issued.fault.value if issued.fault else None
        thumbprint = keys.certificate_thumbprint(issued.certificate)
        return cls(certificate=certificate, issuing=issuing, thumbprint=thumbprint, fault=fault)


class AuthoritiesView(BaseModel):
    """НУЦ's own certificates."""

    root: str
    issuing: str


class InvitationView(BaseModel):
    """An invitation: what a system needs for its enrolment."""

    token: str
    root: str


@router.get("/api/v1/authorities", tags=["authorities"], dependencies=[ManyCalls])
async def show_authorities(runtime: ServiceRuntime) -> AuthoritiesView:
    """The root and issuing certificates, PEM."""
    authority = runtime.resource(IssuingAuthority)
    return AuthoritiesView(root=authority.root_pem, issuing=authority.issuing_pem)


@router.post(
    "/api/v1/systems",
    tags=["issue"],
    status_code=status.HTTP_201_CREATED,
    dependencies=[FewCalls],
    responses=declare_errors(
        conflict="key-already-certified",
        malformed="csr-key csr-malformed subject-characters subject-length system-address",
        untrusted="enrolment-token",
    ),
)
async def enrol_system(request: SystemEnrolmentRequest, runtime: ServiceRuntime) -> IssuedCertificateResponse:
    """Certify a system's key.

    The same key with the same token gets the same certificate again, because an answer may be lost.
    ``enrolment-token`` unless the token is the system's own unused one; ``csr-malformed``, ``csr-key``,
    ``key-already-certified``.
    """
    runtime.resource(CallLimits).count_identity("systems", request.address)
    csr = domain.read_csr(request.csr)
    subject = profile.system_subject(
        profile.system_oid(int.from_bytes(sha256(request.address.encode()).digest()[:4])),
        request.address,
        organisation="egov-bus",
        bin_="000140000019",
    )
    uri = profile.system_uri(request.address)
    order = CertificateOrder(domain.read_public_key(csr), subject, CertificateKind.SYSTEM, san_uri=uri)

    def write_enrolment(uow: UnitOfWork) -> IssuedCertificate:
        serial = serial_of_key(order.key)
        enrolled = storage.find_enrolled(uow.session, request.address, request.token, serial)
        if enrolled is not None:
            authority = uow.resource(IssuingAuthority)
            return IssuedCertificate(enrolled, authority.certificate, authority.root)
        storage.use_token(uow.session, request.address, request.token, uow.now)
        return certify_in_transaction(uow, order)

    return IssuedCertificateResponse.from_issued(await runtime.write(write_enrolment))


@router.post(
    "/api/v1/people",
    tags=["issue"],
    status_code=status.HTTP_201_CREATED,
    dependencies=[FewCalls, AtCounter],
    responses=declare_errors(
        IIN_ERRORS,
        conflict="key-already-certified",
        malformed="csr-key csr-malformed csr-subject subject-characters subject-length",
    ),
)
async def certify_person(request: PersonCertificateRequest, runtime: ServiceRuntime) -> IssuedCertificateResponse:
    """Certify a citizen's key. The sandbox does not verify the name in the request.

    ``counter-closed``, ``csr-malformed``, ``csr-key``, ``csr-subject``, ``key-already-certified``; the codes of
    the ИИН check.
    """
    csr = domain.read_csr(request.csr)
    person = domain.read_person(csr)
    runtime.resource(CallLimits).count_identity("people", person.iin)
    subject = profile.person_subject(person.iin, person.surname, person.name, person.patronymic)
    kind = profile.kind_of(None, request.usage)
    return IssuedCertificateResponse.from_issued(
        await certify_order(runtime, CertificateOrder(domain.read_public_key(csr), subject, kind, person.iin))
    )


@router.post(
    "/api/v1/employees",
    tags=["issue"],
    status_code=status.HTTP_201_CREATED,
    responses=declare_errors(
        IIN_ERRORS,
        BIN_ERRORS,
        not_found="certificate-unknown",
        refused="organisation-refused role-refused",
        conflict="key-already-certified",
        malformed="csr-key csr-malformed csr-subject signature-malformed subject-characters subject-length",
        untrusted="employer-unknown signature-algorithm signature-invalid",
    ),
    dependencies=[ManyCalls],
)
async def certify_employee(
    http: Request, request: EmployeeCertificateRequest, runtime: ServiceRuntime, x_signature: Signature = ""
) -> IssuedCertificateResponse:
    """Certify an employee for a request whose body the employer's enrolled system signs (JWS).

    The organisation, by БИН and name, is one of that system in the register of organisations:
    ``organisation-refused``. Only ИС ЦОН may request a certificate of an operator of a ЦОН: ``role-refused``.
    ``employer-unknown`` for a signer without organisations.
    """
    body = await http.body()
    register = await runtime.read(lambda session: _read_register(session, runtime.resource(OrganisationRegister)))
    employer = await runtime.read(
        lambda session: request_signatures.verify_employer(
            session, runtime.now, x_signature, body, employers=register.employers
        )
    )
    system = certificate_system(employer)
    if request.role is OrganisationRole.CON_OPERATOR and system != CON:
        raise Refused("role-refused", "only ИС ЦОН may request a certificate of an operator of a ЦОН")
    csr = domain.read_csr(request.csr)
    person, (organisation, bin_) = domain.read_person(csr), domain.read_employer(csr.subject)
    domain.check_vouching(register, system, organisation, bin_)
    subject = profile.employee_subject(
        person.iin, person.surname, person.name, person.patronymic, organisation=organisation, bin_=bin_
    )
    order = CertificateOrder(
        domain.read_public_key(csr),
        subject,
        profile.kind_of(request.role, request.usage),
        person.iin,
        vouched_by=keys.certificate_thumbprint(employer),
    )
    return IssuedCertificateResponse.from_issued(await certify_order(runtime, order))


@router.post(
    "/api/v1/renewals",
    tags=["issue"],
    status_code=status.HTTP_201_CREATED,
    responses=declare_errors(
        BIN_ERRORS,
        not_found="certificate-unknown",
        refused="organisation-refused role-refused",
        conflict="key-already-certified",
        malformed="csr-key csr-malformed csr-subject signature-malformed system-address",
        untrusted="holder-unproved signature-algorithm signature-invalid",
    ),
    dependencies=[ManyCalls],
)
async def renew_certificate(
    http: Request, request: RenewalRequest, runtime: ServiceRuntime, x_signature: Signature = ""
) -> IssuedCertificateResponse:
    """Certify a new key for a request whose body the old key signs (JWS).

    Name and kind are those of the old certificate, whatever the request says. The old certificate must be in its
    term and not revoked (``holder-unproved``); it stays valid without ``supersede``. On the sandbox's clock, which
    can jump over the end of a term, a system's certificate may have ended. Faults on demand do not affect
    renewals. An employee's certificate is renewed while the system that vouched for the employee may
    (``organisation-refused``); a system's request names no person (``csr-subject``).
    """
    is_sandbox = runtime.resource(ClockKeeper).is_sandbox
    body, csr = await http.body(), domain.read_csr(request.csr)

    def write_renewal(uow: UnitOfWork) -> tuple[IssuedCertificate, int]:
        holder = request_signatures.verify_holder(uow.session, uow.now, x_signature, body, may_be_late=is_sandbox)
        replacement = certify_in_transaction(uow, _compose_renewal_order(uow, holder, csr))
        if not request.supersede:
            return replacement, replacement.revision
        uow.session.flush()
        reason = x509.ReasonFlags.superseded
        return replacement, storage.revoke_certificate(uow.session, holder.thumbprint, reason, uow.now)

    issued, revision = await runtime.write(write_renewal)
    runtime.resource(RevocationWatch).note_revision(revision)
    return IssuedCertificateResponse.from_issued(issued)


def _compose_renewal_order(
    uow: UnitOfWork, row: CertificateRow, csr: x509.CertificateSigningRequest
) -> CertificateOrder:
    """The order that the holder of this certificate may make: its name and kind, for the key of the request."""
    key = domain.read_public_key(csr)
    old_certificate, kind = x509.load_der_x509_certificate(row.der), CertificateKind(row.kind)
    if kind in (CertificateKind.OCSP, CertificateKind.TSA):
        raise Refused("role-refused", "the centre renews its own services by itself")
    address = certificate_system(old_certificate)
    if address is not None:
        domain.check_own_renewal(csr)
    if row.vouched_by is not None:
        _check_voucher(uow, row, old_certificate)
    uri = profile.system_uri(address) if address else None
    iin = certificate_iin(old_certificate)
    return CertificateOrder(key, old_certificate.subject, kind, iin, uri, row.vouched_by)


def _check_voucher(uow: UnitOfWork, row: CertificateRow, certificate: x509.Certificate) -> None:
    """Check that the word for an employee still counts: the system may vouch, and its key is still its own."""
    voucher = storage.get_row(uow.session, row.vouched_by or "")
    if voucher.reason not in (None, x509.ReasonFlags.superseded.value):
        raise Refused("organisation-refused", "the certificate of the system that vouched was revoked")
    organisation, bin_ = domain.read_employer(certificate.subject)
    system = request_signatures.find_voucher(uow.session, row)
    register = _read_register(uow.session, uow.resource(OrganisationRegister))
    domain.check_vouching(register, system, organisation, bin_)


def _read_register(session: Session, register: OrganisationRegister) -> OrganisationRegister:
    """The register of organisations with the systems that the operator has added."""
    return register.with_systems(storage.read_vouching_systems(session))


@router.post("/api/v1/invitations/{address}", tags=["issue"], dependencies=[OperatorOnly])
async def invite_system(address: Annotated[str, Path(max_length=100)], runtime: ServiceRuntime) -> InvitationView:
    """A new one-time token for a system, and the root that the system's enrolment must trust."""
    return InvitationView.model_validate_json(await issue_invitation(runtime, address))


@router.get(
    "/api/v1/certificates/{thumbprint}",
    tags=["certificates"],
    response_class=Response,
    responses={
        **declare_text("application/x-pem-file"),
        **declare_errors(not_found="certificate-unknown"),
    },
    dependencies=[ManyCalls],
)
async def download_certificate(thumbprint: str, runtime: ServiceRuntime) -> Response:
    """A certificate by its thumbprint (x5t#S256), PEM; ``certificate-unknown``."""
    issued_certificate = await runtime.read(lambda session: storage.get_certificate(session, thumbprint))
    return _pem_response(issued_certificate)


@router.get(
    "/api/v1/serial-numbers/{serial}",
    tags=["certificates"],
    response_class=Response,
    responses={
        **declare_text("application/x-pem-file"),
        **declare_errors(not_found="certificate-unknown"),
    },
    dependencies=[ManyCalls],
)
async def download_numbered_certificate(
    serial: Annotated[str, Path(pattern="^[0-9a-f]{1,40}$")], runtime: ServiceRuntime
) -> Response:
    """A certificate by its serial number (hexadecimal, as everywhere in this API), PEM; ``certificate-unknown``.

    A signature that names its certificate by issuer and serial number is verified by it.
    """
    issued_certificate = await runtime.read(lambda session: storage.find_by_serial(session, int(serial, 16)))
    if issued_certificate is None:
        raise NotFound("certificate-unknown", "no certificate with this serial number")
    return _pem_response(issued_certificate)


@router.get(
    "/api/v1/sha1-thumbprints/{sha1}",
    tags=["certificates"],
    response_class=Response,
    responses={
        **declare_text("application/x-pem-file"),
        **declare_errors(not_found="certificate-unknown"),
    },
    dependencies=[ManyCalls],
)
async def download_thumbprinted_certificate(
    sha1: Annotated[str, Path(pattern="^[0-9a-f]{40}$")], runtime: ServiceRuntime
) -> Response:
    """The certificate of a system by the SHA-1 of its bytes (hexadecimal), PEM; ``certificate-unknown``.

    A signature of WS-Security that names its certificate by ThumbprintSHA1 is verified by it.
    """
    certificate = await runtime.read(lambda session: storage.find_system_by_sha1(session, bytes.fromhex(sha1)))
    if certificate is None:
        raise NotFound("certificate-unknown", "no system has a certificate with this thumbprint")
    return _pem_response(certificate)


def _pem_response(certificate: x509.Certificate) -> Response:
    return Response(certificate.public_bytes(Encoding.PEM), media_type="application/x-pem-file")
