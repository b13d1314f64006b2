"""Reads ASN.1 by `cryptography.hazmat.asn1`, which is declarative, strict (DER) and written in Rust.

The library marks that interface as unstable, so only this module imports it. A shape is a class decorated with
`sequence`, and `read_value` reads bytes into a shape. This module adds what the library lacks: lists whose
elements are counted before any object is made, and may stand in any order; moments with fractions of a second;
and `normalise`, which turns BER into DER, because signers built on Java and `openssl cms -stream` write BER.
Unreadable bytes raise ValueError or another of ``der.UNREADABLE``; callers turn these into their own error codes.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from cryptography.hazmat.asn1 import (  # noqa: TID251 - the one door
    TLV,
    BitString,
    Explicit,
    Implicit,
    Size,
    decode_der,
    encode_der,
    sequence,
)

__all__ = [
    "TLV",
    "BitString",
    "Explicit",
    "Implicit",
    "Size",
    "TooManyElements",
    "normalise",
    "raw_value",
    "read_members",
    "read_moment",
    "read_value",
    "retagged",
    "sequence",
]

OCTETS, UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = b"\x04", b"\x17", b"\x18", b"\x30", b"\x31"
CONTEXT_0, CONTEXT_1 = b"\xa0", b"\xa1"  # constructed: [0], [1]

_Shape = TypeVar("_Shape")

_CONSTRUCTED, _LONG_TAG, _LONG_LENGTH, _OCTETS_IN_PARTS = 0x20, 0x1F, 0x80, 0x24
_MOST_LENGTH_BYTES = 4
_MOST_DEPTH, _MOST_ELEMENTS = 32, 1 << 16
_FIRST_CENTURY_YEAR = 50  # RFC 5280, 4.1.2.5.1: UTCTime of 50 and above is of 19xx
_MOMENT = re.compile(rb"(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6})\d{0,6})?Z")


class TooManyElements(ValueError):
    """A list or a document has more elements than the limit; the rest was not read."""


def read_value(shape: type[_Shape], der: bytes) -> _Shape:
    """The value of this shape in `der`; ValueError for other bytes, for BER, and for trailing bytes."""
    return decode_der(shape, der)


def raw_value(value: Any) -> bytes:
    """The encoding of a `TLV`, unchanged, or of a value with a shape."""
    return encode_der(value)


def read_members(value: TLV, tag: bytes, most: int) -> list[bytes]:
    """The encoded elements of a SEQUENCE OF or SET OF with this `tag`, in the writer's order.

    Only the lengths of the elements are read; `read_value` reads an element. TooManyElements for more than `most`
    elements (the library would count only after making all objects), ValueError for other bytes. DER asks for a
    sorted SET, and writers of signatures differ, so the order is not checked.
    """
    if value.tag_bytes != tag:
        raise ValueError("an element of another kind")
    elements, at = bytes(value.data), 0
    members: list[bytes] = []
    while at < len(elements):
        if len(members) == most:
            raise TooManyElements("too many elements")
        _, size, length = _read_header(elements[at : at + 2 + _MOST_LENGTH_BYTES])
        if length is None or at + size + length > len(elements):
            raise ValueError("it ends before its length, or has none")
        members.append(elements[at : at + size + length])
        at += size + length
    return members


def retagged(value: TLV, tag: bytes) -> bytes:
    """The encoding of a value under another tag of one byte."""
    return _encode(tag[0], bytes(value.data))


def read_moment(value: TLV) -> datetime:
    """The moment of a UTCTime or a GeneralizedTime that ends in Z (RFC 5280, RFC 3161); else ValueError."""
    if value.tag_bytes not in (UTC_TIME, GENERALIZED_TIME):
        raise ValueError("no moment")
    match = _MOMENT.fullmatch(bytes(value.data))
    if match is None or (match[1] is None) is not (value.tag_bytes == UTC_TIME):
        raise ValueError("not a moment in UTC")
    year = int(match[2]) + (100 * int(match[1]) if match[1] else _century_of(int(match[2])))
    whole = datetime(year, *(int(match[n]) for n in range(3, 8)), tzinfo=UTC)  # type: ignore[arg-type,misc]
    fraction = match[8] or b"0"
    return whole + timedelta(microseconds=int(fraction.ljust(6, b"0")))


def normalise(ber: bytes, *, is_deep: bool = True) -> bytes:
    """The BER value in `ber`, rewritten with definite, shortest lengths and octet strings in one piece.

    Contents and the order of a SET do not change. Unless `is_deep`, elements of definite length are copied
    unchanged: nearly every writer of BER needs no more, and the copy is four times as fast. ValueError for other
    bytes and for tags of several bytes; TooManyElements for more than 32 levels or 65,536 elements.
    """
    encoded, end = _Normaliser(ber, is_deep).rewrite(0, len(ber), 0)
    if end != len(ber):
        raise ValueError("something is left over")
    return encoded


class _Normaliser:
    """Rewrites BER element by element, the inner elements first."""

    def __init__(self, source: bytes, is_deep: bool) -> None:
        self._source = source
        self._is_deep = is_deep
        self._elements = 0

    def rewrite(self, at: int, limit: int, depth: int) -> tuple[bytes, int]:
        """The DER of the element at position `at`, and the position of the element's end, at most `limit`."""
        self._elements += 1
        if depth > _MOST_DEPTH or self._elements > _MOST_ELEMENTS:
            raise TooManyElements("too deep, or too many elements")
        tag, size, length = _read_header(self._source[at : at + 2 + _MOST_LENGTH_BYTES])
        begin = at + size
        stop = limit if length is None else begin + length
        if stop > limit:
            raise ValueError("it ends before its length")
        if length is not None and not (self._is_deep or tag == _OCTETS_IN_PARTS):
            return self._source[at:stop], stop
        if not tag & _CONSTRUCTED:
            return _encode(tag, self._source[begin:stop]), stop
        parts, end = self._rewrite_parts(begin, stop, depth, is_open=length is None)
        if tag == _OCTETS_IN_PARTS:
            return _encode(OCTETS[0], b"".join(map(_octets_of, parts))), end
        return _encode(tag, b"".join(parts)), end

    def _rewrite_parts(self, at: int, stop: int, depth: int, *, is_open: bool) -> tuple[list[bytes], int]:
        parts: list[bytes] = []
        while is_open or at < stop:
            if is_open and self._source[at : at + 2] == b"\0\0" and at + 2 <= stop:
                return parts, at + 2
            part, at = self.rewrite(at, stop, depth + 1)
            parts.append(part)
        return parts, at


def _read_header(header: bytes) -> tuple[int, int, int | None]:
    """The tag, the size of tag and length field in bytes, and the content's length (None: indefinite)."""
    if len(header) < 2 or header[0] & _LONG_TAG == _LONG_TAG:
        raise ValueError("cut short, or a tag of several bytes")
    tag, length = header[0], header[1]
    if length < _LONG_LENGTH:
        return tag, 2, length
    if length == _LONG_LENGTH:
        if not tag & _CONSTRUCTED:
            raise ValueError("an indefinite length where none may be")
        return tag, 2, None
    end = 2 + length - _LONG_LENGTH
    if end > len(header):
        raise ValueError("a length of too many bytes")
    return tag, end, int.from_bytes(header[2:end], "big")


def _octets_of(part: bytes) -> bytes:
    """The content of a rewritten OCTET STRING."""
    if part[:1] != OCTETS:
        raise ValueError("a part of an octet string is of another kind")
    return decode_der(bytes, part)


def _encode(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _LONG_LENGTH:
        return bytes((tag, length)) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG_LENGTH | len(digits))) + digits + content


def _century_of(year: int) -> int:
    return 1900 if year >= _FIRST_CENTURY_YEAR else 2000
