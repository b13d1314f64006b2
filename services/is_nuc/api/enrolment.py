"""The counter over HTTP: enrolment of systems, certificates of people and employees, their renewal."""

from __future__ import annotations

import json
import secrets
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Header, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from services.is_nuc import domain, storage
from services.is_nuc.api import clock, containers, local_tls, request_signatures, revocation, sandbox, stamping
from services.is_nuc.authority.ca import Authority
from services.is_nuc.authority.issuing import Made, Order, certify, certify_in
from services.is_nuc.authority.revocation_watch import Watch
from services.is_nuc.ncanode import api as ncanode_api
from services.is_nuc.settings import NucSettings
from shared.bus.errors import Refused
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.addresses import CON
from shared.pki.certificates import keys, profile
from shared.pki.certificates.profile import Kind, Role, Usage
from shared.pki.verification.check import certificate_iin, certificate_system

router = APIRouter()
FURTHER = tuple(
    part.router
    for part in (
        clock,
        containers,
        revocation,
        stamping,
        sandbox,
        local_tls,
        ncanode_api,
    )
)

Csr = Annotated[str, Field(min_length=1, max_length=20_000)]
Signature = Annotated[str, Header()]


class SystemRequest(BaseModel):
    """A system's request with its one-time token; the key is P-256, or RSA by its own choice."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,90}$")]
    token: Annotated[str, Field(max_length=200)]
    csr: Csr


class PersonRequest(BaseModel):
    """A PKCS #10 request in PEM whose subject names the person; a certificate for signatures or for logins."""

    model_config = ConfigDict(extra="forbid")

    csr: Csr
    usage: Usage = Usage.SIGN


class EmployeeRequest(PersonRequest):
    """The subject names the organisation too; the role is one of НУЦ's (1.2.1–1.2.5) or a ЦОН's operator."""

    role: Role = Role.EMPLOYEE


class RenewalRequest(BaseModel):
    """A request for a new key of the same owner; ``supersede`` revokes the old certificate at once."""

    model_config = ConfigDict(extra="forbid")

    csr: Csr
    supersede: bool = False


class Issued(BaseModel):
    """A certificate and the authority that issued it, both PEM, and the thumbprint (x5t#S256).

    ``fault`` names the trouble that a test has ordered for this certificate.
    """

    certificate: str
    issuing: str
    thumbprint: str
    fault: str | None = None

    @classmethod
    def of(cls, made: Made) -> Issued:
        certificate, issuing = (
            one.public_bytes(Encoding.PEM).decode() for one in (made.certificate, made.issuing)
        )
        fault = made.fault.value if made.fault else None
        thumbprint = keys.thumbprint(made.certificate)
        return cls(certificate=certificate, issuing=issuing, thumbprint=thumbprint, fault=fault)


@router.get("/api/v1/authorities", tags=["authorities"])
async def authorities(bus: Bus) -> dict[str, str]:
    """Root and issuing certificate, PEM."""
    authority = bus.use(Authority)
    return {"root": authority.root_pem, "issuing": authority.pem}


@router.post("/api/v1/systems", tags=["issue"], status_code=status.HTTP_201_CREATED)
async def enrol_system(request: SystemRequest, bus: Bus) -> Issued:
    """Certify a system's key: ``enrolment-token`` when the token is not its own unused one."""
    csr = domain.read_csr(request.csr)
    subject = profile.system(
        profile.system_oid(int.from_bytes(sha256(request.address.encode()).digest()[:4])),
        request.address,
        organisation="egov-bus",
        bin_="000140000019",
    )
    uri = profile.system_uri(request.address)
    order = Order(domain.public_key(csr), subject, Kind.SYSTEM, san_uri=uri)

    def enrol(work: Work) -> Made:
        storage.use_token(work.session, request.address, request.token, work.now)
        return certify_in(work, order)

    return Issued.of(await bus.write(enrol))


@router.post("/api/v1/people", tags=["issue"], status_code=status.HTTP_201_CREATED)
async def certify_person(request: PersonRequest, bus: Bus) -> Issued:
    """Certify a citizen's key. The sandbox's counter believes the name; ``counter-closed`` when it is not open."""
    if not bus.use(NucSettings).issues_to_people:
        raise Refused("counter-closed", "certificates of people are not issued here")
    csr = domain.read_csr(request.csr)
    human = domain.human(csr)
    subject = profile.person(human.iin, human.surname, human.name, human.patronymic)
    kind = profile.kind_of(None, request.usage)
    return Issued.of(await certify(bus, Order(domain.public_key(csr), subject, kind, human.iin)))


