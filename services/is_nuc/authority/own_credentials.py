"""The centre's own services, the OCSP responder and the time-stamping authority: their keys and certificates."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from services.is_nuc import storage
from services.is_nuc.authority.ca import RENEW_BEFORE, Authority
from services.is_nuc.authority.ocsp_responder import Signer
from services.is_nuc.authority.stamper import Stamper
from shared.bus.runtime.service_runtime import Runtime
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import issue
from shared.pki.certificates.profile import Kind


@dataclass(frozen=True)
class Desk:
    """One of the centre's own services: its key, and the certificate by which others believe it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def is_near_its_end(self, now: datetime) -> bool:
        return now > self.certificate.not_valid_after_utc - RENEW_BEFORE


class Desks:
    """The OCSP responder and the time-stamping authority of a folder, renewed a month before their end.

    Their keys are P-256: an RSA key costs a quarter of the time in which the whole bus must be up.
    """

    def __init__(self, home: Path, authority: Authority, now: datetime) -> None:
        self._home = home
        self._renewing = asyncio.Lock()
        self._authority = authority
        self._ocsp = self._open("ocsp", Kind.OCSP, now)
        self._tsa = self._open("tsa", Kind.TSA, now)

    @property
    def responder(self) -> Signer:
        return Signer(self._ocsp.key, self._ocsp.certificate)

    @property
    def stamper(self) -> Stamper:
        return Stamper(self._tsa.key, self._tsa.certificate)

    async def keep_in_order(self, bus: Runtime) -> None:
        """Renew what nears its end, before it is used; the register knows of it first."""
        if not self._are_old(bus.now):
            return
        async with self._renewing:
            if self._are_old(bus.now):
                await bus.compute(lambda: self._renew(bus.now))
                await self.register(bus)

    async def register(self, bus: Runtime) -> None:
        """Enter both certificates in the register, so that others may ask about them."""
        for kind, certificate in ((Kind.OCSP, self._ocsp.certificate), (Kind.TSA, self._tsa.certificate)):
            await bus.write(lambda work, k=kind, c=certificate: storage.enter(work.session, c, k.value, work.now))  # type: ignore[misc]

    def _are_old(self, now: datetime) -> bool:
        return self._ocsp.is_near_its_end(now) or self._tsa.is_near_its_end(now)

    def _renew(self, now: datetime) -> None:
        """New keys and certificates for whichever is near its end; what the old ones signed stays signed."""
        if self._ocsp.is_near_its_end(now):
            self._ocsp = self._make("ocsp", Kind.OCSP, now)
        if self._tsa.is_near_its_end(now):
            self._tsa = self._make("tsa", Kind.TSA, now)

    def _open(self, name: str, kind: Kind, now: datetime) -> Desk:
        key_file, certificate_file = (self._home / f"{name}.{end}" for end in ("key", "crt"))
        if not (key_file.exists() and certificate_file.exists()):
            return self._make(name, kind, now)
        key = keys.load_key(key_file.read_bytes())
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we wrote it
        kept = Desk(key, x509.load_pem_x509_certificate(certificate_file.read_bytes()))
        is_whole = kept.certificate.public_key() == key.public_key()  # else a renewal was cut in two
        return kept if is_whole and not kept.is_near_its_end(now) else self._make(name, kind, now)

    def _make(self, name: str, kind: Kind, now: datetime) -> Desk:
        key, authority = keys.new_ec_key(), self._authority
        subject = profile.authority(f"EGOV-BUS {kind.upper()}")
        certificate = issue(
            authority.key, authority.certificate, key.public_key(), subject, kind, now, urls=authority.urls
        )
        keys.write_private(self._home / f"{name}.key", keys.pem(key))
        keys.write_private(self._home / f"{name}.crt", certificate.public_bytes(Encoding.PEM))
        return Desk(key, certificate)
