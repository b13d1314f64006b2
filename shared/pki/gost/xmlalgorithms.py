"""GOST R 34.10-2015 in XML signatures and WS-Security, under the URIs of НУЦ's software.

Pass these algorithms to `shared.pki.xml.xmldsig` and `shared.pki.xml.wsse` as `algorithms=WITH_GOST`. GOST is not
the default, because Streebog in Python takes 6 µs a byte, and the sender chooses the number of bytes. GOST
34.310-2004 is refused by name everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from shared.bus.errors import Untrusted
from shared.pki.gost.keys import PrivateKey, fitting_key
from shared.pki.gost.suites import MAX_BYTES, SUITES, GostSuite
from shared.pki.xml import xmldsig
from shared.pki.xml.algorithms import STANDARD, SignatureVerifier, XmlAlgorithms
from shared.pki.xml.xmldsig import SignedXml


@dataclass(frozen=True)
class GostXmlKey:
    """A GOST key as a `SigningKey` of `shared.pki.xml.algorithms`."""

    key: PrivateKey

    @property
    def signature_uri(self) -> str:
        """The URI of the signature algorithm."""
        return self.key.suite.xml_signature

    @property
    def digest_uri(self) -> str:
        """The URI of the digest algorithm."""
        return self.key.suite.xml_digest

    def hash_data(self, data: bytes) -> bytes:
        """Streebog in the normal order of bytes; Malformed eds-malformed over `MAX_BYTES`."""
        return self.key.suite.hash_data(data)

    def sign(self, data: bytes) -> bytes:
        """The signature r‖s, as in certificates and CMS; takes about 3 ms."""
        return self.key.sign(data)


def sign_xml(xml: bytes, key: PrivateKey, certificate: x509.Certificate) -> bytes:
    """The document with an enveloped signature; see `xmldsig.sign_enveloped`. At most `MAX_BYTES`."""
    return xmldsig.sign_enveloped(xml, GostXmlKey(key), certificate, max_bytes=MAX_BYTES)


def open_xml(xml: bytes) -> SignedXml:
    """The signed content of a document whose signature is by GOST; see `xmldsig.open_enveloped`."""
    return xmldsig.open_enveloped(xml, algorithms=ALGORITHMS, max_bytes=MAX_BYTES)


def _make_verifier(suite: GostSuite) -> SignatureVerifier:
    def verify_signature(certificate: x509.Certificate, signature: bytes, data: bytes) -> None:
        key = fitting_key(certificate, suite, suite)
        try:
            key.verify(signature, data)
        except InvalidSignature:
            raise Untrusted("eds-signature-invalid", "the signature does not hold") from None

    return verify_signature


ALGORITHMS: Final = XmlAlgorithms(
    MappingProxyType({suite.xml_digest: suite.hash_data for suite in SUITES}),
    MappingProxyType({suite.xml_signature: _make_verifier(suite) for suite in SUITES}),
)
WITH_GOST: Final = STANDARD | ALGORITHMS
