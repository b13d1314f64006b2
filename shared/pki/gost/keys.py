"""Keys of GOST R 34.10-2015 in the encodings of НУЦ (wire contract §6).

A coordinate, half a signature and a private number are little-endian, `GostSuite.size` bytes. A public key is the
OCTET STRING of x‖y within the BIT STRING of SubjectPublicKeyInfo; a signature is r‖s. The digest is turned round
before the arithmetic, which is the same as reading it as a little-endian number.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from asn1crypto import parser, pem
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import Malformed, Untrusted
from shared.pki.encoding import der as encode
from shared.pki.encoding.der import UNREADABLE
from shared.pki.gost.suites import GOST_512, MAX_SIGNED, SUITES, GostSuite, curve_engine, refuse_old

_LABEL = "PRIVATE KEY"


@dataclass(frozen=True)
class PublicKey:
    """A point of the curve, of the order of its base point: whoever makes one by hand proves it by
    `require_valid_point`.
    """

    suite: GostSuite
    x: int
    y: int

    @classmethod
    def load(cls, spki: bytes) -> PublicKey:
        """The key in a SubjectPublicKeyInfo (DER).

        Untrusted: eds-algorithm-gost34310 for a key of GOST 34.310-2004, eds-algorithm for any other algorithm,
        curve or encoding, and for what is no point of the curve.
        """
        for suite in SUITES:
            head, length = _encode_spki(suite, b""), 2 * suite.size
            if spki.startswith(head) and len(spki) == len(head) + length:
                return cls(suite, *_split_pair(spki[-length:])).require_valid_point()
        raise Untrusted("eds-algorithm", "not a key of GOST R 34.10-2015 on the curve of НУЦ")

    def require_valid_point(self) -> PublicKey:
        """This key; Untrusted eds-algorithm when it is no point of the curve, or of a small order."""
        curve = self.suite.curve
        if not curve.has_point(self.x, self.y):
            raise Untrusted("eds-algorithm", "the key is not a point of its curve")
        if curve.cofactor > 1:
            own = curve_engine(replace(curve, x=self.x, y=self.y), self.suite.bits)
            last = own.public_key_generate(
                _big_endian(self.suite, curve.q - 1)
            )  # (q-1)·Q is -Q when q·Q is nothing
            if last != _big_endian(self.suite, self.x) + _big_endian(self.suite, curve.p - self.y):
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
        """Return when `signature` is over `data` by this key, else raise InvalidSignature; takes 0.3 s.

        Malformed eds-malformed when `data` is longer than `limit`.
        """
        self.verify_digest(signature, self.suite.hash_data(data, limit))

    def verify_digest(self, signature: bytes, digest: bytes) -> None:
        """The same over a digest made before."""
        size, order = self.suite.size, self.suite.curve.q
        if (len(signature), len(digest)) != (2 * size, size):
            raise InvalidSignature
        r, s = _split_pair(signature)
        if not (0 < r < order and 0 < s < order):
            raise InvalidSignature
        point = _big_endian(self.suite, self.x) + _big_endian(self.suite, self.y)
        pair = _big_endian(self.suite, r) + _big_endian(self.suite, s)
        try:
            is_valid = self.suite.signature_engine().verify(point, bytearray(digest[::-1]), pair)
        except RecursionError:  # the library inverts by recursion, and the depth is the sender's choice
            is_valid = False
        if not is_valid:
            raise InvalidSignature


@dataclass(frozen=True)
class PrivateKey:
    """A number below the order of the curve's base point."""

    suite: GostSuite
    number: int = field(repr=False)

    def public_key(self) -> PublicKey:
        """The point of this number; takes 0.2 s the first time."""
        return self._cached_public_key

    @cached_property
    def _cached_public_key(self) -> PublicKey:
        point = bytes(self.suite.signature_engine().public_key_generate(_big_endian(self.suite, self.number)))
        size = self.suite.size
        return PublicKey(self.suite, int.from_bytes(point[:size], "big"), int.from_bytes(point[size:], "big"))

    def sign(self, data: bytes) -> bytes:
        """r‖s over `data`; takes 0.2 s, not the same time for every key."""
        return self.sign_digest(self.suite.hash_data(data), nonce=_random_scalar(self.suite.curve.q))

    def sign_digest(self, digest: bytes, *, nonce: int) -> bytes:
        """r‖s over a digest. A `nonce` used twice, guessed or known gives the key away: it must be random.

        The library's own choice is not used: it may be zero, with which the library never ends.
        """
        if not 0 < nonce < self.suite.curve.q:
            raise ValueError("a nonce lies between 0 and the order of the base point")
        signature = self.suite.signature_engine().sign(
            _big_endian(self.suite, self.number), bytearray(digest[::-1]), _big_endian(self.suite, nonce)
        )
        size = self.suite.size
        return bytes(signature[:size][::-1] + signature[size:][::-1])

    def to_pem(self) -> bytes:
        """Unencrypted PKCS #8 PEM; the private key is the OCTET STRING of the number. Ours: see divergences."""
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
    """Whether the owner's key is one of GOST R 34.10-2015, so that this package must be asked about it.

    Untrusted eds-algorithm-gost34310 when the key or the issuer's signature is of GOST 34.310-2004.
    """
    name = certificate.public_key_algorithm_oid.dotted_string
    refuse_old(name, certificate.signature_algorithm_oid.dotted_string)
    return any(name == suite.key for suite in SUITES)


def fitting_key(certificate: x509.Certificate, signature: GostSuite | None, digest: object) -> PublicKey:
    """The owner's key, when it is of the very suite that signature and digest name; else Untrusted eds-algorithm.

    The two are what `by_signature` and `by_digest` found; None and other algorithms fit nothing.
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
        read = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
        spki: bytes = read["tbs_certificate"]["subject_public_key_info"].dump()
    except UNREADABLE:
        raise Untrusted("eds-algorithm", "the key of the certificate is not readable") from None
    return PublicKey.load(spki)


def _random_scalar(order: int) -> int:
    return secrets.randbelow(order - 1) + 1


def _key_algorithm(suite: GostSuite) -> bytes:
    parameters = encode.sequence(encode.oid(suite.parameters), encode.oid(suite.digest))
    return encode.sequence(encode.oid(suite.key), parameters)


def _encode_spki(suite: GostSuite, point: bytes) -> bytes:
    """SubjectPublicKeyInfo of a point x‖y; without one, what comes before it."""
    coordinates = point or bytes(2 * suite.size)
    bits = parser.emit(0, 0, 3, b"\x00" + encode.octet_string(coordinates))
    whole = encode.sequence(_key_algorithm(suite), bits)
    return whole if point else whole[: -len(coordinates)]


def _split_pair(content: bytes) -> tuple[int, int]:
    half = len(content) // 2
    return int.from_bytes(content[:half], "little"), int.from_bytes(content[half:], "little")


def _little_endian(suite: GostSuite, number: int) -> bytes:
    return number.to_bytes(suite.size, "little")


def _big_endian(suite: GostSuite, number: int) -> bytearray:
    """As the library wants its numbers."""
    return bytearray(number.to_bytes(suite.size, "big"))
