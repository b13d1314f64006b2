"""Explains refused tokens of the bus: JWS, detached, unencoded, the certificate by its SHA-256 thumbprint."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa

from shared.bus.errors import BusError
from shared.bus.messages import jws
from shared.pki import gost
from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.explanation.certificate_facts import key_of, note_certificate
from shared.pki.explanation.findings import (
    MAX_BYTES,
    NOTHING_EXPECTED,
    ExpectedSignature,
    Explanation,
    Notes,
    SignatureKind,
)
from shared.pki.explanation.signature_values import AnyKey, SignatureValue, find_signed, holds
from shared.pki.explanation.text_variants import text_variants
from shared.pki.explanation.trials import TrialBudget, Variant

_ALGORITHMS: Final = {
    "ES256": ("ecdsa", "sha256"),
    "ES384": ("ecdsa", "sha384"),
    "ES512": ("ecdsa", "sha512"),
    "RS256": ("rsa", "sha256"),
    "RS384": ("rsa", "sha384"),
    "RS512": ("rsa", "sha512"),
    "PS256": ("rsa", "sha256"),
}
_ACCEPTED = ("ES256", "RS256")
_URL_SAFE = re.compile(r"[A-Za-z0-9_-]*")
_MOST_CERTIFICATES, _MOST_PARTS, _MAX_HEADER = 64, 5, 8 * 1024


def explain_jws(token: str, expected: ExpectedSignature = NOTHING_EXPECTED) -> Explanation:
    """Why the token over `expected.content` is refused; no findings for a valid one.

    The signer's certificate is looked for among `expected.certificates`.
    """
    notes = Notes()
    if len(token) > MAX_BYTES or len(expected.content or b"") > MAX_BYTES:
        notes.add("too-long", limit=MAX_BYTES)
        return notes.conclude(SignatureKind.JWS)
    certificate = _verified_by(token, expected)
    if certificate is not None:
        _note_recipient(jws.parse(token).claims, expected, notes)
        note_certificate(notes, certificate, expected)
    else:
        notes.complete(partial(_explain_token, token, expected, notes), otherwise="jws-form")
    return notes.conclude(SignatureKind.JWS)


def _verified_by(token: str, expected: ExpectedSignature) -> x509.Certificate | None:
    """The certificate whose key made a rightly formed token over the expected content, or None."""
    try:
        read = jws.parse(token)
        certificate = _by_thumbprint(read.thumbprint, expected)
        key = key_of(certificate, Notes()) if certificate else None
        if certificate is None or key is None or isinstance(key, gost.PublicKey) or expected.content is None:
            return None
        jws.verify(read, key, expected.content)
    except BusError:
        return None
    return certificate


def _by_thumbprint(thumbprint: object, expected: ExpectedSignature) -> x509.Certificate | None:
    candidates = expected.certificates[:_MOST_CERTIFICATES]
    return next((candidate for candidate in candidates if certificate_thumbprint(candidate) == thumbprint), None)


def _explain_token(token: str, expected: ExpectedSignature, notes: Notes) -> None:
    parts = _parts_of(token, notes)
    if parts is None:
        return
    protected, payload, signature = parts
    header = _read_header(protected, notes)
    if header is None:
        return
    algorithm = str(header.get("alg"))
    notes.tell(algorithm=algorithm, header=" ".join(sorted(map(str, header))[:20]))
    _note_header(header, notes)
    _note_recipient(header, expected, notes)
    certificate = _find_certificate(header, expected, notes)
    value = _value_of(signature, notes)
    if payload:
        notes.add("jws-attached")
    if certificate is None or value is None:
        return
    note_certificate(notes, certificate, expected)
    _explain_value(protected, payload, value, algorithm, certificate, expected, notes)


def _parts_of(token: str, notes: Notes) -> list[str] | None:
    text = token.strip()
    if text != token:
        notes.add("jws-padded")
    if text.lower().startswith("bearer "):
        notes.add("jws-after-bearer")
        text = text[7:].strip()
    if text.startswith("{"):
        notes.add("jws-as-json")
        return None
    parts = text.split(".", _MOST_PARTS)
    if len(parts) != 3:
        notes.add("jws-encrypted" if len(parts) == 5 else "jws-parts", parts=len(parts))
        return None
    if len(text) > jws.MAX_TOKEN and not parts[1]:
        notes.add("jws-too-long", limit=jws.MAX_TOKEN)
    return None if len(parts[0]) > _MAX_HEADER else parts


def _read_header(protected: str, notes: Notes) -> dict[str, Any] | None:
    for code, text in (("", protected), ("jws-padded-base64", protected.rstrip("="))):
        try:
            header = json.loads(jws.decode_base64url(text))
        except (BusError, ValueError, RecursionError):
            continue
        if isinstance(header, dict):
            if code:
                notes.add(code, part="header")
            return header
    is_base64 = bool(set(protected) & set("+/"))
    notes.add("jws-base64-not-url" if is_base64 else "jws-header", part="header")
    return None


def _note_header(header: Mapping[str, Any], notes: Notes) -> None:
    algorithm = header.get("alg")
    if algorithm == "none":
        notes.add("jws-unsigned")
    elif isinstance(algorithm, str) and algorithm.startswith("HS"):
        notes.add("jws-shared-secret", algorithm=algorithm)
    elif algorithm not in _ACCEPTED:
        notes.add("jws-algorithm", algorithm=algorithm)
    if header.get("b64") is not False:
        notes.add("jws-b64-absent" if "b64" not in header else "jws-b64-true")
    elif header.get("crit") != ["b64"]:
        notes.add("jws-crit")


def _note_recipient(header: Mapping[str, Any], expected: ExpectedSignature, notes: Notes) -> None:
    if expected.recipient is not None and header.get("to") != expected.recipient:
        code = "jws-to-absent" if "to" not in header else "jws-to-differs"
        notes.add(code, given=header.get("to", ""), expected=expected.recipient)


def _find_certificate(
    header: Mapping[str, Any], expected: ExpectedSignature, notes: Notes
) -> x509.Certificate | None:
    """The signer's certificate, by whatever the header names it; a name that is not x5t#S256 is noted."""
    candidates = expected.certificates[:_MOST_CERTIFICATES]
    named = header.get("x5t#S256")
    if named is None:
        return _find_by_other_name(header, candidates, notes)
    certificate = _by_thumbprint(named, expected)
    if certificate is not None:
        return certificate
    for candidate in candidates:
        for code, spelling in _thumbprint_spellings(candidate):
            if spelling == str(named).lower().replace(":", "") or spelling == named:
                notes.add(code, is_proved=True)
                return candidate
    notes.add("certificate-unknown", thumbprint=named)
    return None


