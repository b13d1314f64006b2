"""The keys and certificates of НУЦ's own services: the OCSP responder and the time-stamping authority."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from services.is_nuc import storage
from services.is_nuc.authority.ca import RENEW_BEFORE, IssuingAuthority, RootCrl
from services.is_nuc.authority.ocsp_responder import OcspSigner
from services.is_nuc.authority.stamper import TsaSigner
from shared.bus.messages.trust import SystemCredential, SystemIdentity
from shared.bus.persistence.database import Database
from shared.bus.runtime.readiness import CertificateTerm, ReadinessProblem
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.addresses import NUC
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import issue_certificate
from shared.pki.certificates.profile import CertificateKind

RENEWAL_CHECK = timedelta(hours=1)


@dataclass(frozen=True)
class AuthorityCredential:
    """The key and the certificate of one service of НУЦ."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def is_near_expiry(self, now: datetime) -> bool:
        return now > self.certificate.not_valid_after_utc - RENEW_BEFORE


class OwnCredentials:
    """The credentials of the OCSP responder and the time-stamping authority, renewed a month before their end; the
    issuing authority is renewed before them.

    The keys are P-256: making an RSA key would take a quarter of the time limit for the start of the whole bus.
    """

    def __init__(self, home: Path, authority: IssuingAuthority, now: datetime) -> None:
        self._home = home
        self._renewing = asyncio.Lock()
        self._authority = authority
        self._ocsp = self._open_credential("ocsp", CertificateKind.OCSP, now)
        self._tsa = self._open_credential("tsa", CertificateKind.TSA, now)
        self._identity: SystemIdentity | None = None

    async def open_identity(self, runtime: Runtime) -> SystemIdentity:
        """НУЦ's own identity among the systems, for HTTP: on the bus НУЦ has no place."""
        if self._identity is None:
            made = await self._make_system_credential(runtime)
            self._identity = SystemIdentity(NUC, made.key, made.thumbprint, made.not_after)
        return self._identity

    @property
    def ocsp_signer(self) -> OcspSigner:
        return OcspSigner(self._ocsp.key, self._ocsp.certificate)

    @property
    def tsa_signer(self) -> TsaSigner:
        return TsaSigner(self._tsa.key, self._tsa.certificate)

    @property
    def certificate_terms(self) -> Iterable[CertificateTerm]:
        """The terms of all certificates that НУЦ signs with."""
        authority = self._authority
        for owner, certificate, warns_before in (
            ("root", authority.root, profile.SYSTEM_TERM),
            ("issuing", authority.certificate, profile.SYSTEM_TERM),
            ("ocsp", self._ocsp.certificate, RENEW_BEFORE / 2),
            ("tsa", self._tsa.certificate, RENEW_BEFORE / 2),
        ):
            yield CertificateTerm(owner, certificate.not_valid_after_utc, warns_before)

    async def renew_when_due(self, runtime: Runtime) -> None:
        """Renew credentials that near their end; the register knows a new certificate before its first use."""
        if self._identity is not None and self._is_identity_near_end(self._identity, runtime.now):
            self._identity.replace_credential(await self._make_system_credential(runtime))
        if not self._is_renewal_due(runtime.now):
            return
        async with self._renewing:
            if self._is_renewal_due(runtime.now):
                await runtime.compute(lambda: self._renew_credentials(runtime.now))
                await self.register_certificates(runtime)

    async def register_certificates(self, runtime: Runtime) -> None:
        """Enter both certificates into the register, so that their status can be asked."""
        for kind, certificate in (
            (CertificateKind.OCSP, self._ocsp.certificate),
            (CertificateKind.TSA, self._tsa.certificate),
        ):
            await runtime.write(
                lambda uow, k=kind, c=certificate: storage.ensure_certificate(uow.session, c, k.value, uow.now)  # type: ignore[misc]
            )

    def _is_renewal_due(self, now: datetime) -> bool:
        return (
            self._authority.is_renewal_due(now) or self._ocsp.is_near_expiry(now) or self._tsa.is_near_expiry(now)
        )

    def _renew_credentials(self, now: datetime) -> None:
        """Make new keys and certificates for services that near their end; earlier signatures stay valid."""
        self._authority.renew_when_due(now)
        if self._ocsp.is_near_expiry(now):
            self._ocsp = self._make_credential("ocsp", CertificateKind.OCSP, now)
        if self._tsa.is_near_expiry(now):
            self._tsa = self._make_credential("tsa", CertificateKind.TSA, now)

    @staticmethod
    def _is_identity_near_end(identity: SystemIdentity, now: datetime) -> bool:
        return identity.not_after is not None and now > identity.not_after - RENEW_BEFORE

    async def _make_system_credential(self, runtime: Runtime) -> SystemCredential:
        """A new key and certificate of НУЦ as a system; the register knows the certificate."""
        key, authority, now = keys.new_ec_key(), self._authority, runtime.now
        subject = profile.system_subject("2.999", NUC, organisation="egov-bus", bin_="000000000000")
        certificate = issue_certificate(
            authority.key,
            authority.certificate,
            key.public_key(),
            subject,
            CertificateKind.SYSTEM,
            now,
            urls=authority.urls,
            san_uri=profile.system_uri(NUC),
        )
        await runtime.write(
            lambda uow: storage.add_certificate(uow.session, certificate, CertificateKind.SYSTEM.value, now)
        )
        end = certificate.not_valid_after_utc
        return SystemCredential(key, keys.certificate_thumbprint(certificate), end)

    def _open_credential(self, name: str, kind: CertificateKind, now: datetime) -> AuthorityCredential:
        key_file, certificate_file = (self._home / f"{name}.{end}" for end in ("key", "crt"))
        if not (key_file.exists() and certificate_file.exists()):
            return self._make_credential(name, kind, now)
        key = keys.load_key(key_file.read_bytes())
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we wrote it
        credential = AuthorityCredential(key, x509.load_pem_x509_certificate(certificate_file.read_bytes()))
        # otherwise a crash interrupted a renewal
        is_whole = credential.certificate.public_key() == key.public_key()
        return (
            credential
            if is_whole and not credential.is_near_expiry(now)
            else self._make_credential(name, kind, now)
        )

    def _make_credential(self, name: str, kind: CertificateKind, now: datetime) -> AuthorityCredential:
        key, authority = keys.new_ec_key(), self._authority
        subject = profile.authority_subject(f"EGOV-BUS {kind.upper()}")
        certificate = issue_certificate(
            authority.key, authority.certificate, key.public_key(), subject, kind, now, urls=authority.urls
        )
        keys.write_private(self._home / f"{name}.key", keys.to_pem(key))
        keys.write_private(self._home / f"{name}.crt", certificate.public_bytes(Encoding.PEM))
        return AuthorityCredential(key, certificate)


