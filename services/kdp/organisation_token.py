"""``ovt``, the token of the asking organisation: a JWT (RFC 7519) by RS256 with cbin, mcheck, iat and exp."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic_core import from_json

from shared.bus.errors import Malformed, Refused, Untrusted
from shared.bus.messages.jws import PublicKey, decode_base64url

SKEW_SECONDS = 60
"""How far the clock of the organisation may be ahead."""


@dataclass(frozen=True)
class OrganisationToken:
    """A parsed token, not verified yet. ``thumbprint`` is ``x5t#S256`` of the header, or None."""

    thumbprint: str | None
    claims: dict[str, Any]
    signed_part: bytes
    signature: bytes


def parse_token(text: str) -> OrganisationToken:
    """Parse a token; Malformed ``organisation-token-malformed``."""
    parts = text.split(".")
    if len(parts) != 3:
        raise _malformed("three parts with dots between them")
    try:
        header, claims = (from_json(decode_base64url(part)) for part in parts[:2])
        signature = decode_base64url(parts[2])
    except (Malformed, ValueError):
        raise _malformed("parts in base64url that hold JSON") from None
    if not isinstance(header, dict) or header.get("alg") != "RS256":
        raise _malformed("the algorithm RS256")
    if not isinstance(claims, dict) or not all(isinstance(claims.get(name), str) for name in ("cbin", "mcheck")):
        raise _malformed("the texts cbin and mcheck")
    if not all(isinstance(claims.get(name), int) for name in ("iat", "exp")):
        raise _malformed("iat and exp in whole seconds")
    thumbprint = header.get("x5t#S256")
    return OrganisationToken(
        thumbprint if isinstance(thumbprint, str) else None, claims, f"{parts[0]}.{parts[1]}".encode(), signature
    )


def check_token(
    token: OrganisationToken, company_bin: str, find_key: Callable[[str | None], PublicKey], now: datetime
) -> None:
    """Check that the organisation's system signed the token, for this organisation and this moment.

    ``find_key`` gives the system's key by the thumbprint in the token. Untrusted ``organisation-token-signature``;
    Refused ``organisation-token-company``, ``organisation-token-expired``; and as ``find_key`` raises.
    """
    key = find_key(token.thumbprint)
    if not isinstance(key, rsa.RSAPublicKey):
        raise Untrusted("organisation-token-signature", "the key of the asking system is not RSA")
    try:
        key.verify(token.signature, token.signed_part, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        raise Untrusted("organisation-token-signature", "ovt is signed by another key") from None
    if token.claims["cbin"] != company_bin:
        raise Refused("organisation-token-company", "cbin of ovt is not company_bin")
    seconds = now.timestamp()
    if not token.claims["iat"] - SKEW_SECONDS <= seconds < token.claims["exp"]:
        raise Refused("organisation-token-expired", "iat and exp of ovt do not span this moment")


def _malformed(expected: str) -> Malformed:
    return Malformed("organisation-token-malformed", f"ovt is a JWT: expected {expected}")
