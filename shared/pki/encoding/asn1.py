"""Reading ASN.1: the one door to `cryptography.hazmat.asn1`, which is declarative, strict (DER) and in Rust.

Its interface is marked unstable, so nobody else imports it: shapes are classes under `sequence`, and
`read_value` reads bytes into one. What the library does not know is added here and nothing else: the elements
of a SET whose order is the writer's, told from each other before anything is made of them; moments with
fractions of a second; and DER out of BER (`normalise`), which signers built on Java and `openssl cms -stream`
write. Whatever does not fit is a ValueError, one of ``der.UNREADABLE``: the caller says what that means.
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
    """More elements than the caller or any honest writer has: they were not all looked at."""


def read_value(shape: type[_Shape], der: bytes) -> _Shape:
    """The one value of this shape that `der` is, in DER with nothing left over; else ValueError."""
    return decode_der(shape, der)


def raw_value(value: Any) -> bytes:
    """The encoding of a `TLV`, as it came, or of a value with a shape."""
    return encode_der(value)


def read_members(value: TLV, tag: bytes, most: int) -> list[bytes]:
    """The elements of a SEQUENCE OF or SET OF with this `tag`, encoded, in the order in which they came.

    Only their lengths were read: what each of them is, `read_value` says. TooManyElements when there are more than
    `most`, which the library would find out after making objects of all; otherwise ValueError.
    DER wants those of a SET sorted, and writers of signatures differ: nothing here hangs on their order.
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
    """The moment of a UTCTime or a GeneralizedTime that ends in Z, as RFC 5280 and RFC 3161 ask."""
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
    """The one BER value that `ber` is, with every length definite and short and octet strings in one piece.

    Contents stay as they are, and so does the order of a SET. Unless `is_deep`, what has a definite length is
    left as it came: that is what nearly every writer of BER means, and is four times as quick. ValueError: not
    BER, tags of several bytes; TooManyElements: more than 32 levels or 65,536 elements.
    """
    encoded, end = _Normaliser(ber, is_deep).rewrite(0, len(ber), 0)
    if end != len(ber):
        raise ValueError("something is left over")
    return encoded


class _Normaliser:
    """BER as it is rewritten, element by element, inside out."""

    def __init__(self, source: bytes, is_deep: bool) -> None:
        self._source = source
        self._is_deep = is_deep
        self._elements = 0

    def rewrite(self, at: int, limit: int, depth: int) -> tuple[bytes, int]:
        """The DER of the element at `at`, and where the element ends, which is not behind `limit`."""
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
    """Tag, bytes of tag and length together, and the length, None for an indefinite one."""
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
    """The content of an OCTET STRING that was rewritten."""
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
