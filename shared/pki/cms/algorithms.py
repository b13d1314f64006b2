"""The algorithms that a CMS signature may use, and signing and verification with these algorithms."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from shared.bus.errors import Untrusted
from shared.pki import gost
from shared.pki.certificates.keys import PrivateKey, PublicKey, strong_key
from shared.pki.cms.shapes import read_algorithm
from shared.pki.encoding import der as encode
from shared.pki.encoding.asn1 import TLV

_SHA256 = "2.16.840.1.101.3.4.2.1"
_RSA_ENCRYPTION = "1.2.840.113549.1.1.1"
_ECDSA_SHA256 = "1.2.840.10045.4.3.2"

_DIGESTS: Mapping[str, hashes.HashAlgorithm] = MappingProxyType(
    {
        _SHA256: hashes.SHA256(),
        "2.16.840.1.101.3.4.2.2": hashes.SHA384(),
        "2.16.840.1.101.3.4.2.3": hashes.SHA512(),
    }
)
# The key that a signature algorithm needs, and the digest that its identifier implies (None: the declared one).
_SIGNATURES: Mapping[str, tuple[type, str | None]] = MappingProxyType(
    {
        _RSA_ENCRYPTION: (rsa.RSAPublicKey, None),
        "1.2.840.113549.1.1.11": (rsa.RSAPublicKey, "sha256"),
        "1.2.840.113549.1.1.12": (rsa.RSAPublicKey, "sha384"),
        "1.2.840.113549.1.1.13": (rsa.RSAPublicKey, "sha512"),
        _ECDSA_SHA256: (ec.EllipticCurvePublicKey, "sha256"),
        "1.2.840.10045.4.3.3": (ec.EllipticCurvePublicKey, "sha384"),
        "1.2.840.10045.4.3.4": (ec.EllipticCurvePublicKey, "sha512"),
    }
)


DigestAlgorithm = hashes.HashAlgorithm | gost.GostSuite


def signing_algorithms(key: PrivateKey | gost.PrivateKey) -> tuple[DigestAlgorithm, bytes, bytes]:
    """The digest that this key signs with, then the AlgorithmIdentifiers (DER) of digest and signature."""
    if isinstance(key, gost.PrivateKey):
        digest, signature = (_encode_algorithm(n, encode.null()) for n in (key.suite.digest, key.suite.signature))
        return key.suite, digest, signature
    is_rsa = isinstance(key, rsa.RSAPrivateKey)
    signature = _encode_algorithm(_RSA_ENCRYPTION, encode.null()) if is_rsa else _encode_algorithm(_ECDSA_SHA256)
    return hashes.SHA256(), _encode_algorithm(_SHA256), signature


def _encode_algorithm(dotted: str, parameters: bytes = b"") -> bytes:
    return encode.sequence(encode.oid(dotted), parameters)


def sign_data(key: PrivateKey | gost.PrivateKey, data: bytes) -> bytes:
    """The signature of ``key`` over ``data``, made with the algorithms that ``signing_algorithms`` names."""
    if isinstance(key, gost.PrivateKey):
        return key.sign(data)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(data, ec.ECDSA(hashes.SHA256()))


def digest_of(declared: TLV) -> DigestAlgorithm:
    """The digest of an AlgorithmIdentifier; Untrusted ``eds-algorithm`` below SHA-256."""
    algorithm = read_algorithm(declared).dotted_string
    digest = _DIGESTS.get(algorithm) or gost.by_digest(algorithm)
    if digest is None:
        message = "the digest is not SHA-256, SHA-384 or SHA-512"
        raise Untrusted("eds-algorithm", message, algorithm=algorithm)
    return digest


def key_of(declared: TLV, certificate: x509.Certificate, digest: DigestAlgorithm) -> PublicKey | gost.PublicKey:
    """The signer's key; Untrusted ``eds-algorithm`` for a weak key, or for a key that does not fit the declared
    algorithms.
    """
    algorithm = read_algorithm(declared).dotted_string
    suite = None if algorithm in _SIGNATURES else gost.by_signature(algorithm)
    if suite is not None or isinstance(digest, gost.GostSuite):
        return gost.fitting_key(certificate, suite, digest)
    key = strong_key(certificate)
    kind, implied = _SIGNATURES.get(algorithm, (type(None), None))
    if not isinstance(key, kind) or implied not in (None, digest.name):
        message = "the signature algorithm is unknown or does not fit the key"
        raise Untrusted("eds-algorithm", message, algorithm=algorithm)
    return key


def compute_digest(digest: DigestAlgorithm, data: bytes) -> bytes:
    """The digest of ``data``, in the byte order of CMS."""
    return (
        digest.hash_data(data) if isinstance(digest, gost.GostSuite) else hashlib.new(digest.name, data).digest()
    )


def check_signature(
    key: PublicKey | gost.PublicKey, signature: bytes, data: bytes, digest: DigestAlgorithm
) -> None:
    """Untrusted ``eds-signature-invalid`` unless ``key`` made ``signature`` over ``data``."""
    try:
        if isinstance(key, gost.PublicKey):
            key.verify(signature, data)
        elif isinstance(digest, gost.GostSuite):  # `key_of` never returns such a pair
            raise InvalidSignature
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, padding.PKCS1v15(), digest)
        else:
            key.verify(signature, data, ec.ECDSA(digest))
    except InvalidSignature:
        raise Untrusted("eds-signature-invalid", "the signature does not hold") from None
