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
from shared.pki import keys
from shared.pki.chain import TrustAnchors
from shared.pki.keyinfo import IssuerSerial


@dataclass(frozen=True)
class Examiner:
    """Says of certificates what НУЦ knows at the moment `at`; `checks`: where the caller wants to be sure."""

    session: Session
    anchors: TrustAnchors
    at: datetime
    checks: Sequence[Check] = ()

    def examine(self, certificate: x509.Certificate) -> CertificateInfo:
        """CertificateInfo; valid when the chain, the term and each check that was asked hold."""
        row = self.session.get(CertificateRow, keys.thumbprint(certificate))
        told = [_status(by, row) for by in (Check.CRL, Check.OCSP) if by in self.checks]
        is_known = row is not None or Check.OCSP not in self.checks
        is_good = is_known and not any(one.revoked for one in told)
        is_valid = is_good and is_trusted(certificate, self.anchors, self.at)
        return describe(certificate, told, is_valid=is_valid)

    def known(self, named: IssuerSerial) -> x509.Certificate | None:
        """The certificate that is meant, when it is one of ours."""
        query = select(CertificateRow).where(col(CertificateRow.serial) == str(named.serial))
        row = self.session.execute(query).scalar()
        found = None if row is None else x509.load_der_x509_certificate(row.der)
        return found if found is not None and named.names(found) else None


def _status(by: Check, row: CertificateRow | None) -> RevocationStatus:
    if row is not None and row.revoked_at is not None:
        reason = _java_name(row.reason or x509.ReasonFlags.unspecified.value)
        return RevocationStatus(revoked=True, by=by, revocation_time=moment(row.revoked_at), reason=reason)
    if by is Check.CRL:
        return RevocationStatus(revoked=False, by=by)
    return RevocationStatus(revoked=False, by=by, reason="OK" if row is not None else "Unknown status")


def _java_name(reason: str) -> str:
    """keyCompromise as Java's CRLReason prints it: KEY_COMPROMISE."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", reason).upper()
