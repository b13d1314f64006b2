"""A GOST certification centre for the tests, and the numbers of the standard's example."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.pki import gost
from shared.pki.certificates import profile
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.crl import CrlView
from shared.pki.certificates.profile import CertificateKind
from shared.pki.gost import GOST_256, GOST_512, GostSuite, PrivateKey, authority
from tests.pki.pki_centre import NOW, subject

SUITES = (GOST_512, GOST_256)
QUICK = GOST_256  # four times as fast, for tests that accept either


def size(suite: GostSuite) -> str:
    return str(suite.bits)


@dataclass(frozen=True)
class GostCentre:
    """A root with an issuing authority, and the objects derived from them."""

    root_key: PrivateKey
    root: x509.Certificate
    issuing_key: PrivateKey
    issuing: x509.Certificate

    @property
    def anchors(self) -> TrustAnchors:
        return TrustAnchors((self.root,), (self.issuing,))

    def issue(
        self, kind: CertificateKind = CertificateKind.INDIVIDUAL, **options: Any
    ) -> tuple[PrivateKey, x509.Certificate]:
        key = gost.new_key(self.root_key.suite)
        return key, self.certify(key, kind, **options)

    def certify(
        self, key: PrivateKey, kind: CertificateKind = CertificateKind.INDIVIDUAL, **options: Any
    ) -> x509.Certificate:
        uri = profile.system_uri("is_mio") if kind is CertificateKind.SYSTEM else None
        options = {"subject": subject(kind), "san_uri": uri, "now": NOW} | options
        return authority.issue_certificate(self.issuing_key, self.issuing, key.public_key(), kind=kind, **options)


@cache
def gost_centre(suite: GostSuite) -> GostCentre:
    root_key, issuing_key = gost.new_key(suite), gost.new_key(suite)
    root = authority.make_root(root_key, NOW)
    issuing = authority.make_issuing(root_key, root, issuing_key, NOW)
    return GostCentre(root_key, root, issuing_key, issuing)


def gost_crl(*serials: int, until: datetime = NOW + timedelta(days=7)) -> CrlView:
    """The revocation list of the issuing authority of `QUICK`."""
    made = gost_centre(QUICK)
    revoked = [(serial, NOW, x509.ReasonFlags.key_compromise) for serial in serials]
    crl = authority.make_crl(made.issuing_key, made.issuing, revoked, 1, NOW, until)
    return CrlView.load(crl.public_bytes(Encoding.DER), made.issuing)


@cache
def citizen(suite: GostSuite) -> tuple[PrivateKey, x509.Certificate]:
    return gost_centre(suite).issue()
