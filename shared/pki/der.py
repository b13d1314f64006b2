"""Writing DER by hand: the few shapes that a signature is made of; and what reading it may raise.

asn1crypto stays the reader: building a signature with it took milliseconds, many times what an elliptic-curve
key needs to sign.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from asn1crypto import core, parser
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

_UNIVERSAL, _CONTEXT = 0, 2
_PRIMITIVE, _CONSTRUCTED = 0, 1
_INTEGER, _OCTET_STRING, _NULL, _SEQUENCE, _SET, _UTC_TIME, _GENERALIZED_TIME = 2, 4, 5, 16, 17, 23, 24
_BOOLEAN, _ENUMERATED = 1, 10
_FIRST_GENERALIZED_YEAR = 2050  # RFC 5652, 11.3


# What asn1crypto and cryptography raise on bytes that they cannot read, found by feeding them damaged ones.
UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
)


def sequence(*parts: bytes) -> bytes:
    """SEQUENCE of parts that are encoded already."""
    return _emit(_UNIVERSAL, _CONSTRUCTED, _SEQUENCE, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    """SET OF encoded parts, in the order that DER asks for."""
    return _emit(_UNIVERSAL, _CONSTRUCTED, _SET, b"".join(sorted(parts)))


def tagged(*parts: bytes) -> bytes:
    """[0] around encoded parts: an explicit tag around one, an implicit one around the members of a SET OF."""
    return _emit(_CONTEXT, _CONSTRUCTED, 0, b"".join(sorted(parts)))


def octets(content: bytes) -> bytes:
    """OCTET STRING."""
    return _emit(_UNIVERSAL, _PRIMITIVE, _OCTET_STRING, content)


def integer(number: int) -> bytes:
    """INTEGER, zero or positive."""
    return _emit(_UNIVERSAL, _PRIMITIVE, _INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def null() -> bytes:
    """NULL."""
    return _emit(_UNIVERSAL, _PRIMITIVE, _NULL, b"")


def moment(at: datetime) -> bytes:
    """Time, as CMS writes it: UTCTime until 2049, GeneralizedTime after; whole seconds."""
    utc = at.astimezone(UTC)
    if utc.year < _FIRST_GENERALIZED_YEAR:
        return _emit(_UNIVERSAL, _PRIMITIVE, _UTC_TIME, f"{utc:%y%m%d%H%M%SZ}".encode("ascii"))
    return _emit(_UNIVERSAL, _PRIMITIVE, _GENERALIZED_TIME, f"{utc:%Y%m%d%H%M%SZ}".encode("ascii"))


@lru_cache(maxsize=64)
def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    encoded: bytes = core.ObjectIdentifier(dotted).dump()
    return encoded


def _emit(kind: int, method: int, tag: int, content: bytes) -> bytes:
    encoded: bytes = parser.emit(kind, method, tag, content)
    return encoded


def explicit(number: int, content: bytes) -> bytes:
    """[number] around what is encoded already."""
    return _emit(_CONTEXT, _CONSTRUCTED, number, content)


def enumerated(number: int) -> bytes:
    """ENUMERATED, 0 to 127."""
    return _emit(_UNIVERSAL, _PRIMITIVE, _ENUMERATED, bytes([number]))


def boolean(is_true: bool) -> bytes:
    """BOOLEAN."""
    return _emit(_UNIVERSAL, _PRIMITIVE, _BOOLEAN, b"\xff" if is_true else b"\x00")
