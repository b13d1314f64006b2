"""A certification centre for the tests of shared/pki, made once a run because RSA keys take time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.pki.certificates import authority, keys, profile
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.crl import CrlView
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import CertificateKind

NOW = datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
IIN = "850101100022"
OTHER_IIN = "850101100304"
BIN = "050340000126"
ALGORITHMS = ("rsa", "ec")


@dataclass(frozen=True)
class Centre:
    """A root with an issuing authority, and the objects derived from them."""

    root_key: rsa.RSAPrivateKey
    root: x509.Certificate
    issuing_key: rsa.RSAPrivateKey
    issuing: x509.Certificate

    @property
    def anchors(self) -> TrustAnchors:
        return TrustAnchors((self.root,), (self.issuing,))

    def issue(
        self, kind: CertificateKind, algorithm: str = "ec", **options: Any
    ) -> tuple[PrivateKey, x509.Certificate]:
        key = new_key(algorithm)
        return key, self.certify(key, kind, **options)

    def certify(self, key: PrivateKey, kind: CertificateKind, **options: Any) -> x509.Certificate:
        uri = profile.system_uri("is_mio") if kind is CertificateKind.SYSTEM else None
        options = {"subject": subject(kind), "san_uri": uri, "now": NOW} | options
        return authority.issue_certificate(self.issuing_key, self.issuing, key.public_key(), kind=kind, **options)

    def crl(self, *serials: int, until: datetime = NOW + timedelta(days=7)) -> CrlView:
        revoked = [(serial, NOW, x509.ReasonFlags.key_compromise) for serial in serials]
        made = authority.make_crl(self.issuing_key, self.issuing, revoked, 1, NOW, until)
        return CrlView.load(made.public_bytes(Encoding.DER), self.issuing)


def make_centre(now: datetime = NOW) -> Centre:
    root_key, issuing_key = keys.new_rsa_key(), keys.new_rsa_key()
    root = authority.make_root(root_key, now)
    return Centre(root_key, root, issuing_key, authority.make_issuing(root_key, root, issuing_key, now))


@cache
def centre() -> Centre:
    return make_centre()


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """One RSA key for every test that accepts any."""
    return keys.new_rsa_key()


def new_key(algorithm: str) -> PrivateKey:
    return rsa_key() if algorithm == "rsa" else keys.new_ec_key()


def subject(kind: CertificateKind, iin: str = IIN) -> x509.Name:
    if kind in {CertificateKind.INDIVIDUAL, CertificateKind.INDIVIDUAL_AUTH}:
        return profile.person_subject(iin, "Ахметов", "Нұрлан", "Болатұлы")
    if kind is CertificateKind.SYSTEM:
        return profile.system_subject(profile.system_oid(3), "МИО", organisation="ГУ «Аппарат акима»", bin_=BIN)
    if kind in {CertificateKind.OCSP, CertificateKind.TSA}:
        return profile.authority_subject(f"EGOV-BUS {kind.upper()}")
    return profile.employee_subject(iin, "Ахметова", "Айгүл", organisation="ГУ «Отдел занятости»", bin_=BIN)


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in certificates)
