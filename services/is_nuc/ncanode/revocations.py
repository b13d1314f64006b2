"""Whether a certificate is revoked, by НУЦ's own database, from which its OCSP and its lists are made too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from sqlmodel import Session

from services.is_nuc import storage
from services.is_nuc.ncanode.information import describe_certificate, format_moment, is_trusted
from services.is_nuc.ncanode.wire import CertificateInfo, RevocationCheckSource, RevocationStatus
from services.is_nuc.storage import CertificateRow
from shared.bus.errors import Malformed
from shared.pki.certificates import keys
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.encoding.der import UNREADABLE
from shared.pki.faults import FaultArea
from shared.pki.verification.check import certificate_iin
from shared.pki.xml.keyinfo import CertificateName
from shared.sandbox.fault_board import FaultBoard

_StatusAnswer = tuple[RevocationStatus, bool]
"""The status for the answer, and whether the source knows the certificate's status."""


@dataclass(frozen=True)
class CertificateExaminer:
    """Describes certificates by НУЦ's database at the moment `at`; `checks` are the sources that the caller wants
    checked.
    """

    session: Session
    anchors: TrustAnchors
    at: datetime
    board: FaultBoard
    checks: Sequence[RevocationCheckSource] = ()

    def examine_certificate(self, certificate: x509.Certificate) -> CertificateInfo:
        """The CertificateInfo; ``valid`` when the chain, the term and every requested check are good.

        Malformed certificate-malformed when a name in the certificate cannot be read.
        """
        try:
            return self._examine_readable(certificate)
        except UNREADABLE:
            raise Malformed("certificate-malformed", "a certificate cannot be read") from None

    def _examine_readable(self, certificate: x509.Certificate) -> CertificateInfo:
        row = self.session.get(CertificateRow, keys.certificate_thumbprint(certificate))
        lookups = {RevocationCheckSource.CRL: self._check_list, RevocationCheckSource.OCSP: self._check_ocsp}
        answers = [look_up(certificate, row) for source, look_up in lookups.items() if source in self.checks]
        is_good = all(is_sure and not status.revoked for status, is_sure in answers)
        is_valid = is_good and is_trusted(certificate, self.anchors, self.at)
        return describe_certificate(certificate, [status for status, _ in answers], is_valid=is_valid)

    def _check_list(self, _: x509.Certificate, row: CertificateRow | None) -> _StatusAnswer:
        """The status by the revocation list: a certificate outside the list is not revoked; an unavailable or
        unreadable list says nothing.
        """
        if self.board.draw_fault(FaultArea.CRL) is not None:
            return _unknown_status(RevocationCheckSource.CRL)
        return _revoked_status(RevocationCheckSource.CRL, row) or (
            RevocationStatus(revoked=False, by=RevocationCheckSource.CRL),
            True,
        )

    def _check_ocsp(self, certificate: x509.Certificate, row: CertificateRow | None) -> _StatusAnswer:
        iin = certificate_iin(certificate)
        subject = self.board.magic_subject(iin)
        is_troubled = subject is not None and subject.fault.area is FaultArea.OCSP
        if row is None or is_troubled or self.board.draw_fault(FaultArea.OCSP, iin, certificate.serial_number):
            return _unknown_status(RevocationCheckSource.OCSP)
        return _revoked_status(RevocationCheckSource.OCSP, row) or (
            RevocationStatus(revoked=False, by=RevocationCheckSource.OCSP, reason="OK"),
            True,
        )

    def find_issued(self, name: CertificateName) -> x509.Certificate | None:
        """The certificate with this name, if НУЦ issued it; else None."""
        certificate = storage.find_by_serial(self.session, name.serial)
        return certificate if certificate is not None and name.names_certificate(certificate) else None


def _unknown_status(source: RevocationCheckSource) -> _StatusAnswer:
    return RevocationStatus(revoked=False, by=source, reason="Unknown status"), False


def _revoked_status(source: RevocationCheckSource, row: CertificateRow | None) -> _StatusAnswer | None:
    if row is None or row.revoked_at is None:
        return None
    reason = _java_name(row.reason or x509.ReasonFlags.unspecified.value)
    when = format_moment(row.revoked_at.replace(microsecond=0))  # lists and OCSP know whole seconds
    return RevocationStatus(revoked=True, by=source, revocation_time=when, reason=reason), True


def _java_name(reason: str) -> str:
    """keyCompromise as Java's CRLReason prints it: KEY_COMPROMISE."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", reason).upper()
