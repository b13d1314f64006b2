"""Certificates and revocation lists as a certification centre signs them. All functions are pure: keys and moments
come in, signed objects go out.

Two habits of НУЦ are kept: a subject key identifier has 20 bytes, and the serial number is these bytes with the
top bit cleared. So one key has one serial number: a second certificate for a key would share the revocation of the
first, and therefore needs a new key.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ObjectIdentifier

from shared.pki.certificates import profile
from shared.pki.certificates.keys import PrivateKey, PublicKey
from shared.pki.certificates.profile import CertificateKind

_TOP_BIT = 1 << 159

RevokedEntry = tuple[int, datetime, x509.ReasonFlags]


AGE_AT_FOUNDING = timedelta(days=3 * 365)
"""The age of new authorities: expired certificates of the sandbox must lie within the authorities' term."""


@dataclass(frozen=True)
class AuthorityUrls:
    """The addresses in a certificate at which its status can be checked; None leaves an address out."""

    crl: str | None = None
    ocsp: str | None = None
    issuer: str | None = None
    delta: str | None = None
    """The delta list (FreshestCRL)."""
    base: str = ""
    """The URL of НУЦ."""

    @property
    def for_invented(self) -> AuthorityUrls:
        """The addresses for certificates that a test has revoked: a revocation list apart, without a delta."""
        return replace(self, crl=f"{self.base}/crl/invented", delta=None)

    @classmethod
    def for_issuing(cls, base: str) -> AuthorityUrls:
        """The addresses at НУЦ for certificates of the issuing authority; `base` is the URL of НУЦ."""
        base = base.rstrip("/")
        return cls(f"{base}/crl", f"{base}/ocsp", f"{base}/issuing.crt", f"{base}/crl/delta", base)

    @classmethod
    def for_root(cls, base: str) -> AuthorityUrls:
        """The addresses at НУЦ for certificates of the root: a separate revocation list, and no OCSP."""
        base = base.rstrip("/")
        return cls(crl=f"{base}/root.crl", issuer=f"{base}/root.crt")


