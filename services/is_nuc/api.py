"""The centre over HTTP: enrolment of systems, certificates of people and employees, the list of the revoked."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from hashlib import sha256
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fastapi import APIRouter, Header, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from services.is_nuc import domain, local_tls, storage
from services.is_nuc.ca import Authority
from services.is_nuc.settings import NucSettings
from shared.bus import jws
from shared.bus.errors import Refused, Untrusted
from shared.bus.http import Bus, OperatorOnly
from shared.bus.runtime import Runtime
from shared.bus.work import Work
from shared.pki import keys, profile
from shared.pki.authority import issue, make_crl
from shared.pki.check import certificate_system
from shared.pki.profile import Kind

router = APIRouter()
router.include_router(local_tls.router)

Csr = Annotated[str, Field(min_length=1, max_length=20_000)]


class SystemRequest(BaseModel):
    """A system's request with its one-time token."""

    model_config = ConfigDict(extra="forbid")

    address: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,90}$")]
    token: Annotated[str, Field(max_length=200)]
    csr: Csr


class PersonRequest(BaseModel):
    """A PKCS #10 request in PEM; its subject names the person (and for an employee the organisation)."""

    model_config = ConfigDict(extra="forbid")

    csr: Csr


class Revocation(BaseModel):
    """A certificate to revoke, by its thumbprint, and why."""

    model_config = ConfigDict(extra="forbid")

    thumbprint: Annotated[str, Field(max_length=43)]
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified


class Issued(BaseModel):
    """A certificate and the authority that issued it, both PEM, and the thumbprint (x5t#S256)."""

    certificate: str
    issuing: str
    thumbprint: str


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

    def certify(work: Work) -> Issued:
        storage.use_token(work.session, request.address, request.token, work.now)
        return _issue(work, csr, subject, Kind.SYSTEM, address=request.address)

    return await bus.write(certify)


@router.post("/api/v1/people", tags=["issue"], status_code=status.HTTP_201_CREATED)
async def certify_person(request: PersonRequest, bus: Bus) -> Issued:
    """Certify a citizen's key. The sandbox's counter believes the name; ``counter-closed`` when it is not open."""
    if not bus.use(NucSettings).issues_to_people:
        raise Refused("counter-closed", "certificates of people are not issued here")
    csr = domain.read_csr(request.csr)
    human = domain.human(csr)
    subject = profile.person(human.iin, human.surname, human.name, human.patronymic)
    return await bus.write(lambda work: _issue(work, csr, subject, Kind.INDIVIDUAL))


@router.post("/api/v1/employees", tags=["issue"], status_code=status.HTTP_201_CREATED)
async def certify_employee(
    http: Request, request: PersonRequest, bus: Bus, x_signature: Annotated[str, Header()] = ""
) -> Issued:
    """Certify an employee on the word of his employer's enrolled system, which signs the request's body (JWS)."""
    body = await http.body()
    await bus.read(lambda session: _prove_employer(session, bus.use(NucSettings), x_signature, body))
    csr = domain.read_csr(request.csr)
    human, (organisation, bin_) = domain.human(csr), domain.employer(csr)
    subject = profile.employee(
        human.iin, human.surname, human.name, human.patronymic, organisation=organisation, bin_=bin_
    )
    return await bus.write(lambda work: _issue(work, csr, subject, Kind.EMPLOYEE))


@router.get("/api/v1/certificates/{thumbprint}", tags=["certificates"])
async def certificate(thumbprint: str, bus: Bus) -> Response:
    """A certificate by its thumbprint (x5t#S256), PEM; ``certificate-unknown``."""
    found = await bus.read(lambda session: storage.get_certificate(session, thumbprint))
    return Response(found.public_bytes(Encoding.PEM), media_type="application/x-pem-file")


@router.get("/crl", tags=["revocation"])
async def crl(bus: Bus) -> Response:
    """The full list of the revoked, DER (RFC 5280)."""
    authority, minutes = bus.use(Authority), bus.use(NucSettings).crl_minutes
    entries = await bus.read(storage.revoked)
    now = bus.now
    made = make_crl(
        authority.key,
        authority.certificate,
        entries,
        number=int(now.timestamp()),
        now=now,
        next_update=now + timedelta(minutes=minutes),
    )
    return Response(made.public_bytes(Encoding.DER), media_type="application/pkix-crl")


@router.post("/api/v1/revocations", tags=["revocation"], status_code=204, dependencies=[OperatorOnly])
async def revoke(request: Revocation, bus: Bus) -> None:
    """Revoke a certificate; ``certificate-unknown``."""
    await bus.write(lambda work: storage.revoke(work.session, request.thumbprint, request.reason, work.now))


@router.post("/api/v1/invitations/{address}", tags=["issue"], dependencies=[OperatorOnly])
async def invite_system(address: str, bus: Bus) -> dict[str, str]:
    """A new one-time token for a system, and the root that its enrolment shall trust."""
    return json.loads(await invite(bus, address))  # type: ignore[no-any-return]


async def invite(bus: Runtime, address: str) -> str:
    """The content of an invitation's file."""
    token = secrets.token_urlsafe(32)
    await bus.write(lambda work: storage.invite(work.session, address, token))
    return json.dumps({"token": token, "root": bus.use(Authority).root_pem})


def _issue(
    work: Work,
    csr: x509.CertificateSigningRequest,
    subject: x509.Name,
    kind: Kind,
    address: str | None = None,
) -> Issued:
    authority = work.use(Authority)
    uri = profile.system_uri(address) if address else None
    made = issue(
        authority.key, authority.certificate, domain.public_key(csr), subject, kind, work.now, san_uri=uri
    )
    storage.add_certificate(work.session, made, kind.value, work.now)
    pem = made.public_bytes(Encoding.PEM).decode()
    return Issued(certificate=pem, issuing=authority.pem, thumbprint=keys.thumbprint(made))


def _prove_employer(session: Session, settings: NucSettings, signature: str, body: bytes) -> None:
    """Untrusted unless a system that employs people, not revoked, signed these bytes for us."""
    token = jws.parse(signature)
    certificate = storage.get_certificate(session, token.thumbprint)
    jws.verify(token, keys.strong(certificate), body)
    is_employer = certificate_system(certificate) in settings.employers.split(",")
    if not is_employer or token.claims.get("to") != "is_nuc" or storage.is_revoked(session, token.thumbprint):
        raise Untrusted("employer-unknown", "not signed by a system that employs people")
