"""ASiCManifest (ETSI EN 319 162-1, 4.3.3.2 and annex A): the digests of the members that one signature covers.

The manifest is written in one form only, a line for each member, so that a reader with ``sed`` can read it too.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

_BEGIN = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#"'
    ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\n'
)
_REFERENCE = '<asic:SigReference URI="{name}" MimeType="{media_type}"/>\n'
_MEMBER = (
    '<asic:DataObjectReference URI="{name}" MimeType="{media_type}">'
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    "<ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference>\n"
)
_END = "</asic:ASiCManifest>\n"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/-]*", re.ASCII)
_SIGNATURE = re.compile(r'<asic:SigReference URI="([^"]*)" MimeType="([^"]*)"/>')
_LISTED = re.compile(r'<asic:DataObjectReference URI="([^"]*)".*<ds:DigestValue>([^<]*)</ds:DigestValue>')

SIGNATURE_TYPE = "application/x-pkcs7-signature"
TIME_STAMP_TYPE = "application/vnd.etsi.timestamp-token"
_MEDIA_TYPES = {
    "json": "application/json",
    "entry": "application/json",
    "jws": "application/jose",
    "pem": "application/x-pem-file",
    "crl": "application/pkix-crl",
    "ocsp": "application/ocsp-response",
    "tst": TIME_STAMP_TYPE,
    "p7s": SIGNATURE_TYPE,
    "xml": "text/xml",
    "sh": "application/x-sh",
    "txt": "text/plain",
    "md": "text/markdown",
}


@dataclass(frozen=True)
class AsicManifest:
    """The name of the signature (or time-stamp) over the manifest, and the digests of the members by name."""

    signature: str
    digests: Mapping[str, str]

    def lists_content(self, name: str, content: bytes) -> bool:
        """Whether the manifest lists a member of this name with this content."""
        return self.digests.get(name) == member_digest(content)


def member_digest(content: bytes) -> str:
    """SHA-256 in base64, as XML signatures write it."""
    return b64encode(sha256(content).digest()).decode()


def write_manifest(manifest: AsicManifest) -> bytes:
    """The manifest as XML; ValueError for a name that would have to be escaped."""
    names = sorted(manifest.digests)
    if not all(_PLAIN_NAME.fullmatch(name) for name in (manifest.signature, *names)):
        raise ValueError("a name that a manifest would have to escape")
    reference = _REFERENCE.format(name=manifest.signature, media_type=_media_type(manifest.signature))
    lines = [
        _MEMBER.format(name=name, media_type=_media_type(name), digest=manifest.digests[name]) for name in names
    ]
    return "".join((_BEGIN, reference, *lines, _END)).encode()


def read_manifest(content: bytes) -> AsicManifest:
    """The manifest in ``content``; ValueError for bytes in any other form than that of ``write_manifest``."""
    text = content.decode("ascii")
    signature = _SIGNATURE.search(text)
    manifest = AsicManifest(signature[1] if signature else "", dict(_LISTED.findall(text)))
    if write_manifest(manifest) != content:
        raise ValueError("not a manifest in its only form")
    return manifest


def _media_type(name: str) -> str:
    return _MEDIA_TYPES.get(name.rpartition(".")[2], "application/octet-stream")
