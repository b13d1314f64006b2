"""Reading BER by hand: the few shapes that signatures, answers and tokens are made of, and nothing else.

A signature is read element by element, only as deep as something is looked for in it; asn1crypto made a tree of
everything, which cost ten times as much as proving the signature. Definite and indefinite lengths are read
(signers built on Java write the latter), tags of one byte only. Whatever does not fit is a ValueError or an
IndexError, both in ``der.UNREADABLE``: the caller says what that means.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

BOOLEAN, INTEGER, BIT_STRING, OCTETS, OID, ENUMERATED = 0x01, 0x02, 0x03, 0x04, 0x06, 0x0A
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x17, 0x18, 0x30, 0x31
CONTEXT_0, CONTEXT_1 = 0xA0, 0xA1  # constructed: [0], [1]
OCTETS_IN_PARTS = 0x24

MOST_PARTS = 1 << 16
_MOST_DEPTH = 16  # of indefinite lengths, one in another
_CONSTRUCTED, _LONG_TAG, _LONG_LENGTH = 0x20, 0x1F, 0x80
_MOST_LENGTH_BYTES = 4
_FIRST_CENTURY_YEAR = 50  # RFC 5280, 4.1.2.5.1: UTCTime of 50 and above is of 19xx
_MOMENT = re.compile(rb"(\d\d)?(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\.(\d{1,6})\d{0,6})?Z")


class BerElement:
    """One tag, length and content in `source`; nothing is copied until it is asked for."""

    __slots__ = ("begin", "end", "source", "start", "stop", "tag")

    def __init__(self, source: bytes, start: int, limit: int) -> None:
        self.source = source
        self.start = start
        self.tag = source[start]
        first = source[start + 1]
        length: int | None = first
        self.begin = start + 2
        if first >= _LONG_LENGTH or self.tag & _LONG_TAG == _LONG_TAG:
            _, self.begin, length = _read_header(source, start)
        if length is None:
            self.stop = _find_end(source, self.begin, limit)
            self.end = self.stop + 2
        else:
            self.stop = self.end = self.begin + length
        if self.end > limit:
            raise ValueError("it ends before its length")

    @property
    def content(self) -> bytes:
        """What is inside, without tag and length."""
        return self.source[self.begin : self.stop]

    @property
    def raw(self) -> bytes:
        """With tag and length, as it came."""
        return self.source[self.start : self.end]

    @property
    def is_indefinite(self) -> bool:
        return self.end != self.stop

    def parts(self, tag: int, least: int = 0, most: int = MOST_PARTS) -> list[BerElement]:
        """The elements inside, once this one has the `tag` and as many of them."""
        if self.tag != tag:
            raise ValueError("an element of another kind")
        if not tag & _CONSTRUCTED:
            raise ValueError("a primitive has no parts")
        at, source, stop = self.begin, self.source, self.stop
        elements: list[BerElement] = []
        while at < stop:
            part = BerElement(source, at, stop)
            at = part.end
            elements.append(part)
            if len(elements) > most:
                raise ValueError("too many elements")
        if len(elements) < least:
            raise ValueError("too few elements")
        return elements

    def only_part(self, tag: int) -> BerElement:
        """The one element inside of this one, which must have the `tag`."""
        return self.parts(tag, 1, 1)[0]

    def primitive_content(self, tag: int) -> bytes:
        """The content, once this one has the `tag`."""
        if self.tag != tag:
            raise ValueError("an element of another kind")
        return self.source[self.begin : self.stop]

    def read_integer(self) -> int:
        """The number of an INTEGER."""
        content = self.primitive_content(INTEGER)
        if not content:
            raise ValueError("a number without digits")
        return int.from_bytes(content, "big", signed=True)

    def read_octets(self) -> bytes:
        """The bytes of an OCTET STRING, put together when it comes in parts."""
        if self.tag == OCTETS:
            return self.content
        return b"".join(part.primitive_content(OCTETS) for part in self.parts(OCTETS_IN_PARTS))

    def read_moment(self) -> datetime:
        """The moment of a UTCTime or a GeneralizedTime that ends in Z, as RFC 5280 and RFC 3161 ask."""
        if self.tag not in (UTC_TIME, GENERALIZED_TIME):
            raise ValueError("no moment")
        match = _MOMENT.fullmatch(self.content)
        if match is None or (match[1] is None) is not (self.tag == UTC_TIME):
            raise ValueError("not a moment in UTC")
        year = int(match[2]) + (100 * int(match[1]) if match[1] else _century_of(int(match[2])))
        whole = datetime(year, *(int(match[n]) for n in range(3, 8)), tzinfo=UTC)  # type: ignore[arg-type,misc]
        fraction = match[8] or b"0"
        return whole + timedelta(microseconds=int(fraction.ljust(6, b"0")))


def read_element(source: bytes) -> BerElement:
    """The one element that `source` is, with nothing left over."""
    element = BerElement(source, 0, len(source))
    if element.end != len(source):
        raise ValueError("something is left over")
    return element


def dotted_oid(oid: BerElement) -> str:
    """An OBJECT IDENTIFIER as people write it."""
    numbers, number = [], 0
    content = oid.primitive_content(OID)
    if not content or content[-1] & 0x80:
        raise ValueError("an object identifier that does not end")
    for byte in content:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(number)
            number = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _read_header(source: bytes, start: int) -> tuple[int, int, int | None]:
    """Tag, where the content begins, and its length, or None for an indefinite one."""
    tag, length, begin = source[start], source[start + 1], start + 2
    if tag & _LONG_TAG == _LONG_TAG:
        raise ValueError("a tag of several bytes")
    if length < _LONG_LENGTH:
        return tag, begin, length
    if length == _LONG_LENGTH:
        if not tag & _CONSTRUCTED:
            raise ValueError("an indefinite length where none may be")
        return tag, begin, None
    after = begin + length - _LONG_LENGTH
    if after - begin > _MOST_LENGTH_BYTES:
        raise ValueError("a length of too many bytes")
    return tag, after, int.from_bytes(source[begin:after], "big")


def _find_end(source: bytes, begin: int, limit: int) -> int:
    """Where the content of an indefinite length stops: at the two zeros of its own level."""
    at, depth = begin, 1
    for _ in range(2 * MOST_PARTS):
        if at + 2 > limit:
            break
        if source[at] == source[at + 1] == 0:
            depth -= 1
            if depth == 0:
                return at
            at += 2
            continue
        _, inside, length = _read_header(source, at)
        depth += length is None
        at = inside + (length or 0)
        if depth > _MOST_DEPTH:
            break
    raise ValueError("an indefinite length whose end is not found")


def _century_of(year: int) -> int:
    return 1900 if year >= _FIRST_CENTURY_YEAR else 2000
