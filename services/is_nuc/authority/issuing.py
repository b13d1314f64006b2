"""Issuing: the certificate that is asked for, or the faulty one that a test has ordered instead."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from services.is_nuc import storage
from services.is_nuc.authority.ca import Authority
from services.is_nuc.authority.revocation_watch import Watch
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import Work
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import issue, make_issuing, make_root
from shared.pki.certificates.keys import PublicKey
from shared.pki.certificates.profile import Kind
from shared.pki.faults import OTHER_IIN, Area, Board, Fault

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Order:
    """Whose certificate is wanted, for which key. ``iin`` None: a system's, which no trouble touches."""

    key: PublicKey
    subject: x509.Name
    kind: Kind
    iin: str | None = None
    san_uri: str | None = None


@dataclass(frozen=True)
class Made:
    """A certificate with the authority that it names as its issuer, and the trouble that was ordered for it."""

    certificate: x509.Certificate
    issuing: x509.Certificate
    root: x509.Certificate
    fault: Fault | None = None
    revision: int = 0


class Stranger:
    """A centre with our names and keys of its own, founded when a test first wants it."""

    def __init__(self) -> None:
        self._authority: Authority | None = None
        self._founding = asyncio.Lock()

    async def of(self, bus: Runtime) -> Authority:
        """The strange authority; its RSA keys take a moment, beside the loop."""
        async with self._founding:
            if self._authority is None:
                own = bus.use(Authority)
                self._authority = await bus.compute(lambda: _strange(own))
            return self._authority


async def fault_of(bus: Runtime, order: Order) -> Fault | None:
    """The trouble with this certificate, by its owner's magic number or by a rule; asking is an occasion."""
    board = bus.use(Board)
    magic = board.magic(order.iin)
    if magic is not None and magic.fault.area is Area.CERTIFICATE:
        return magic.fault
    return board.strike(Area.CERTIFICATE, order.iin) if order.iin else None


async def certify(bus: Runtime, order: Order) -> Made:
    """Issue what is ordered; Conflict ``key-already-certified``."""
    fault = await fault_of(bus, order)
    issuer = bus.use(Authority)
    if fault is Fault.CERTIFICATE_WRONG_ISSUER:
        issuer = await bus.use(Stranger).of(bus)
    made = await bus.write(lambda work: certify_in(work, order, fault, issuer))
    bus.use(Watch).saw(made.revision)
    return made


def certify_in(work: Work, order: Order, fault: Fault | None = None, issuer: Authority | None = None) -> Made:
    """The same within a transaction that is under way."""
    issuer = issuer or work.use(Authority)
    order = _troubled(order, fault)
    begin, end = _term(fault, issuer.certificate, work.now)
    certificate = issue(
        issuer.key,
        issuer.certificate,
        order.key,
        order.subject,
        order.kind,
        work.now,
        urls=issuer.urls,
        san_uri=order.san_uri,
        not_before=begin,
        not_after=end,
    )
    revision = 0
    if fault is not Fault.CERTIFICATE_WRONG_ISSUER:  # a strange centre keeps no register here
        storage.add_certificate(work.session, certificate, order.kind.value, work.now)
    if fault is Fault.CERTIFICATE_REVOKED:
        reason = x509.ReasonFlags.key_compromise
        work.session.flush()
        revision = storage.revoke(work.session, keys.thumbprint(certificate), reason, work.now)
    if fault is Fault.CERTIFICATE_BROKEN_SIGNATURE:
        certificate = _broken(certificate)
    return Made(certificate, issuer.certificate, issuer.root, fault, revision)


def _troubled(order: Order, fault: Fault | None) -> Order:
    if fault is Fault.CERTIFICATE_WRONG_PURPOSE:
        return replace(order, kind=profile.other_usage(order.kind))
    if fault is Fault.CERTIFICATE_WRONG_IIN:
        return replace(order, subject=_renumbered(order.subject))
    return order


def _term(fault: Fault | None, issuer: x509.Certificate, now: datetime) -> tuple[datetime | None, datetime | None]:
    """The term of a faulty certificate; an expired one lies within its issuer's, or it would lack a chain too."""
    if fault is Fault.CERTIFICATE_NOT_YET_VALID:
        return now + YEAR, now + 2 * YEAR
    if fault is Fault.CERTIFICATE_EXPIRED:
        begin = max(now - 2 * YEAR, issuer.not_valid_before_utc)
        return begin, begin + (now - begin) / 2
    return None, None


def _renumbered(subject: x509.Name) -> x509.Name:
    other = x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{profile.IIN_PREFIX}{OTHER_IIN}")
    return x509.Name([other if one.oid == NameOID.SERIAL_NUMBER else one for one in subject])


def _broken(certificate: x509.Certificate) -> x509.Certificate:
    """The same with another last byte, which is the signature's."""
    der = certificate.public_bytes(Encoding.DER)
    return x509.load_der_x509_certificate(der[:-1] + bytes([der[-1] ^ 1]))


def _strange(own: Authority) -> Authority:
    """Authorities named and dated as ours, over other keys."""
    root_key, key = keys.new_rsa_key(), keys.new_rsa_key()
    since = own.root.not_valid_before_utc
    root = make_root(root_key, since)
    return Authority(key, make_issuing(root_key, root, key, since), root, own.urls)
