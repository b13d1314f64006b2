"""Algorithms of XML signatures by URI: which are accepted, and which a key signs with.

Other algorithms (GOST) come as another `XmlAlgorithms` for the functions that open a signature and as a
`SigningKey` for the functions that sign: nothing else in a signature depends on the arithmetic.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from shared.bus.errors import Untrusted
from shared.pki.certificates.keys import PrivateKey, PublicKey, strong_key
from shared.pki.encoding.canonical import unknown_algorithm

_MORE: Final = "http://www.w3.org/2001/04/xmldsig-more#"
_ENC: Final = "http://www.w3.org/2001/04/xmlenc#"
SHA256: Final = _ENC + "sha256"
RSA_SHA256: Final = _MORE + "rsa-sha256"
ECDSA_SHA256: Final = _MORE + "ecdsa-sha256"

DigestFunction = Callable[[bytes], bytes]
SignatureVerifier = Callable[[x509.Certificate, bytes, bytes], None]
"""(certificate, signature, data): returns when the signature is valid.

Raises Untrusted: eds-algorithm when the algorithm does not fit the certificate's key, else eds-signature-invalid.
"""


class SigningKey(Protocol):
    """A private key together with the URIs of its algorithms in XMLDSig."""

    @property
    def signature_uri(self) -> str:
        """The URI of the signature algorithm."""

    @property
    def digest_uri(self) -> str:
        """The URI of the digest algorithm."""

    def hash_data(self, data: bytes) -> bytes:
        """The digest of `data`."""

    def sign(self, data: bytes) -> bytes:
        """The signature of `data`, in the form of SignatureValue."""


@dataclass(frozen=True)
class XmlAlgorithms:
    """The algorithms that a verifier accepts, by URI."""

    digests: Mapping[str, DigestFunction]
    signatures: Mapping[str, SignatureVerifier]

    def __or__(self, other: XmlAlgorithms) -> XmlAlgorithms:
        """The algorithms of both."""
        return XmlAlgorithms({**self.digests, **other.digests}, {**self.signatures, **other.signatures})

    def find_digest(self, uri: str) -> DigestFunction:
        """The digest function of `uri`; Untrusted eds-algorithm with `details["algorithm"]` for an unknown URI."""
        digest = self.digests.get(uri)
        if digest is None:
            raise unknown_algorithm(uri)
        return digest

    def find_verifier(self, uri: str) -> SignatureVerifier:
        """The verifier of `uri`; Untrusted eds-algorithm with `details["algorithm"]` for an unknown URI."""
        verifier = self.signatures.get(uri)
        if verifier is None:
            raise unknown_algorithm(uri)
        return verifier


@dataclass(frozen=True)
class _StandardKey:
    key: PrivateKey

    @property
    def signature_uri(self) -> str:
        return RSA_SHA256 if isinstance(self.key, rsa.RSAPrivateKey) else ECDSA_SHA256

    @property
    def digest_uri(self) -> str:
        return SHA256

    def hash_data(self, data: bytes) -> bytes:
        return hashlib.sha256(data).digest()

    def sign(self, data: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        r, s = decode_dss_signature(self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        size = _coordinate_size(self.key.curve)
        return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def signing_key(key: PrivateKey | SigningKey) -> SigningKey:
    """`key` as a `SigningKey`: RSA and elliptic-curve keys sign with SHA-256; a `SigningKey` is returned as it
    is.
    """
    return _StandardKey(key) if isinstance(key, PrivateKey) else key


def _coordinate_size(curve: ec.EllipticCurve) -> int:
    return (curve.key_size + 7) // 8


def _invalid_signature() -> Untrusted:
    return Untrusted("eds-signature-invalid", "the signature does not hold")


def _verify_rsa(key: PublicKey, signature: bytes, data: bytes, digest: hashes.HashAlgorithm) -> None:
    if not isinstance(key, rsa.RSAPublicKey):
        raise Untrusted("eds-algorithm", "the signature algorithm does not fit the key")
    key.verify(signature, data, padding.PKCS1v15(), digest)


def _verify_ecdsa(key: PublicKey, signature: bytes, data: bytes, digest: hashes.HashAlgorithm) -> None:
    """Verify r and s, concatenated, each as long as the curve's coordinates (RFC 6931, 2.3.6)."""
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise Untrusted("eds-algorithm", "the signature algorithm does not fit the key")
    size = _coordinate_size(key.curve)
    if len(signature) != 2 * size:
        raise _invalid_signature()
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    key.verify(encode_dss_signature(r, s), data, ec.ECDSA(digest))


def _make_verifier(
    verify: Callable[[PublicKey, bytes, bytes, hashes.HashAlgorithm], None], digest: hashes.HashAlgorithm
) -> SignatureVerifier:
    def verify_checked(certificate: x509.Certificate, signature: bytes, data: bytes) -> None:
        try:
            verify(strong_key(certificate), signature, data, digest)
        except InvalidSignature:
            raise _invalid_signature() from None

    return verify_checked


def _make_digester(digest: hashes.HashAlgorithm) -> DigestFunction:
    return lambda data: hashlib.new(digest.name, data).digest()


_DIGESTS: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {SHA256: hashes.SHA256(), _MORE + "sha384": hashes.SHA384(), _ENC + "sha512": hashes.SHA512()}
)
STANDARD: Final = XmlAlgorithms(
    MappingProxyType({uri: _make_digester(digest) for uri, digest in _DIGESTS.items()}),
    MappingProxyType(
        {f"{_MORE}rsa-{digest.name}": _make_verifier(_verify_rsa, digest) for digest in _DIGESTS.values()}
        | {f"{_MORE}ecdsa-{digest.name}": _make_verifier(_verify_ecdsa, digest) for digest in _DIGESTS.values()}
    ),
)
"""RSA (from 2048 bits) and ECDSA on NIST curves, with SHA-256, SHA-384 or SHA-512."""
