"""Keys of GOST R 34.10-2015 in the encodings of НУЦ's software.

A coordinate, half a signature and a private number are little-endian, `GostSuite.size` bytes. A public key is the
OCTET STRING of x‖y within the BIT STRING of SubjectPublicKeyInfo; a signature is r‖s. The digest is read as a
little-endian number.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from asn1crypto import pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Malformed, Untrusted
from shared.pki.encoding import der as encode
from shared.pki.encoding.certificate import read_parts
from shared.pki.encoding.der import UNREADABLE
from shared.pki.gost.suites import GOST_512, MAX_SIGNED, SUITES, GostSuite, refuse_old

_LABEL = "PRIVATE KEY"


@dataclass(frozen=True)
class PublicKey:
    """A public key: a point of the curve with the order of the base point. Code that makes a key from coordinates
    must call `require_valid_point`.
    """

    suite: GostSuite
    x: int
    y: int

    @classmethod
    def load(cls, spki: bytes) -> PublicKey:
        """The key in a SubjectPublicKeyInfo (DER).

        Untrusted: eds-algorithm-gost34310 for a key of GOST 34.310-2004, eds-algorithm for any other algorithm,
        curve or encoding, and for coordinates off the curve.
        """
        for suite in SUITES:
            head, length = _encode_spki(suite, b""), 2 * suite.size
            if spki.startswith(head) and len(spki) == len(head) + length:
                return cls(suite, *_split_pair(spki[-length:])).require_valid_point()
        raise Untrusted("eds-algorithm", "not a key of GOST R 34.10-2015 on the curve of НУЦ")

    def require_valid_point(self) -> PublicKey:
        """This key; Untrusted eds-algorithm when the point is not on the curve, or has a small order."""
        curve = self.suite.curve
        if not curve.has_point(self.x, self.y):
            raise Untrusted("eds-algorithm", "the key is not a point of its curve")
        if curve.has_small_order((self.x, self.y)):
            raise Untrusted("eds-algorithm", "the key is a point of a small order")
        return self

    @property
    def bit_string(self) -> bytes:
        """The content of the BIT STRING: OCTET STRING of x‖y."""
        return encode.octet_string(_little_endian(self.suite, self.x) + _little_endian(self.suite, self.y))

    def encode_spki(self) -> bytes:
        """SubjectPublicKeyInfo (DER)."""
        return _encode_spki(self.suite, _little_endian(self.suite, self.x) + _little_endian(self.suite, self.y))

    def verify(self, signature: bytes, data: bytes, *, limit: int = MAX_SIGNED) -> None:
        """Return when this key made `signature` over `data`, else raise InvalidSignature; takes 13 ms.

        Malformed eds-malformed when `data` is longer than `limit`.
        """
        self.verify_digest(signature, self.suite.hash_data(data, limit))

    def verify_digest(self, signature: bytes, digest: bytes) -> None:
        """Return when this key made `signature` over `digest`, else raise InvalidSignature; takes 13 ms."""
        curve, size = self.suite.curve, self.suite.size
        if (len(signature), len(digest)) != (2 * size, size):
            raise InvalidSignature
        r, s = _split_pair(signature)
        if not (0 < r < curve.q and 0 < s < curve.q):
            raise InvalidSignature
        inverse = pow(_digest_number(digest, curve.q), -1, curve.q)
        proof = curve.combine(s * inverse % curve.q, (self.x, self.y), -r * inverse % curve.q)
        if proof is None or proof[0] % curve.q != r:
            raise InvalidSignature


@dataclass(frozen=True)
class PrivateKey:
    """A private key: a positive number below the order of the curve's base point."""

    suite: GostSuite
    number: int = field(repr=False)

    def public_key(self) -> PublicKey:
        """The public key of this private key, computed once (2 ms)."""
        return self._cached_public_key

    @cached_property
    def _cached_public_key(self) -> PublicKey:
        point = self.suite.curve.multiply_base(self.number)
        if point is None:
            raise ValueError("a private number lies between 0 and the order of the base point")
        return PublicKey(self.suite, *point)

    def sign(self, data: bytes) -> bytes:
        """The signature r‖s over `data`; takes about 3 ms, and the time depends on the key."""
        return self.sign_digest(self.suite.hash_data(data), nonce=_random_scalar(self.suite.curve.q))

    def sign_digest(self, digest: bytes, *, nonce: int) -> bytes:
        """The signature r‖s over a digest. The `nonce` must be random: a nonce that is known or used twice reveals
        the key.

        ValueError for a nonce outside 1 to q-1, or one that makes a half of the signature 0.
        """
        curve = self.suite.curve
        point = curve.multiply_base(nonce) if 0 < nonce < curve.q else None
        r = point[0] % curve.q if point else 0
        s = (r * self.number + nonce * _digest_number(digest, curve.q)) % curve.q
        if r == 0 or s == 0:
            raise ValueError("a nonce lies between 0 and the order of the base point")
        return _little_endian(self.suite, r) + _little_endian(self.suite, s)

    def to_pem(self) -> bytes:
        """The key as unencrypted PKCS #8 PEM, with the number in an OCTET STRING (our form: see divergences)."""
        within = encode.octet_string(_little_endian(self.suite, self.number))
        armored: bytes = pem.armor(_LABEL, encode.sequence(encode.integer(0), _key_algorithm(self.suite), within))
        return armored


