"""The status of a certificate: good, or revoked since when and why; and the source of the status."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cryptography import x509


class StatusOrigin(StrEnum):
    """The source of a certificate's status."""

    OCSP = "ocsp"
    CRL = "crl"
    CRL_AND_DELTA = "crl+delta"
    KEPT = "kept"  # an answer inside the document
    NONE_SOFT = "none-soft"  # no source could tell, and the setting accepts that
    UNASKED = "unasked"


class RevocationMode(StrEnum):
    """What happens to a signature when neither OCSP nor a list gives a status: HARD waits and tries again, SOFT
    accepts.
    """

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True)
class CertificateRevocation:
    """The moment and the reason of a revocation."""

    when: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True)
class CertificateStatus:
    """The status of a certificate. `tried` holds the codes of the sources that failed before; `answer` is the
    OCSPResponse (DER) that gave the status, if one did.
    """

    origin: StatusOrigin
    revocation: CertificateRevocation | None = None
    tried: tuple[str, ...] = ()
    answer: bytes | None = field(default=None, repr=False)


class RevocationSource(Protocol):
    """A source of the status of a certificate of `issuer` at the server's own moment `at`.

    Raises Unavailable eds-revocation-unknown when the source cannot tell now.
    """

    def certificate_status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> CertificateStatus: ...


STATUS_UNASKED = CertificateStatus(StatusOrigin.UNASKED)
