"""The key with which ШЭП signs its SOAP answers: RSA, as WS-Security clients of the real gateway expect."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from cryptography import x509

from shared.bus.errors import NotFound
from shared.bus.messages.trust import SystemIdentity
from shared.bus.runtime.readiness import SYSTEM_WARNING, CertificateTerm
from shared.pki.certificates import keys
from shared.pki.client.enrolment import certify_another_key, read_enrolment
from shared.pki.client.renewal import is_renewal_due
from shared.pki.xml.wsse import sign_body

KEY_FILE, CERTIFICATE_FILE = "soap.key", "soap.crt"


@dataclass(frozen=True)
class AnswerKey:
    """A key and its certificate."""

    key: keys.PrivateKey
    certificate: x509.Certificate

    def sign_envelope(self, envelope: bytes) -> bytes:
        """The envelope with its Body signed, and the whole certificate in the signature."""
        return sign_body(envelope, self.key, self.certificate)


@dataclass
class AnswerKeys:
    """The key of the SOAP answers in ШЭП's folder; made, and certified by НУЦ, at the first call."""

    home: Path
    nuc_url: str
    identity: SystemIdentity
    _current: AnswerKey | None = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def fetch(self) -> AnswerKey:
        """The key; Unavailable ``directory-unavailable`` when НУЦ does not certify a new one now."""
        if self._current is None:
            async with self._lock:
                self._current = self._current or self._read_key() or await self._make_key()
        return self._current

    async def renew_due(self, now: datetime) -> None:
        """Make a new key in the second half of the term of the present one; none before the first call.

        A renewal by another replica is taken over. Raises as ``fetch``.
        """
        async with self._lock:
            present = self._current or self._read_key()
            if present is None or not is_renewal_due(present.certificate, now):
                return
            stored = self._read_key()
            is_stored = stored is not None and not is_renewal_due(stored.certificate, now)
            self._current = stored if is_stored else await self._make_key()

    @property
    def terms(self) -> Iterable[CertificateTerm]:
        """The term of the key in use, for readiness and metrics."""
        if self._current is not None:
            yield CertificateTerm("soap-answers", self._current.certificate.not_valid_after_utc, SYSTEM_WARNING)

    def _read_key(self) -> AnswerKey | None:
        files = (self.home / KEY_FILE, self.home / CERTIFICATE_FILE)
        if not all(file.exists() for file in files):
            return None
        key, certificate = (file.read_bytes() for file in files)
        read = AnswerKey(keys.load_key(key, is_own=True), x509.load_pem_x509_certificate(certificate))
        is_pair = read.key.public_key() == read.certificate.public_key()  # a crash may part the two files
        return read if is_pair else None

    async def _make_key(self) -> AnswerKey:
        enrolled = read_enrolment(self.home, self.identity.address)
        if enrolled is None:
            raise NotFound("not-enrolled", "ШЭП has no certificate of its own")
        key = await asyncio.to_thread(keys.new_rsa_key)
        pem = await certify_another_key(self.identity, enrolled.certificate.subject, key, self.nuc_url)
        keys.write_private(self.home / KEY_FILE, keys.to_pem(key))
        keys.write_private(self.home / CERTIFICATE_FILE, pem)
        return AnswerKey(key, x509.load_pem_x509_certificate(pem))
