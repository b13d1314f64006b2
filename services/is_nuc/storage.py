"""Issued certificates, revocations, invitations, and segments of the clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import Column, Index, LargeBinary, and_, delete, func, or_, select
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from shared.bus.clocks.clock import MAX_SEGMENTS
from shared.bus.clocks.segments import ClockSegment, Timeline
from shared.bus.errors import Conflict, NotFound, Untrusted
from shared.bus.persistence.database import insert_on_conflict
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.pki.certificates import keys
from shared.pki.certificates.authority import RevokedEntry
from shared.pki.certificates.profile import CertificateKind
from shared.pki.verification.check import certificate_system

MOST_SYSTEMS_SEARCHED = 5_000


class Base(SQLModel, registry=registry()):
    """The metadata of НУЦ."""


class CertificateRow(Base, table=True):
    """An issued certificate; ``reason`` and ``revoked_at`` are set by a revocation."""

    __tablename__ = "certificate"
    __table_args__ = (Index("ix_certificate_newest", "issued_at", "thumbprint"),)
    thumbprint: str = Field(primary_key=True, max_length=43)
    serial: str = Field(max_length=60, unique=True)
    kind: str = Field(max_length=30)
    der: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    issued_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    revoked_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    reason: str | None = Field(default=None, max_length=40)
    vouched_by: str | None = Field(default=None, max_length=43)
    """For an employee: the thumbprint of the vouching system's certificate."""


class VouchingSystemRow(Base, table=True):
    """A system that may vouch for employees of an organisation by the operator's word, beside those of the
    register of organisations.
    """

    __tablename__ = "vouching_system"
    office: str = Field(primary_key=True, max_length=100)
    system: str = Field(primary_key=True, max_length=100)
    added_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class EnrolmentTokenRow(Base, table=True):
    """A one-time invitation; only the token's hash is stored."""

    __tablename__ = "enrolment_token"
    address: str = Field(primary_key=True, max_length=100)
    token_hash: str = Field(max_length=64)
    used_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class RevocationRow(Base, table=True):
    """The order of revocations: the basis of delta lists, and how a second process notices a change."""

    __tablename__ = "revocation"
    serial: str = Field(primary_key=True, max_length=60)
    number: int = Field(index=True)


class InventedRevocationRow(Base, table=True):
    """A certificate that a test has revoked, on purpose: its revocation is on a list apart."""

    __tablename__ = "invented_revocation"
    serial: str = Field(primary_key=True, max_length=60)


class CrlRow(Base, table=True):
    """A full revocation list that was given out and may still be in use."""

    __tablename__ = "revocation_list"
    number: int = Field(primary_key=True)
    revision: int
    """The last revocation on the list."""
    next_update: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class NucCounterRow(Base, table=True):
    """Counters that only rise, over restarts and processes."""

    __tablename__ = "counter"
    name: str = Field(primary_key=True, max_length=30)
    value: int


class ClockSegmentRow(Base, table=True):
    """A segment of the bus's clock, in force from ``since`` until the next segment."""

    __tablename__ = "clock_line"
    version: int = Field(primary_key=True)
    since: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    told: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    rate: float


CRL_NUMBERS, REVOCATIONS, CLOCK = "list", "revocation", "clock"


def next_number(session: Session, name: str) -> int:
    """The next number of a counter; its row stays locked to the end of the transaction, so numbers commit in
    order.
    """
    table: Any = NucCounterRow.__table__  # type: ignore[attr-defined]
    first = insert_on_conflict(table, session.get_bind().dialect.name).values(name=name, value=1)
    raised = first.on_conflict_do_update(index_elements=["name"], set_={"value": table.c.value + 1})
    return int(session.execute(raised.returning(table.c.value)).scalar_one())


def last_revision(session: Session) -> int:
    """The number of the last revocation; 0 before the first."""
    counter = session.get(NucCounterRow, REVOCATIONS)
    return counter.value if counter else 0


