"""Writes DER: the few types that signatures consist of. `asn1` reads.

Only the encodings of tags and object identifiers come from asn1crypto: building a whole signature with asn1crypto
took many times longer than signing with an elliptic-curve key. ``UNREADABLE`` lists the exceptions that reading
may raise.
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
_BOOLEAN, _BIT_STRING, _ENUMERATED, _UTF8_STRING = 1, 3, 10, 12
_FIRST_GENERALIZED_YEAR = 2050  # RFC 5652, 11.3


# The exceptions of asn1crypto and cryptography for unreadable bytes, found by feeding both with damaged bytes.
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
    """SEQUENCE of encoded parts."""
    return _emit_value(_UNIVERSAL, _CONSTRUCTED, _SEQUENCE, b"".join(parts))


def set_of(*parts: bytes) -> bytes:
    """SET OF encoded parts, sorted as DER asks."""
    return _emit_value(_UNIVERSAL, _CONSTRUCTED, _SET, b"".join(sorted(parts)))


def context_zero(*parts: bytes) -> bytes:
    """[0] around encoded parts: an explicit tag of one part, or an implicit tag of the members of a SET OF."""
    return _emit_value(_CONTEXT, _CONSTRUCTED, 0, b"".join(sorted(parts)))


def octet_string(content: bytes) -> bytes:
    """OCTET STRING."""
    return _emit_value(_UNIVERSAL, _PRIMITIVE, _OCTET_STRING, content)


def integer(number: int) -> bytes:
    """INTEGER, zero or positive."""
    return _emit_value(_UNIVERSAL, _PRIMITIVE, _INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def null() -> bytes:
    """NULL."""
    return _emit_value(_UNIVERSAL, _PRIMITIVE, _NULL, b"")


def cms_time(at: datetime) -> bytes:
    """Time of CMS (RFC 5652, 11.3): UTCTime until 2049, GeneralizedTime later; whole seconds."""
    utc = at.astimezone(UTC)
    if utc.year < _FIRST_GENERALIZED_YEAR:
        return _emit_value(_UNIVERSAL, _PRIMITIVE, _UTC_TIME, f"{utc:%y%m%d%H%M%SZ}".encode("ascii"))
    return _emit_value(_UNIVERSAL, _PRIMITIVE, _GENERALIZED_TIME, f"{utc:%Y%m%d%H%M%SZ}".encode("ascii"))


@lru_cache(maxsize=64)
def oid(dotted: str) -> bytes:
    """OBJECT IDENTIFIER."""
    encoded: bytes = core.ObjectIdentifier(dotted).dump()
    return encoded


def _emit_value(kind: int, method: int, tag: int, content: bytes) -> bytes:
    encoded: bytes = parser.emit(kind, method, tag, content)
    return encoded


def explicit(number: int, content: bytes) -> bytes:
    """The explicit tag [number] around an encoded value."""
    return _emit_value(_CONTEXT, _CONSTRUCTED, number, content)


def implicit(number: int, content: bytes) -> bytes:
    """The implicit tag [number], in place of the tag of a primitive type with this content."""
    return _emit_value(_CONTEXT, _PRIMITIVE, number, content)


def enumerated(number: int) -> bytes:
    """ENUMERATED, 0 to 127."""
    return _emit_value(_UNIVERSAL, _PRIMITIVE, _ENUMERATED, bytes([number]))


def boolean(is_true: bool) -> bytes:
    """BOOLEAN."""
    return _emit_value(_UNIVERSAL, _PRIMITIVE, _BOOLEAN, b"\xff" if is_true else b"\x00")


def bit_string(content: bytes, unused: int = 0) -> bytes:
    """BIT STRING of whole bytes without the last `unused` bits."""
    return _emit_value(_UNIVERSAL, _PRIMITIVE, _BIT_STRING, bytes([unused]) + content)


def utf8_string(text: str) -> bytes:
    """UTF8String."""
    return _emit_value(_UNIVERSAL, _PRIMITIVE, _UTF8_STRING, text.encode())


def generalized_time(at: datetime, *, milliseconds: bool = False) -> bytes:
    """GeneralizedTime in whole seconds (RFC 5280), or with milliseconds, as a time-stamp may have (RFC 3161)."""
    utc = at.astimezone(UTC)
    fraction = f".{utc.microsecond // 1000:03}".rstrip("0").rstrip(".") if milliseconds else ""
    return _emit_value(_UNIVERSAL, _PRIMITIVE, _GENERALIZED_TIME, f"{utc:%Y%m%d%H%M%S}{fraction}Z".encode("ascii"))