@router.post("/api/v1/employees", tags=["issue"], status_code=status.HTTP_201_CREATED)
async def certify_employee(
    http: Request, request: EmployeeRequest, bus: Bus, x_signature: Signature = ""
) -> Issued:
    """Certify an employee on the word of his employer's enrolled system, which signs the request's body (JWS).

    Only ИС ЦОН may speak for an operator of a ЦОН: ``role-refused``.
    """
    body, allowed = await http.body(), bus.use(NucSettings).employers.split(",")
    employer = await bus.read(
        lambda session: request_signatures.employer(session, bus.now, x_signature, body, allowed=allowed)
    )
    if request.role is Role.CON_OPERATOR and certificate_system(employer) != CON:
        raise Refused("role-refused", "an operator of a ЦОН is certified on the word of ИС ЦОН")
    csr = domain.read_csr(request.csr)
    human, (organisation, bin_) = domain.human(csr), domain.employer(csr)
    subject = profile.employee(
        human.iin, human.surname, human.name, human.patronymic, organisation=organisation, bin_=bin_
    )
    kind = profile.kind_of(request.role, request.usage)
    return Issued.of(await certify(bus, Order(domain.public_key(csr), subject, kind, human.iin)))


@router.post("/api/v1/renewals", tags=["issue"], status_code=status.HTTP_201_CREATED)
async def renew(http: Request, request: RenewalRequest, bus: Bus, x_signature: Signature = "") -> Issued:
    """A certificate for a new key, on the word of the old one, which signs the request's body (JWS).

    Name and kind are those of the old certificate, whatever the request calls itself. The old one must be in its
    term and not revoked (``holder-unproved``); it stays valid unless ``supersede`` is asked for.
    Troubles on demand do not touch a renewal.
    """
    body, key = await http.body(), domain.public_key(domain.read_csr(request.csr))
    order = await bus.read(lambda session: _renewal(session, bus.now, x_signature, body, key))

    def renewed(work: Work) -> tuple[Made, int]:
        holder = request_signatures.holder(work.session, work.now, x_signature, body)
        made = certify_in(work, order)
        if not request.supersede:
            return made, made.revision
        work.session.flush()
        reason = x509.ReasonFlags.superseded
        return made, storage.revoke(work.session, holder.thumbprint, reason, work.now)

    made, revision = await bus.write(renewed)
    bus.use(Watch).saw(revision)
    return Issued.of(made)


def _renewal(session: Session, now: datetime, signature: str, body: bytes, key: keys.PublicKey) -> Order:
    """What the holder of this signature may order: the same as he has."""
    held = request_signatures.holder(session, now, signature, body)
    old, kind = x509.load_der_x509_certificate(held.der), Kind(held.kind)
    if kind in (Kind.OCSP, Kind.TSA):
        raise Refused("role-refused", "the centre renews its own services by itself")
    address = certificate_system(old)
    uri = profile.system_uri(address) if address else None
    return Order(key, old.subject, kind, certificate_iin(old), uri)


@router.post("/api/v1/invitations/{address}", tags=["issue"], dependencies=[OperatorOnly])
async def invite_system(address: str, bus: Bus) -> dict[str, str]:
    """A new one-time token for a system, and the root that its enrolment shall trust."""
    return json.loads(await invite(bus, address))  # type: ignore[no-any-return]


async def invite(bus: Runtime, address: str) -> str:
    """The content of an invitation's file."""
    token = secrets.token_urlsafe(32)
    await bus.write(lambda work: storage.invite(work.session, address, token))
    return json.dumps({"token": token, "root": bus.use(Authority).root_pem})


@router.get("/api/v1/certificates/{thumbprint}", tags=["certificates"])
async def certificate(thumbprint: str, bus: Bus) -> Response:
    """A certificate by its thumbprint (x5t#S256), PEM; ``certificate-unknown``."""
    found = await bus.read(lambda session: storage.get_certificate(session, thumbprint))
    return Response(found.public_bytes(Encoding.PEM), media_type="application/x-pem-file")