async def open_own_identity(runtime: Runtime) -> SystemIdentity:
    """The identity with which НУЦ asks ШЭП for the rules of the sandbox."""
    return await runtime.resource(OwnCredentials).open_identity(runtime)


def read_own_terms(runtime: Runtime) -> Iterable[CertificateTerm]:
    """The terms of НУЦ's own certificates, for readiness and metrics."""
    return runtime.resource(OwnCredentials).certificate_terms


def check_register(runtime: Runtime) -> Iterable[ReadinessProblem]:
    """A readiness check: whether the certificates in the register are this authority's; after a loss of НУЦ's
    folder they are not.
    """
    with runtime.resource(Database).read_session() as session:
        certificate = storage.find_first_certificate(session)
    if certificate is not None and not _is_issued_by(certificate, runtime.resource(IssuingAuthority).certificate):
        yield ReadinessProblem("authority-replaced")


def _is_issued_by(certificate: x509.Certificate, issuing: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuing)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


async def renew_own_certificates(runtime: Runtime) -> None:
    """A background job: renew what НУЦ signs with, and the root's list, before their ends; a jump of the clock
    wakes the job.
    """
    while True:
        await runtime.resource(OwnCredentials).renew_when_due(runtime)
        await runtime.compute(lambda: runtime.resource(RootCrl).renew_when_due(runtime.now))
        await runtime.clock.sleep(RENEWAL_CHECK.total_seconds())