def new_key(suite: GostSuite = GOST_512) -> PrivateKey:
    """A new key from the system's randomness."""
    return PrivateKey(suite, _random_scalar(suite.curve.q))


def load_key(text: bytes) -> PrivateKey:
    """The key that `PrivateKey.to_pem` wrote; else Malformed key-malformed."""
    try:
        label, _, der = pem.unarmor(text)
    except (ValueError, TypeError):
        raise Malformed("key-malformed", "not a PEM") from None  # the reason is dropped: it may quote the key
    for suite in SUITES:
        number = int.from_bytes(der[-suite.size :], "little")
        key = PrivateKey(suite, number)
        if label == _LABEL and 0 < number < suite.curve.q and pem.unarmor(key.to_pem())[2] == der:
            return key
    raise Malformed("key-malformed", "not a private key of GOST R 34.10-2015")


def is_gost(certificate: x509.Certificate) -> bool:
    """Whether the owner's key is a key of GOST R 34.10-2015, which only this package can use.

    Untrusted eds-algorithm-gost34310 when the key or the issuer's signature is of GOST 34.310-2004.
    """
    name = certificate.public_key_algorithm_oid.dotted_string
    refuse_old(name, certificate.signature_algorithm_oid.dotted_string)
    return any(name == suite.key for suite in SUITES)


def fitting_key(certificate: x509.Certificate, signature: GostSuite | None, digest: object) -> PublicKey:
    """The owner's key, when signature and digest name the key's own suite; else Untrusted eds-algorithm.

    `signature` and `digest` are results of `by_signature` and `by_digest`; None and other algorithms never fit.
    """
    if signature is None or digest is not signature or not is_gost(certificate):
        raise Untrusted("eds-algorithm", "key, signature and digest are not of one suite of GOST R 34.10-2015")
    key = public_key(certificate)
    if key.suite is not signature:
        raise Untrusted("eds-algorithm", "the key is of another size than the signature")
    return key


@lru_cache(maxsize=64)
def public_key(certificate: x509.Certificate) -> PublicKey:
    """The owner's key; Untrusted as `PublicKey.load` says."""
    is_gost(certificate)
    try:
        spki = read_parts(certificate.public_bytes(Encoding.DER)).encoded_key
    except UNREADABLE:
        raise Untrusted("eds-algorithm", "the key of the certificate is not readable") from None
    return PublicKey.load(spki)


def _random_scalar(order: int) -> int:
    return secrets.randbelow(order - 1) + 1


def _key_algorithm(suite: GostSuite) -> bytes:
    parameters = encode.sequence(encode.oid(suite.parameters), encode.oid(suite.digest))
    return encode.sequence(encode.oid(suite.key), parameters)


def _encode_spki(suite: GostSuite, point: bytes) -> bytes:
    """SubjectPublicKeyInfo of a point x‖y; without a point, the bytes that precede the point."""
    coordinates = point or bytes(2 * suite.size)
    bits = encode.bit_string(encode.octet_string(coordinates))
    whole = encode.sequence(_key_algorithm(suite), bits)
    return whole if point else whole[: -len(coordinates)]


def _digest_number(digest: bytes, order: int) -> int:
    """The digest as a number from 1 to the order - 1 (GOST R 34.10-2012, 6.1, step 2)."""
    return int.from_bytes(digest, "little") % order or 1


def _split_pair(content: bytes) -> tuple[int, int]:
    half = len(content) // 2
    return int.from_bytes(content[:half], "little"), int.from_bytes(content[half:], "little")


def _little_endian(suite: GostSuite, number: int) -> bytes:
    return number.to_bytes(suite.size, "little")
