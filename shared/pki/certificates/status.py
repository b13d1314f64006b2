"""How a certificate stands: not revoked, or since when and why; and how that became known."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from cryptography import x509


class StatusOrigin(StrEnum):
    """By what it became known whether a certificate is revoked."""

    OCSP = "ocsp"
    CRL = "crl"
    CRL_AND_DELTA = "crl+delta"
    KEPT = "kept"  # an answer that the document itself carries
    NONE_SOFT = "none-soft"  # nobody could tell, and the setting lets it pass
    UNASKED = "unasked"


class RevocationMode(StrEnum):
    """What becomes of a signature when neither OCSP nor a list can tell: held and tried again, or accepted."""

    HARD = "hard"
    SOFT = "soft"


@dataclass(frozen=True)
class CertificateRevocation:
    """When and why a certificate was revoked."""

    when: datetime
    reason: x509.ReasonFlags


@dataclass(frozen=True)
class CertificateStatus:
    """What was found out. `tried` are the codes of what could not tell before; `answer` is the OCSPResponse (DER)
    that told, when one did."""

    origin: StatusOrigin
    revocation: CertificateRevocation | None = None
    tried: tuple[str, ...] = ()
    answer: bytes | None = field(default=None, repr=False)


class RevocationSource(Protocol):
    """Whoever can tell how a certificate of `issuer` stands at the server's own moment `at`.

    Unavailable eds-revocation-unknown when it cannot be told now.
    """

    def certificate_status(
        self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime
    ) -> CertificateStatus: ...


STATUS_UNASKED = CertificateStatus(StatusOrigin.UNASKED)