def find_clock_segments(session: Session, after: int = 0, most: int = MAX_SEGMENTS) -> Timeline:
    """The segments after a version, the latest ``most`` of them, ordered by version."""
    newest = (
        select(ClockSegmentRow)
        .where(col(ClockSegmentRow.version) > after)
        .order_by(col(ClockSegmentRow.version).desc())
        .limit(most)
    )
    rows = list(session.execute(newest).scalars())
    return tuple(ClockSegment(row.version, row.since, row.told, row.rate) for row in reversed(rows))


def add_clock_segment(session: Session, segment: ClockSegment) -> None:
    """Store a segment; the database refuses a second one of the same version."""
    session.add(
        ClockSegmentRow(version=segment.version, since=segment.since, told=segment.told, rate=segment.rate)
    )


def open_timeline(session: Session, draw: Callable[[Timeline], ClockSegment | None]) -> Timeline:
    """See ``ServiceDefinition.open_timeline``; two processes that start at once agree on the first segment."""
    next_number(session, CLOCK)
    segments = find_clock_segments(session)
    segment = draw(segments)
    if segment is None:
        return segments
    add_clock_segment(session, segment)
    return (*segments, segment)


def add_certificate(
    session: Session, certificate: x509.Certificate, kind: str, now: datetime, vouched_by: str | None = None
) -> None:
    """Store an issued certificate; Conflict ``key-already-certified``, because one key has one serial number."""
    serial = str(certificate.serial_number)
    if session.execute(select(col(CertificateRow.serial)).where(col(CertificateRow.serial) == serial)).first():
        raise Conflict("key-already-certified", "this key has a certificate already: make a new key")
    row = CertificateRow(
        thumbprint=keys.certificate_thumbprint(certificate),
        serial=serial,
        kind=kind,
        der=certificate.public_bytes(Encoding.DER),
        issued_at=now,
        vouched_by=vouched_by,
    )
    session.add(row)


def ensure_certificate(session: Session, certificate: x509.Certificate, kind: str, now: datetime) -> None:
    """Store an issued certificate, unless it is stored already."""
    if session.get(CertificateRow, keys.certificate_thumbprint(certificate)) is None:
        add_certificate(session, certificate, kind, now)


def get_certificate(session: Session, thumbprint: str) -> x509.Certificate:
    """The certificate with this thumbprint; NotFound ``certificate-unknown``."""
    return x509.load_der_x509_certificate(get_row(session, thumbprint).der)


def find_by_serial(session: Session, serial: int) -> x509.Certificate | None:
    """The certificate with this serial number, which no two have."""
    query = select(col(CertificateRow.der)).where(col(CertificateRow.serial) == str(serial))
    der = session.execute(query).scalar()
    return None if der is None else x509.load_der_x509_certificate(der)


def find_system_by_sha1(session: Session, sha1: bytes) -> x509.Certificate | None:
    """The certificate of a system with this SHA-1 thumbprint, of the newest ``MOST_SYSTEMS_SEARCHED``."""
    query = select(col(CertificateRow.der)).where(col(CertificateRow.kind) == CertificateKind.SYSTEM.value)
    newest = session.execute(query.order_by(col(CertificateRow.issued_at).desc()).limit(MOST_SYSTEMS_SEARCHED))
    digest = hashlib.sha1
    der = next((der for der in newest.scalars() if digest(der).digest() == sha1), None)
    return None if der is None else x509.load_der_x509_certificate(der)


def find_first_certificate(session: Session) -> x509.Certificate | None:
    """The certificate that was issued first; None before any was."""
    oldest = select(col(CertificateRow.der)).order_by(col(CertificateRow.issued_at)).limit(1)
    der = session.execute(oldest).scalar()
    return None if der is None else x509.load_der_x509_certificate(der)


