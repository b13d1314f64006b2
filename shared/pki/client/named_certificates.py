"""Certificates that a signature names and does not carry, from НУЦ's register."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography import x509

from shared.pki.client.wire import NucConnection
from shared.pki.verification.revocation_lists import Seconds
from shared.pki.xml.keyinfo import CertificateName, Sha1Thumbprint

FORGET_UNKNOWN_SECONDS = 2.0
MOST_UNKNOWN = MOST_KNOWN = 10_000
MOST_CERTIFICATE = 64 * 1024
LONGEST_DIGEST = 20


@dataclass
class UnknownNames:
    """What НУЦ did not know a moment ago: it is not asked again at once, whatever strangers send."""

    seconds: Seconds
    _missed_at: dict[str, float] = field(default_factory=dict)

    def __contains__(self, name: str) -> bool:
        missed_at = self._missed_at.get(name)
        return missed_at is not None and self.seconds() - missed_at < FORGET_UNKNOWN_SECONDS

    def add(self, name: str) -> None:
        """Remember the name for two seconds of the machine."""
        if len(self._missed_at) > MOST_UNKNOWN:
            self._missed_at.clear()
        self._missed_at[name] = self.seconds()


@dataclass
class NamedCertificates:
    """A `CertificateLookup` over НУЦ's register, which keeps what it has found.

    Synchronous and safe for threads. The certificate is as НУЦ gave it, whatever its chain, term and status.
    Unavailable ``directory-unavailable``.
    """

    wire: NucConnection
    unknown: UnknownNames
    _known: dict[str, x509.Certificate] = field(default_factory=dict)

    def __call__(self, name: CertificateName) -> x509.Certificate | None:
        path = _path_of(name)
        certificate = self._known.get(path) or self._fetch(path)
        return certificate if certificate is not None and name.names_certificate(certificate) else None

    def _fetch(self, path: str) -> x509.Certificate | None:
        answer = None if path in self.unknown else self.wire.get(path, MOST_CERTIFICATE)
        if answer is None:
            self.unknown.add(path)
            return None
        if len(self._known) > MOST_KNOWN:
            self._known.clear()
        certificate = self._known[path] = x509.load_pem_x509_certificate(answer)
        return certificate


def _path_of(name: CertificateName) -> str:
    """Where НУЦ has the certificate of this name."""
    if isinstance(name, Sha1Thumbprint):
        return f"/api/v1/sha1-thumbprints/{name.digest[:LONGEST_DIGEST].hex()}"
    return f"/api/v1/serial-numbers/{name.serial:x}"
