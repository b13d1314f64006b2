"""JSON Web Signature over the exact bytes sent: detached, unencoded payload (RFC 7515 appendix F, RFC 7797).

A token is ``header..signature``; the header names the algorithm, the signer's certificate (``x5t#S256``) and the
signer's claims (``to``, ``seq`` and others). Only ES256 and RS256 are accepted.

Written by hand over ``cryptography``: a signature is made and verified at every hop, and the JWS libraries cost as
much again as the signature itself (decision 0004); a test compares this module with one of them.
"""

from __future__ import annotations

from binascii import Error as NotBase64
from binascii import a2b_base64, b2a_base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic_core import from_json, to_json

from shared.bus.errors import Malformed, Untrusted

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

MAX_TOKEN = 4096
_TO_URL, _FROM_URL = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_ECDSA = ec.ECDSA(SHA256())
_PKCS1 = padding.PKCS1v15()
_SHA256 = SHA256()


@dataclass(frozen=True, slots=True)
class JwsToken:
    """A parsed token, not verified yet: nothing in it is trustworthy before ``verify``."""

    algorithm: str
    thumbprint: str
    claims: Mapping[str, Any]
    signing_prefix: bytes
    signature: bytes


def encode_base64url(raw: bytes) -> str:
    """``raw`` in base64url without padding."""
    return b2a_base64(raw, newline=False).rstrip(b"=\n").translate(_TO_URL).decode()


def decode_base64url(text: str) -> bytes:
    """The bytes that ``text`` encodes, if ``text`` is their only encoding: a changed signature must not pass.

    Raises Malformed ``signature-malformed``.
    """
    try:
        raw = a2b_base64(text.encode().translate(_FROM_URL) + b"=" * (-len(text) % 4))
    except (NotBase64, ValueError):
        raise Malformed("signature-malformed", "not base64url") from None
    if encode_base64url(raw) != text:
        raise Malformed("signature-malformed", "not the only spelling of these bytes")
    return raw


def algorithm_of(key: PrivateKey | PublicKey) -> str:
    """The JWS algorithm of a key: ES256 or RS256."""
    return _algorithm_of_class(type(key))


@cache
def _algorithm_of_class(key_class: type[PrivateKey | PublicKey]) -> str:
    """The algorithm of a class of keys, asked once: ``isinstance`` of an abstract class costs as much as parsing a
    token.
    """
    is_curve = issubclass(key_class, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey)
    return "ES256" if is_curve else "RS256"


def sign(key: PrivateKey, thumbprint: str, payload: bytes, claims: Mapping[str, Any]) -> str:
    """A detached token over ``payload``; ``claims`` go into the protected header."""
    header = {**claims, "alg": algorithm_of(key), "x5t#S256": thumbprint, "b64": False, "crit": ["b64"]}
    protected = encode_base64url(to_json(header))
    data = protected.encode() + b"." + payload
    if isinstance(key, rsa.RSAPrivateKey):
        return f"{protected}..{encode_base64url(key.sign(data, _PKCS1, _SHA256))}"
    r, s = decode_dss_signature(key.sign(data, _ECDSA))
    return f"{protected}..{encode_base64url(r.to_bytes(32) + s.to_bytes(32))}"


def parse(token: str) -> JwsToken:
    """Parse a token; Malformed ``signature-malformed``, Untrusted ``signature-algorithm``."""
    if len(token) > MAX_TOKEN or token.count(".") != 2:
        raise Malformed("signature-malformed", "not a compact token")
    protected, payload, signature = token.split(".")
    try:
        header = from_json(decode_base64url(protected))
    except ValueError:
        raise Malformed("signature-malformed", "the header is not JSON") from None
    if payload or not isinstance(header, dict) or header.get("b64") is not False:
        raise Malformed("signature-malformed", "not a detached token over unencoded bytes")
    if header.get("crit") != ["b64"] or not isinstance(header.get("x5t#S256"), str):
        raise Malformed("signature-malformed", "crit or x5t#S256 is wrong")
    if header.get("alg") not in ("ES256", "RS256"):
        raise Untrusted("signature-algorithm", "only ES256 and RS256 are allowed")
    return JwsToken(
        header["alg"], header["x5t#S256"], header, protected.encode() + b".", decode_base64url(signature)
    )


def verify(token: JwsToken, key: PublicKey, payload: bytes) -> None:
    """Verify that ``key`` made ``token`` over ``payload``; Untrusted ``signature-algorithm``,
    ``signature-invalid``.
    """
    if token.algorithm != algorithm_of(key):
        raise Untrusted("signature-algorithm", "the algorithm is not that of the certificate's key")
    data = token.signing_prefix + payload
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(token.signature, data, _PKCS1, _SHA256)
        else:
            key.verify(_der_signature(token.signature), data, _ECDSA)
    except InvalidSignature:
        raise Untrusted("signature-invalid", "the signature does not fit the bytes") from None


def _der_signature(signature: bytes) -> bytes:
    if len(signature) != 64:
        raise Untrusted("signature-invalid", "an ES256 signature has 64 bytes")
    return encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
