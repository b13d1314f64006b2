"""Issuing certificates: the requested one, or the faulty one that a test has ordered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from services.is_nuc import storage
from services.is_nuc.authority.ca import IssuingAuthority
from services.is_nuc.authority.revocation_watch import RevocationWatch
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import issue_certificate, make_issuing, make_root
from shared.pki.certificates.keys import PublicKey
from shared.pki.certificates.profile import CertificateKind
from shared.pki.faults import OTHER_IIN, FaultArea, PkiFault
from shared.sandbox.fault_board import FaultBoard

YEAR = timedelta(days=365)


@dataclass(frozen=True)
class CertificateOrder:
    """The owner, the key and the kind of a certificate. ``iin`` None: a system's certificate, which no fault
    affects.
    """

    key: PublicKey
    subject: x509.Name
    kind: CertificateKind
    iin: str | None = None
    san_uri: str | None = None
    vouched_by: str | None = None
    """For an employee: the thumbprint of the vouching system's certificate."""


@dataclass(frozen=True)
class IssuedCertificate:
    """A certificate, the authority that it names as issuer, and the fault that was ordered for it."""

    certificate: x509.Certificate
    issuing: x509.Certificate
    root: x509.Certificate
    fault: PkiFault | None = None
    revision: int = 0


class ForeignAuthority:
    """An authority with НУЦ's names and other keys, made when a test first needs it."""

    def __init__(self) -> None:
        self._authority: IssuingAuthority | None = None
        self._founding = asyncio.Lock()

    async def get_authority(self, runtime: Runtime) -> IssuingAuthority:
        """The foreign authority; its RSA keys are made in a thread."""
        async with self._founding:
            if self._authority is None:
                own = runtime.resource(IssuingAuthority)
                self._authority = await runtime.compute(lambda: _make_foreign_authority(own))
            return self._authority


async def choose_fault(runtime: Runtime, order: CertificateOrder) -> PkiFault | None:
    """The fault of this certificate, by the owner's magic number or by an active fault; the call counts as an
    occasion."""
    board = runtime.resource(FaultBoard)
    magic = board.magic_subject(order.iin)
    if magic is not None and magic.fault.area is FaultArea.CERTIFICATE:
        return magic.fault
    return board.draw_fault(FaultArea.CERTIFICATE, order.iin) if order.iin else None


async def certify_order(runtime: Runtime, order: CertificateOrder) -> IssuedCertificate:
    """Issue the ordered certificate; Conflict ``key-already-certified``."""
    fault = await choose_fault(runtime, order)
    issuer = runtime.resource(IssuingAuthority)
    if fault is PkiFault.CERTIFICATE_WRONG_ISSUER:
        issuer = await runtime.resource(ForeignAuthority).get_authority(runtime)
    issued = await runtime.write(lambda uow: certify_in_transaction(uow, order, fault, issuer))
    runtime.resource(RevocationWatch).note_revision(issued.revision)
    return issued


def certify_in_transaction(
    uow: UnitOfWork, order: CertificateOrder, fault: PkiFault | None = None, issuer: IssuingAuthority | None = None
) -> IssuedCertificate:
    """`certify_order` within a running transaction."""
    issuer = issuer or uow.resource(IssuingAuthority)
    issuer.renew_when_due(uow.now)
    order = _apply_fault(order, fault)
    begin, end = _faulty_term(fault, issuer.certificate, uow.now)
    certificate = issue_certificate(
        issuer.key,
        issuer.certificate,
        order.key,
        order.subject,
        order.kind,
        uow.now,
        urls=issuer.urls.for_invented if fault is PkiFault.CERTIFICATE_REVOKED else issuer.urls,
        san_uri=order.san_uri,
        not_before=begin,
        not_after=end,
    )
    revision = 0
    if fault is not PkiFault.CERTIFICATE_WRONG_ISSUER:  # a foreign authority has no register here
        storage.add_certificate(uow.session, certificate, order.kind.value, uow.now, order.vouched_by)
    if fault is PkiFault.CERTIFICATE_REVOKED:
        reason = x509.ReasonFlags.key_compromise
        uow.session.flush()
        revision = storage.revoke_certificate(
            uow.session, keys.certificate_thumbprint(certificate), reason, uow.now, is_invented=True
        )
    if fault is PkiFault.CERTIFICATE_BROKEN_SIGNATURE:
        certificate = _break_signature(certificate)
    return IssuedCertificate(certificate, issuer.certificate, issuer.root, fault, revision)


def _apply_fault(order: CertificateOrder, fault: PkiFault | None) -> CertificateOrder:
    if fault is PkiFault.CERTIFICATE_WRONG_PURPOSE:
        return replace(order, kind=profile.other_usage(order.kind))
    if fault is PkiFault.CERTIFICATE_WRONG_IIN:
        return replace(order, subject=_replace_iin(order.subject))
    return order


def _faulty_term(
    fault: PkiFault | None, issuer: x509.Certificate, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """The term of a faulty certificate; an expired one stays within its issuer's term, so that its chain is
    valid.
    """
    if fault is PkiFault.CERTIFICATE_NOT_YET_VALID:
        return now + YEAR, now + 2 * YEAR
    if fault is PkiFault.CERTIFICATE_EXPIRED:
        begin = max(now - 2 * YEAR, issuer.not_valid_before_utc)
        return begin, begin + (now - begin) / 2
    return None, None


def _replace_iin(subject: x509.Name) -> x509.Name:
    other_number = x509.NameAttribute(NameOID.SERIAL_NUMBER, f"{profile.IIN_PREFIX}{OTHER_IIN}")
    return x509.Name(
        [other_number if attribute.oid == NameOID.SERIAL_NUMBER else attribute for attribute in subject]
    )


def _break_signature(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate with its last byte changed, which belongs to the signature."""
    der = certificate.public_bytes(Encoding.DER)
    return x509.load_der_x509_certificate(der[:-1] + bytes([der[-1] ^ 1]))


def _make_foreign_authority(own: IssuingAuthority) -> IssuingAuthority:
    """Authorities with the names and dates of ours and other keys."""
    root_key, key = keys.new_rsa_key(), keys.new_rsa_key()
    since = own.root.not_valid_before_utc
    root = make_root(root_key, since)
    return IssuingAuthority(key, make_issuing(root_key, root, key, since), root, own.urls)