def revoke_certificate(
    session: Session, thumbprint: str, reason: x509.ReasonFlags, now: datetime, *, is_invented: bool = False
) -> int:
    """Revoke a certificate; returns the revision after it. A second revocation changes nothing. NotFound
    ``certificate-unknown``. ``is_invented``: a test wants the certificate revoked, which points to the list apart.
    """
    row = session.get(CertificateRow, thumbprint, with_for_update=True)
    if row is None:
        raise NotFound("certificate-unknown", "no certificate with this thumbprint")
    if row.revoked_at is not None:
        return last_revision(session)
    row.revoked_at, row.reason = now, reason.value
    number = next_number(session, REVOCATIONS)
    session.add_all([row, RevocationRow(serial=row.serial, number=number)])
    if is_invented:
        session.add(InventedRevocationRow(serial=row.serial))
    return number


def read_vouching_systems(session: Session) -> dict[str, set[str]]:
    """The systems that the operator has added, by office."""
    added: dict[str, set[str]] = {}
    for row in session.execute(select(VouchingSystemRow)).scalars():
        added.setdefault(row.office, set()).add(row.system)
    return added


def add_vouching_system(session: Session, office: str, system: str, now: datetime) -> None:
    """Let a system vouch for employees of an organisation; a second time changes nothing."""
    if session.get(VouchingSystemRow, (office, system)) is None:
        session.add(VouchingSystemRow(office=office, system=system, added_at=now))


def remove_vouching_system(session: Session, office: str, system: str) -> None:
    """Take the operator's word back, where the operator gave it."""
    session.execute(
        delete(VouchingSystemRow).where(
            col(VouchingSystemRow.office) == office, col(VouchingSystemRow.system) == system
        )
    )


def list_vouched(
    session: Session, address: str, place: ListPlace, before: datetime | None
) -> ListPage[CertificateRow]:
    """The certificates of employees for whom the system vouched, the newest first."""
    query = select(CertificateRow).where(col(CertificateRow.vouched_by).in_(_find_thumbprints(session, address)))
    if before is not None:
        query = query.where(col(CertificateRow.issued_at) < before)
    order = ListOrder((col(CertificateRow.issued_at), col(CertificateRow.thumbprint)))
    return order.read_page(query, place, select_rows(session))


def revoke_vouched(
    session: Session,
    address: str,
    reason: x509.ReasonFlags,
    now: datetime,
    *,
    since: datetime | None,
    and_own: bool,
) -> tuple[int, int]:
    """Revoke the certificates for which the system vouched, of those issued ``since``, and ``and_own`` its own;
    returns their number and the revision after it. All have one revision.
    """
    own = _find_thumbprints(session, address)
    is_meant: Any = col(CertificateRow.vouched_by).in_(own)
    if since is not None:
        is_meant = and_(is_meant, col(CertificateRow.issued_at) >= since)
    if and_own:
        is_meant = or_(is_meant, col(CertificateRow.thumbprint).in_(own))
    query = select(CertificateRow).where(is_meant, col(CertificateRow.revoked_at).is_(None)).with_for_update()
    rows = list(session.execute(query).scalars())
    if not rows:
        return 0, last_revision(session)
    number = next_number(session, REVOCATIONS)
    for row in rows:
        row.revoked_at, row.reason = now, reason.value
    session.add_all([RevocationRow(serial=row.serial, number=number) for row in rows])
    return len(rows), number


def _find_thumbprints(session: Session, address: str) -> list[str]:
    """The thumbprints of a system's certificates, the revoked ones too."""
    query = select(col(CertificateRow.thumbprint), col(CertificateRow.der)).where(
        col(CertificateRow.kind) == CertificateKind.SYSTEM.value
    )
    return [
        thumbprint
        for thumbprint, der in session.execute(query)
        if certificate_system(x509.load_der_x509_certificate(der)) == address
    ]


def is_revoked(session: Session, thumbprint: str) -> bool:
    """Whether the certificate is revoked; True also for an unknown thumbprint."""
    row = session.get(CertificateRow, thumbprint)
    return row is None or row.revoked_at is not None