def _find_by_other_name(
    header: Mapping[str, Any], candidates: tuple[x509.Certificate, ...], notes: Notes
) -> x509.Certificate | None:
    if "x5t" in header:
        notes.add("thumbprint-sha-1")
        named = header["x5t"]
        thumbprints = [_url_text(candidate.fingerprint(hashes.SHA1())) for candidate in candidates]  # noqa: S303
        return dict(zip(thumbprints, candidates, strict=True)).get(str(named))
    if "x5c" in header:
        notes.add("jws-x5c")
        return _carried(header["x5c"])
    if "kid" not in header:
        notes.add("certificate-absent")
        return None
    notes.add("jws-kid")
    kid = str(header["kid"])
    for candidate in candidates:
        names = [certificate_thumbprint(candidate), str(candidate.serial_number), f"{candidate.serial_number:x}"]
        if kid in names or kid in (spelling for _, spelling in _thumbprint_spellings(candidate)):
            return candidate
    return candidates[0] if len(candidates) == 1 else None


def _carried(chain: object) -> x509.Certificate | None:
    try:
        return x509.load_der_x509_certificate(base64.b64decode(chain[0]))  # type: ignore[index]
    except (ValueError, TypeError, IndexError, KeyError):
        return None


def _thumbprint_spellings(certificate: x509.Certificate) -> Iterator[tuple[str, str]]:
    digest = certificate.fingerprint(hashes.SHA256())
    yield "thumbprint-in-hex", digest.hex()
    yield "thumbprint-in-hex", _url_text(digest.hex().encode())
    yield "thumbprint-in-base64", base64.b64encode(digest).decode()
    yield "thumbprint-in-base64", base64.urlsafe_b64encode(digest).decode()
    first = certificate.fingerprint(hashes.SHA1())  # noqa: S303 - to tell a thumbprint of the wrong kind
    yield "thumbprint-sha-1", _url_text(first)
    yield "thumbprint-sha-1", first.hex()


