"""What the centre issued, revoked and invited."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Column, LargeBinary, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.errors import Conflict, NotFound, Untrusted
from shared.bus.tables import Moment
from shared.pki import keys
from shared.pki.authority import Revoked


class Base(SQLModel, registry=registry()):
    """НУЦ's own metadata."""


class CertificateRow(Base, table=True):
    __tablename__ = "certificate"
    thumbprint: str = Field(primary_key=True, max_length=43)
    serial: str = Field(max_length=60, unique=True)
    kind: str = Field(max_length=30)
    der: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    issued_at: datetime = Field(sa_column=Column(Moment, nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(Moment))
    reason: str | None = Field(default=None, max_length=40)


class TokenRow(Base, table=True):
    """A one-time invitation; only its hash is kept."""

    __tablename__ = "enrolment_token"
    address: str = Field(primary_key=True, max_length=100)
    token_hash: str = Field(max_length=64)
    used_at: datetime | None = Field(default=None, sa_column=Column(Moment))


def add_certificate(session: Session, certificate: x509.Certificate, kind: str, now: datetime) -> None:
    """Keep what was issued; Conflict ``key-already-certified``: one key, one serial number, one certificate."""
    serial = str(certificate.serial_number)
    if session.execute(select(col(CertificateRow.serial)).where(col(CertificateRow.serial) == serial)).first():
        raise Conflict("key-already-certified", "make a new key: this one has a certificate")
    row = CertificateRow(
        thumbprint=keys.thumbprint(certificate),
        serial=serial,
        kind=kind,
        der=certificate.public_bytes(Encoding.DER),
        issued_at=now,
    )
    session.add(row)


def get_certificate(session: Session, thumbprint: str) -> x509.Certificate:
    """NotFound ``certificate-unknown``."""
    row = session.get(CertificateRow, thumbprint)
    if row is None:
        raise NotFound("certificate-unknown", "no certificate with this thumbprint")
    return x509.load_der_x509_certificate(row.der)


def revoke(session: Session, thumbprint: str, reason: x509.ReasonFlags, now: datetime) -> None:
    """NotFound ``certificate-unknown``; a second revocation changes nothing."""
    row = session.get(CertificateRow, thumbprint)
    if row is None:
        raise NotFound("certificate-unknown", "no certificate with this thumbprint")
    if row.revoked_at is None:
        row.revoked_at, row.reason = now, reason.value
        session.add(row)


def is_revoked(session: Session, thumbprint: str) -> bool:
    row = session.get(CertificateRow, thumbprint)
    return row is None or row.revoked_at is not None


def revoked(session: Session) -> list[Revoked]:
    """Everything for the list of the revoked."""
    query = select(CertificateRow).where(col(CertificateRow.revoked_at).is_not(None))
    return [
        (int(row.serial), row.revoked_at, x509.ReasonFlags(row.reason))
        for row in session.execute(query).scalars()
        if row.revoked_at is not None
    ]


def invite(session: Session, address: str, token: str) -> None:
    """Let ``address`` enrol once with ``token``; an older invitation is void."""
    session.merge(TokenRow(address=address, token_hash=_hash(token), used_at=None))


def is_invited(session: Session, address: str) -> bool:
    return session.get(TokenRow, address) is not None


def use_token(session: Session, address: str, token: str, now: datetime) -> None:
    """Untrusted ``enrolment-token``: unknown, for another address, or used."""
    row = session.get(TokenRow, address)
    if row is None or row.token_hash != _hash(token) or row.used_at is not None:
        raise Untrusted("enrolment-token", "no such invitation, or it was used")
    row.used_at = now
    session.add(row)


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()