def get_row(session: Session, thumbprint: str) -> CertificateRow:
    """The record of a certificate; NotFound ``certificate-unknown``."""
    row = session.get(CertificateRow, thumbprint)
    if row is None:
        raise NotFound("certificate-unknown", "no certificate with this thumbprint")
    return row


def find_by_serials(session: Session, serials: Iterable[int]) -> dict[int, CertificateRow]:
    """The records of the issued certificates among these serial numbers."""
    serial_texts = [str(serial) for serial in serials]
    rows = session.execute(select(CertificateRow).where(col(CertificateRow.serial).in_(serial_texts))).scalars()
    return {int(row.serial): row for row in rows}


def list_revoked(session: Session, since: int = -1, *, is_invented: bool = False) -> list[RevokedEntry]:
    """The revocations after the revision ``since``, the oldest first, by default all: the real ones, or those that
    tests have invented.
    """
    invented = col(InventedRevocationRow.serial)
    number = func.coalesce(RevocationRow.number, 0)  # revoked before revocations were numbered
    query: Any = (  # three labelled columns, which the type checker cannot follow
        select(
            col(CertificateRow.serial).label("serial"),
            col(CertificateRow.revoked_at).label("moment"),
            col(CertificateRow.reason).label("reason"),
        )
        .outerjoin(RevocationRow, col(RevocationRow.serial) == col(CertificateRow.serial))
        .outerjoin(InventedRevocationRow, invented == col(CertificateRow.serial))
        .where(
            col(CertificateRow.revoked_at).is_not(None),
            number > since,
            invented.is_not(None) if is_invented else invented.is_(None),
        )
        .order_by(number)
    )
    rows = session.execute(query).all()
    return [(int(row.serial), row.moment, x509.ReasonFlags(row.reason)) for row in rows]


def find_oldest_crl(session: Session, now: datetime) -> CrlRow | None:
    """The oldest full list in force: the base of the delta list; or None."""
    current = col(CrlRow.next_update) > now
    return session.execute(select(CrlRow).where(current).order_by(col(CrlRow.number)).limit(1)).scalar()


def add_crl(session: Session, row: CrlRow, now: datetime) -> None:
    """Store a full list, and delete lists that are no longer in force."""
    session.execute(delete(CrlRow).where(col(CrlRow.next_update) <= now))
    session.add(row)


def add_invitation(session: Session, address: str, token: str) -> None:
    """Let ``address`` enrol once with ``token``; an earlier invitation is void."""
    session.merge(EnrolmentTokenRow(address=address, token_hash=_hash_token(token), used_at=None))


def is_invited(session: Session, address: str) -> bool:
    """Whether an invitation was ever made for ``address``."""
    return session.get(EnrolmentTokenRow, address) is not None


def find_enrolled(session: Session, address: str, token: str, serial: int) -> x509.Certificate | None:
    """The certificate that an address got for this key with a token that is used up; None without one."""
    row = session.get(EnrolmentTokenRow, address)
    if row is None or row.token_hash != _hash_token(token) or row.used_at is None:
        return None
    query = select(CertificateRow).where(
        col(CertificateRow.serial) == str(serial), col(CertificateRow.issued_at) == row.used_at
    )
    issued = session.execute(query).scalar()
    return x509.load_der_x509_certificate(issued.der) if issued is not None else None


def use_token(session: Session, address: str, token: str, now: datetime) -> None:
    """Use up a token; Untrusted ``enrolment-token`` when it is unknown, for another address, or used."""
    row = session.get(EnrolmentTokenRow, address)
    if row is None or row.token_hash != _hash_token(token) or row.used_at is not None:
        raise Untrusted("enrolment-token", "the invitation does not exist or was used")
    row.used_at = now
    session.add(row)


def _hash_token(token: str) -> str:
    return sha256(token.encode()).hexdigest()