def _url_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _value_of(signature: str, notes: Notes) -> bytes | None:
    """The bytes of the signature; another spelling than base64url without padding is noted."""
    if not signature:
        notes.add("signature-empty")
        return None
    text = signature.rstrip("=")
    if text != signature:
        notes.add("jws-padded-base64", part="signature")
    if set(text) & set("+/"):
        notes.add("jws-base64-not-url", part="signature")
        text = text.replace("+", "-").replace("/", "_")
    if not _URL_SAFE.fullmatch(text):
        notes.add("jws-form")
        return None
    try:
        value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        notes.add("jws-form")
        return None
    if _url_text(value) != text:
        notes.add("jws-base64-unclean", part="signature")
    return value


def _explain_value(
    protected: str,
    payload: str,
    value: bytes,
    algorithm: str,
    certificate: x509.Certificate,
    expected: ExpectedSignature,
    notes: Notes,
) -> None:
    key = key_of(certificate, notes)
    if algorithm not in _ALGORITHMS or key is None:
        return
    kind, hash_name = _ALGORITHMS[algorithm]
    own = "rsa" if isinstance(key, rsa.RSAPublicKey) else "gost" if isinstance(key, gost.PublicKey) else "ecdsa"
    if own != kind:
        notes.add("algorithm-not-of-key", declared=algorithm, key=own)
        return
    if expected.content is None:
        notes.add("jws-without-payload")
        return
    prefix, content = protected.encode() + b".", expected.content
    if holds(value, prefix + content, key, hash_name, is_raw=True):
        return
    if notes.codes & {"jws-attached", "jws-b64-true", "jws-b64-absent"}:
        encoded = payload.encode() or base64.urlsafe_b64encode(content).rstrip(b"=")
        if holds(value, prefix + encoded, key, hash_name, is_raw=True):
            return
    if algorithm == "PS256":
        return
    keys: list[tuple[str, AnyKey]] = [("", key)]
    for other in expected.certificates[:3]:
        other_key = key_of(other, Notes()) if other != certificate else None
        keys += [("key-of-other-certificate", other_key)] if other_key else []
    variants = [Variant("", lambda: prefix + content), *_variants(prefix, payload, content)]
    notes.add_all([find_signed(SignatureValue(value, hash_name, is_raw=True), variants, keys, TrialBudget())])


def _variants(prefix: bytes, payload: str, content: bytes) -> Iterator[Variant]:
    """What else the signer may have signed than header, dot, payload."""
    encoded = base64.urlsafe_b64encode(content)
    yield Variant("jws-payload-encoded", lambda: prefix + encoded.rstrip(b"="))
    yield Variant("jws-payload-encoded", lambda: prefix + encoded)
    yield Variant("jws-payload-encoded", lambda: prefix + base64.b64encode(content))
    yield Variant("jws-header-not-signed", lambda: content)
    yield Variant("jws-payload-not-signed", lambda: prefix)
    yield Variant("jws-payload-not-signed", lambda: prefix[:-1])
    yield Variant("jws-dot-not-signed", lambda: prefix[:-1] + content)
    yield Variant("jws-header-decoded-signed", lambda: jws.decode_base64url(prefix[:-1].decode()) + b"." + content)
    for variant in text_variants(content):
        yield Variant(variant.code, partial(_joined, prefix, variant), variant.details)


def _joined(prefix: bytes, variant: Variant) -> bytes:
    return prefix + variant.build()
