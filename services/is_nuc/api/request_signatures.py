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
    session: Session, now: datetime, signature: str, body: bytes, *, allowed: Collection[str]
) -> x509.Certificate:
    """The certificate of the employing system that signed the body; Untrusted ``employer-unknown``."""
    token, row, certificate = _verify_signature(session, signature, body)
    is_employer = certificate_system(certificate) in allowed
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

    The signing key is that of the certificate, or of another valid certificate with the same name; else Untrusted
    ``holder-unproved``.
    """
    row = verify_holder(session, now, signature, body)
    if row.thumbprint == thumbprint:
        return
    own_certificate, target_certificate = (
        x509.load_der_x509_certificate(row.der),
        storage.get_certificate(session, thumbprint),
    )
    if certificate_iin(own_certificate) is None or own_certificate.subject != target_certificate.subject:
        raise Untrusted("holder-unproved", "the signer does not own the certificate")


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
