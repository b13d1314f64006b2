"""Findings about bytes that should be an XML document in UTF-8, and are none."""

from __future__ import annotations

import base64
import re

from lxml import etree

from shared.bus.errors import BusError
from shared.pki.encoding import xmltree
from shared.pki.encoding.xmltree import XmlElement
from shared.pki.explanation.findings import MAX_BYTES, Notes

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding[ \t\r\n]*=[ \t\r\n]*['\"]([A-Za-z0-9._-]{1,40})['\"]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_UTF8_MARK = b"\xef\xbb\xbf"


def read_document(data: bytes, notes: Notes) -> XmlElement | None:
    """The root of the document; None where the bytes are none, which is noted."""
    try:
        return xmltree.parse_document(data, max_bytes=MAX_BYTES)
    except BusError as error:
        _note_document(notes, data, error.code)
        return None


def _note_document(notes: Notes, data: bytes, code: str) -> None:
    declared = _DECLARED.match(data.removeprefix(_UTF8_MARK))
    stripped = data.removeprefix(_UTF8_MARK).lstrip()
    if code == "xml-too-large":
        notes.add("too-long", limit=MAX_BYTES)
    elif code == "xml-dtd":
        notes.add("document-type-declared")
    elif not stripped:
        notes.add("document-empty")
    elif data.startswith(_UTF16):
        notes.add("encoding-utf-16")
    elif declared and declared[1].lower().replace(b"-", b"") != b"utf8":
        notes.add("encoding-declared", encoding=declared[1].decode())
    elif not _is_utf8(data):
        notes.add("encoding-not-utf-8")
    elif not stripped.startswith(b"<"):
        _note_other_kind(notes, stripped)
    elif stripped.startswith(b"<?xml") and stripped != data.removeprefix(_UTF8_MARK):
        notes.add("declaration-not-first")
    else:
        line, column = _place_of_error(data)
        notes.add("xml-not-well-formed", line=line, column=column)


def _note_other_kind(notes: Notes, stripped: bytes) -> None:
    if stripped.startswith((b"&lt;", b"&#60;")):
        notes.add("document-escaped")
    elif stripped.startswith((b"{", b"[", b'"')):
        notes.add("document-is-json")
    elif _is_base64_of_xml(stripped):
        notes.add("document-in-base64")
    else:
        notes.add("document-is-no-xml")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_base64_of_xml(text: bytes) -> bool:
    try:
        return base64.b64decode(b"".join(text.split()), validate=True).removeprefix(_UTF8_MARK).startswith(b"<")
    except ValueError:
        return False


def _place_of_error(data: bytes) -> tuple[int, int]:
    """Line and column where reading stopped, 0 where they cannot be told; the document itself is not quoted."""
    if b"<!DOCTYPE" in data:
        return 0, 0
    try:
        etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        return error.position
    except ValueError:
        pass
    return 0, 0