def make_root(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    """A self-signed root certificate, valid for twenty years from `now`."""
    name = profile.authority_subject(profile.ROOT_NAME.format(year=now.year))
    builder = _authority_builder(key.public_key(), name, path_length=1)
    builder = builder.issuer_name(name).not_valid_before(now).not_valid_after(now + profile.ROOT_TERM)
    return _with_issuer_key(builder, key.public_key()).sign(key, hashes.SHA256())


def make_issuing(
    root_key: rsa.RSAPrivateKey,
    root: x509.Certificate,
    key: rsa.RSAPrivateKey,
    now: datetime,
    *,
    urls: AuthorityUrls = AuthorityUrls(),
) -> x509.Certificate:
    """The certificate of the issuing authority, signed by the root, valid for ten years but no longer than the
    root.
    """
    name = profile.authority_subject(profile.ISSUING_NAME.format(year=now.year))
    end = min(now + profile.ISSUING_TERM, root.not_valid_after_utc)
    builder = _authority_builder(key.public_key(), name, path_length=0)
    builder = builder.issuer_name(root.subject).not_valid_before(now).not_valid_after(end)
    builder = _with_urls(_with_issuer_key(builder, root_key.public_key()), urls)
    return builder.sign(root_key, hashes.SHA256())


def renew_issuing(
    root_key: rsa.RSAPrivateKey,
    root: x509.Certificate,
    certificate: x509.Certificate,
    now: datetime,
    *,
    urls: AuthorityUrls = AuthorityUrls(),
) -> x509.Certificate:
    """The issuing certificate with a later end: ten years from `now`, but no later than the root's.

    Name, key and beginning are those of `certificate`, so that it proves all that the key has ever signed. The
    serial number is another, because the root must not use one twice (RFC 5280, 4.1.2.2).
    """
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - the issuing authority has an RSA key
    end = min(now + profile.ISSUING_TERM, root.not_valid_after_utc)
    serial = int.from_bytes(sha256(f"{certificate.serial_number} {end.isoformat()}".encode()).digest()[:20], "big")
    builder = _authority_builder(key, certificate.subject, path_length=0, serial=serial & ~_TOP_BIT)
    builder = builder.issuer_name(root.subject).not_valid_before(certificate.not_valid_before_utc)
    builder = _with_urls(_with_issuer_key(builder.not_valid_after(end), root_key.public_key()), urls)
    return builder.sign(root_key, hashes.SHA256())


def issue_certificate(
    issuer_key: rsa.RSAPrivateKey,
    issuer: x509.Certificate,
    public_key: PublicKey,
    subject: x509.Name,
    kind: CertificateKind,
    now: datetime,
    *,
    urls: AuthorityUrls = AuthorityUrls(),
    san_uri: str | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> x509.Certificate:
    """A certificate of this kind for the owner of `public_key`.

    Valid from `now` for the term of the kind, but no longer than the issuer; `not_before` and `not_after` are
    taken as they are, so that a test centre can issue expired and future certificates. ValueError for a system
    without `san_uri` (see `profile.system_uri`).
    """
    if kind is CertificateKind.SYSTEM and san_uri is None:
        raise ValueError("the certificate of a system names its address")
    begin = not_before or now
    end = not_after or min(begin + profile.PROFILES[kind].term, issuer.not_valid_after_utc)
    builder = _certificate_builder(public_key, subject).issuer_name(issuer.subject)
    builder = builder.not_valid_before(begin).not_valid_after(end)
    builder = _with_usage(_with_issuer_key(builder, issuer_key.public_key()), kind)
    builder = _with_urls(builder, urls)
    if san_uri is not None:
        names = x509.SubjectAlternativeName([x509.UniformResourceIdentifier(san_uri)])
        builder = builder.add_extension(names, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def make_csr(key: PrivateKey, subject: x509.Name) -> x509.CertificateSigningRequest:
    """A PKCS #10 request for `subject`, signed with `key`, which proves possession of the key."""
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())


def make_crl(
    issuer_key: rsa.RSAPrivateKey,
    issuer: x509.Certificate,
    revoked: Iterable[RevokedEntry],
    number: int,
    now: datetime,
    next_update: datetime,
    *,
    base: int | None = None,
    freshest: str | None = None,
    point: str | None = None,
) -> x509.CertificateRevocationList:
    """The revocation list of this issuer; `revoked` gives serial number, moment and reason of each revocation.

    A full list; with `base` a delta list (RFC 5280, 5.2.4): the revocations since the full list with that number.
    `freshest` is the address of the delta lists of a full list. With `point` the list is a part: it covers the
    certificates whose distribution point has this address (RFC 5280, 5.2.5), and no other.
    """
    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = (
        # The builder's own method copies the list for each entry: a long list would take minutes.
        x509.CertificateRevocationListBuilder(revoked_certificates=[_build_revoked(entry) for entry in revoked])
        .issuer_name(issuer.subject)
        .last_update(now)
        .next_update(next_update)
        .add_extension(key_id, critical=False)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    if freshest is not None:
        builder = builder.add_extension(x509.FreshestCRL([_distribution_point(freshest)]), critical=False)
    if point is not None:
        names = [x509.UniformResourceIdentifier(point)]
        scope = x509.IssuingDistributionPoint(names, None, False, False, None, False, False)
        builder = builder.add_extension(scope, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _build_revoked(entry: RevokedEntry) -> x509.RevokedCertificate:
    serial, when, reason = entry
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when)
    if reason is not x509.ReasonFlags.unspecified:  # RFC 5280, 5.3.1: an unspecified reason is left out
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    return builder.build()


def serial_of_key(public_key: PublicKey) -> int:
    """The serial number of a certificate for this key."""
    return serial_of_key_id(x509.SubjectKeyIdentifier.from_public_key(public_key).digest)


def serial_of_key_id(key_id: bytes) -> int:
    """The serial number of НУЦ's certificate for the key with this SubjectKeyIdentifier of 20 bytes."""
    return int.from_bytes(key_id, "big") & ~_TOP_BIT


def _certificate_builder(
    public_key: PublicKey, subject: x509.Name, serial: int | None = None
) -> x509.CertificateBuilder:
    key_id = x509.SubjectKeyIdentifier.from_public_key(public_key)
    serial = serial_of_key(public_key) if serial is None else serial
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(public_key)
        .serial_number(serial)
        .add_extension(key_id, critical=False)
    )


def _authority_builder(
    public_key: PublicKey, subject: x509.Name, *, path_length: int, serial: int | None = None
) -> x509.CertificateBuilder:
    constraints = x509.BasicConstraints(ca=True, path_length=path_length)
    return (
        _certificate_builder(public_key, subject, serial)
        .add_extension(constraints, critical=True)
        .add_extension(profile.USAGE_AUTHORITY, critical=True)
    )


def _with_issuer_key(builder: x509.CertificateBuilder, issuer_key: PublicKey) -> x509.CertificateBuilder:
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)


def _with_usage(builder: x509.CertificateBuilder, kind: CertificateKind) -> x509.CertificateBuilder:
    certificate_profile = profile.PROFILES[kind]
    extended = x509.ExtendedKeyUsage(certificate_profile.extended_usage)
    builder = builder.add_extension(certificate_profile.usage, critical=True)
    builder = builder.add_extension(extended, critical=certificate_profile.is_usage_critical)
    if certificate_profile.policy is not None:
        builder = builder.add_extension(_certificate_policies(certificate_profile.policy), critical=False)
    if kind is CertificateKind.OCSP:  # RFC 6960, 4.2.2.2.1: a responder's own status is not asked
        builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    return builder


def _certificate_policies(policy: ObjectIdentifier) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(policy, None)])


def _with_urls(builder: x509.CertificateBuilder, urls: AuthorityUrls) -> x509.CertificateBuilder:
    if urls.crl is not None:
        builder = builder.add_extension(
            x509.CRLDistributionPoints([_distribution_point(urls.crl)]), critical=False
        )
    if urls.delta is not None:
        builder = builder.add_extension(x509.FreshestCRL([_distribution_point(urls.delta)]), critical=False)
    pointers = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(url))
        for method, url in (
            (AuthorityInformationAccessOID.OCSP, urls.ocsp),
            (AuthorityInformationAccessOID.CA_ISSUERS, urls.issuer),
        )
        if url is not None
    ]
    if pointers:
        builder = builder.add_extension(x509.AuthorityInformationAccess(pointers), critical=False)
    return builder


def _distribution_point(url: str) -> x509.DistributionPoint:
    return x509.DistributionPoint([x509.UniformResourceIdentifier(url)], None, None, None)
