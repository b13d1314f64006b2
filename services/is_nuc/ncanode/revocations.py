"""Whether a certificate is revoked, by НУЦ's own database, from which its OCSP and its lists are made too."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from sqlalchemy import select
from sqlmodel import Session, col

from services.is_nuc.ncanode.information import describe, is_trusted, moment
from services.is_nuc.ncanode.wire import CertificateInfo, Check, RevocationStatus
from services.is_nuc.storage import CertificateRow
from shared.bus.errors import Malformed
from shared.pki.certificates import keys
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.encoding.der import UNREADABLE
from shared.pki.faults import Area, Board
from shared.pki.verification.check import certificate_iin
from shared.pki.xml.keyinfo import IssuerSerial

_Told = tuple[RevocationStatus, bool]
"""What is told, and whether anything is known at all."""


@dataclass(frozen=True)
class Examiner:
    """Says of certificates what НУЦ knows at the moment `at`; `checks`: where the caller wants to be sure."""

    session: Session
    anchors: TrustAnchors
    at: datetime
    board: Board
    checks: Sequence[Check] = ()

    def examine(self, certificate: x509.Certificate) -> CertificateInfo:
        """CertificateInfo; valid when the chain, the term and each check that was asked hold.

        Malformed certificate-malformed when its names cannot be read.
        """
        try:
            return self._examined(certificate)
        except UNREADABLE:
            raise Malformed("certificate-malformed", "a certificate cannot be read") from None

    def _examined(self, certificate: x509.Certificate) -> CertificateInfo:
        row = self.session.get(CertificateRow, keys.thumbprint(certificate))
        asked = {Check.CRL: self._by_list, Check.OCSP: self._by_ocsp}
        told = [ask(certificate, row) for by, ask in asked.items() if by in self.checks]
        is_good = all(is_sure and not status.revoked for status, is_sure in told)
        is_valid = is_good and is_trusted(certificate, self.anchors, self.at)
        return describe(certificate, [status for status, _ in told], is_valid=is_valid)

    def _by_list(self, _: x509.Certificate, row: CertificateRow | None) -> _Told:
        """Whoever is not on the list is not revoked; a list that is away or unreadable says nothing."""
        if self.board.strike(Area.CRL) is not None:
            return _unknown(Check.CRL)
        return _revoked(Check.CRL, row) or (RevocationStatus(revoked=False, by=Check.CRL), True)

    def _by_ocsp(self, certificate: x509.Certificate, row: CertificateRow | None) -> _Told:
        iin = certificate_iin(certificate)
        subject = self.board.magic(iin)
        is_troubled = subject is not None and subject.fault.area is Area.OCSP
        if row is None or is_troubled or self.board.strike(Area.OCSP, iin, certificate.serial_number):
            return _unknown(Check.OCSP)
        return _revoked(Check.OCSP, row) or (RevocationStatus(revoked=False, by=Check.OCSP, reason="OK"), True)

    def known(self, named: IssuerSerial) -> x509.Certificate | None:
        """The certificate that is meant, when it is one of ours."""
        query = select(CertificateRow).where(col(CertificateRow.serial) == str(named.serial))
        row = self.session.execute(query).scalar()
        found = None if row is None else x509.load_der_x509_certificate(row.der)
        return found if found is not None and named.names(found) else None


def _unknown(by: Check) -> _Told:
    return RevocationStatus(revoked=False, by=by, reason="Unknown status"), False


def _revoked(by: Check, row: CertificateRow | None) -> _Told | None:
    if row is None or row.revoked_at is None:
        return None
    reason = _java_name(row.reason or x509.ReasonFlags.unspecified.value)
    when = moment(row.revoked_at.replace(microsecond=0))  # lists and OCSP know whole seconds
    return RevocationStatus(revoked=True, by=by, revocation_time=when, reason=reason), True


def _java_name(reason: str) -> str:
    """keyCompromise as Java's CRLReason prints it: KEY_COMPROMISE."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", reason).upper()
