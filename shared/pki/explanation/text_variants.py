"""What else the signer of a content may have hashed, where the content is no XML under a canonical form."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from types import MappingProxyType
from typing import Any
from xml.sax.saxutils import escape, unescape

from lxml import etree

from shared.pki.encoding import xmltree
from shared.pki.explanation.trials import Variant

_MARK = b"\xef\xbb\xbf"
_ENCODINGS = ("windows-1251", "utf-16", "utf-16-le", "utf-16-be", "latin-1")
_LONGEST_JSON = 64 * 1024
_MOST_BRACKETS = 4_000
_QUOTES = {'"': "&quot;", "'": "&apos;"}


def text_variants(content: bytes) -> Iterator[Variant]:
    """The variants of a content, likeliest first."""
    yield Variant("content-in-base64-signed", partial(base64.b64encode, content))
    yield Variant("content-in-base64-signed", partial(base64.encodebytes, content))
    yield Variant("content-in-base64url-signed", lambda: base64.urlsafe_b64encode(content).rstrip(b"="))
    yield Variant("content-out-of-base64-signed", partial(base64.b64decode, content, validate=True))
    yield from _line_variants(content)
    yield from _digest_variants(content)
    yield Variant("byte-order-mark-signed", lambda: _MARK + content)
    yield Variant("byte-order-mark-added", partial(content.removeprefix, _MARK))
    yield from _text_changes(content)
    yield from _json_variants(content)
    yield from _xml_variants(content)


def _line_variants(content: bytes) -> Iterator[Variant]:
    unix = content.replace(b"\r\n", b"\n")
    yield Variant("line-ends-lost", lambda: unix.replace(b"\n", b"\r\n"))
    yield Variant("carriage-returns-added", lambda: unix)
    yield Variant("line-end-signed", lambda: content + b"\n")
    yield Variant("line-end-signed", lambda: content + b"\r\n")
    yield Variant("content-padded-after-signing", content.strip)


def _digest_variants(content: bytes) -> Iterator[Variant]:
    """The digest of the content, signed as if it were the content: as bytes, in hexadecimal, in base64."""
    for name in ("sha256", "sha1", "sha512"):
        details = MappingProxyType({"digest": name})
        for write in (bytes, binascii.hexlify, base64.b64encode):
            yield Variant("digest-signed-as-content", partial(_written_digest, content, name, write), details)


def _written_digest(content: bytes, name: str, write: Callable[[bytes], bytes]) -> bytes:
    return write(hashlib.new(name, content).digest())


def _text_changes(content: bytes) -> Iterator[Variant]:
    changes: tuple[tuple[str, Callable[[str], str]], ...] = (
        ("text-unescaped-after-signing", escape),
        ("text-unescaped-after-signing", lambda text: escape(text, _QUOTES)),
        ("text-escaped-after-signing", lambda text: unescape(text, {"&quot;": '"', "&apos;": "'"})),
        *(("unicode-normalised", partial(unicodedata.normalize, form)) for form in ("NFC", "NFD")),
    )
    for code, change in changes:
        yield Variant(code, partial(_changed, content, change))
    for encoding in _ENCODINGS:
        details = MappingProxyType({"encoding": encoding})
        yield Variant("text-in-other-encoding", partial(_encoded, content, encoding), details)


def _encoded(content: bytes, encoding: str) -> bytes:
    return content.decode().encode(encoding)


def _changed(content: bytes, change: Callable[[str], str]) -> bytes:
    return change(content.decode()).encode()


def _json_variants(content: bytes) -> Iterator[Variant]:
    """JSON written anew: compact or indented, sorted or not, with letters or escapes."""
    if len(content) > _LONGEST_JSON or not content.lstrip().startswith((b"{", b"[")):
        return
    if content.count(b"[") + content.count(b"{") > _MOST_BRACKETS:
        return
    styles: tuple[dict[str, Any], ...] = (
        {"separators": (",", ":")},
        {},
        {"indent": 2},
        {"indent": 4},
        {"indent": "\t"},
    )
    for style in styles:
        for is_sorted in (False, True):
            for is_ascii in (False, True):
                write = partial(json.dumps, ensure_ascii=is_ascii, sort_keys=is_sorted, **style)
                yield Variant("json-rewritten", partial(_rewritten, content, write))


def _rewritten(content: bytes, write: Callable[[Any], str]) -> bytes:
    return write(json.loads(content)).encode()


def _xml_variants(content: bytes) -> Iterator[Variant]:
    if not content.lstrip(_MARK + b" \t\r\n").startswith(b"<"):
        return
    for is_exclusive in (False, True):
        yield Variant("xml-canonical-signed", partial(_canonical, content, is_exclusive=is_exclusive))


def _canonical(content: bytes, *, is_exclusive: bool) -> bytes:
    root = xmltree.parse_document(content)
    return etree.tostring(root.getroottree(), method="c14n", exclusive=is_exclusive)
