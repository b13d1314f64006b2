"""The signature of a request to НУЦ: a detached JWS over the exact bytes of the body, addressed to НУЦ."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from cryptography import x509
from sqlmodel import Session

from services.is_nuc import storage
from services.is_nuc.storage import CertificateRow
from shared.bus.errors import Untrusted
from shared.bus.messages import jws
from shared.contracts.addresses import NUC
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateKind
from shared.pki.verification.check import certificate_iin, certificate_system


def verify_employer(
    session: Session, now: datetime, signature: str, body: bytes, *, employers: Collection[str]
) -> x509.Certificate:
    """The certificate of the one of these systems that signed the body; Untrusted ``employer-unknown``."""
    token, row, certificate = _verify_signature(session, signature, body)
    is_employer = certificate_system(certificate) in employers
    if not is_employer or token.claims.get("to") != NUC or not _is_valid(row, certificate, now):
        raise Untrusted("employer-unknown", "not signed by a system that employs people")
    return certificate


def verify_holder(
    session: Session, now: datetime, signature: str, body: bytes, *, may_be_late: bool = False
) -> CertificateRow:
    """The record of the valid certificate whose key signed the body; Untrusted ``holder-unproved``.

    ``may_be_late``: a system's certificate may have ended; not be revoked.
    """
    token, row, certificate = _verify_signature(session, signature, body)
    is_late = may_be_late and row.kind == CertificateKind.SYSTEM and row.revoked_at is None
    if token.claims.get("to") != NUC or not (is_late or _is_valid(row, certificate, now)):
        raise Untrusted("holder-unproved", "not signed for the centre by the key of a valid certificate")
    return row


def verify_owner(session: Session, now: datetime, signature: str, body: bytes, thumbprint: str) -> None:
    """Check that the signer of the body owns the certificate ``thumbprint``.

    The signing key is that of the certificate, or of another valid certificate with the same name that the same
    system vouched for, or that of the system that vouched for an employee; else Untrusted ``holder-unproved``.
    """
    row = verify_holder(session, now, signature, body)
    if row.thumbprint == thumbprint:
        return
    target = storage.get_row(session, thumbprint)
    own, other = (x509.load_der_x509_certificate(known.der) for known in (row, target))
    voucher = find_voucher(session, target)
    is_namesake = certificate_iin(own) is not None and own.subject == other.subject
    is_own = is_namesake and find_voucher(session, row) == voucher
    is_own_employee = voucher is not None and certificate_system(own) == voucher
    if not (is_own or is_own_employee):
        raise Untrusted("holder-unproved", "the signer does not own the certificate")


def find_voucher(session: Session, row: CertificateRow) -> str | None:
    """The system that vouched for an employee; None for a certificate that needed no such word."""
    if row.vouched_by is None:
        return None
    return certificate_system(storage.get_certificate(session, row.vouched_by))


def _verify_signature(
    session: Session, signature: str, body: bytes
) -> tuple[jws.JwsToken, CertificateRow, x509.Certificate]:
    """The token, record and certificate of a valid signature; NotFound ``certificate-unknown``."""
    token = jws.parse(signature)
    row = storage.get_row(session, token.thumbprint)
    certificate = x509.load_der_x509_certificate(row.der)
    jws.verify(token, keys.strong_key(certificate), body)
    return token, row, certificate


def _is_valid(row: CertificateRow, certificate: x509.Certificate, now: datetime) -> bool:
    return row.revoked_at is None and certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
