"""Guesses which kind of signature a file holds, and explains it."""

from __future__ import annotations

import re
from dataclasses import replace

from shared.pki.explanation.cms_signatures import explain_cms
from shared.pki.explanation.findings import NOTHING_EXPECTED, ExpectedSignature, Explanation, SignatureKind
from shared.pki.explanation.jws_signatures import explain_jws
from shared.pki.explanation.xml_signatures import explain_envelope, explain_xml

_TOKEN = re.compile(rb"\s*(?:[Bb]earer\s+)?[A-Za-z0-9_=+/-]*\.[A-Za-z0-9_=+/-]*\.[A-Za-z0-9_=+/.-]*\s*")
_ENVELOPE = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,40}:)?Envelope[\s>]")
_HEAD = 4096


def guess_kind(data: bytes) -> SignatureKind:
    """The likeliest kind of signature in `data`."""
    head = data[:_HEAD].replace(b"\0", b"")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if _ENVELOPE.search(head) or b"&lt;" in start[:8]:
        return SignatureKind.WSSE
    if start.startswith((b"<", b"\xff\xfe", b"\xfe\xff")):
        return SignatureKind.XMLDSIG
    if _TOKEN.fullmatch(data[:MOST_TOKEN]) or (start.startswith(b"{") and b'"protected"' in data[:_HEAD]):
        return SignatureKind.JWS
    return SignatureKind.CMS


MOST_TOKEN = 64 * 1024


def explain_signature(
    data: bytes, expected: ExpectedSignature = NOTHING_EXPECTED, kind: SignatureKind | None = None
) -> Explanation:
    """Why the signature in `data` is refused; its kind is guessed unless given."""
    match kind or guess_kind(data):
        case SignatureKind.WSSE:
            return explain_envelope(data, expected)
        case SignatureKind.XMLDSIG:
            return explain_xml(data, expected)
        case SignatureKind.JWS:
            return explain_jws(data.decode("latin-1").removesuffix("\n"), expected)
        case SignatureKind.CMS:
            return explain_cms(data, replace(expected))
