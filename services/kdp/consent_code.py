"""The code of a consent: a JWS (RFC 7515, ES256) by a key of its own, whose public half goes with the code.

A system that is shown the code can prove who consented to what without КДП; whether the consent was revoked or
used КДП alone knows.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic_core import to_json

from shared.bus.messages.jws import encode_base64url


@dataclass(frozen=True, repr=False)
class ConsentCode:
    """A code, and the public key (SubjectPublicKeyInfo in base64) that proves the code."""

    text: str
    public_key: str


def make_code(
    consent_id: str, iin: str, company_bin: str, access_name: str, now: datetime, life: timedelta
) -> ConsentCode:
    """A code for a consent given now."""
    key = ec.generate_private_key(ec.SECP256R1())
    claims = {
        "jti": consent_id,
        "uin": iin,
        "cbin": company_bin,
        "access_name": access_name,
        "iat": int(now.timestamp()),
        "exp": int((now + life).timestamp()),
    }
    protected = f"{encode_base64url(to_json({'alg': 'ES256'}))}.{encode_base64url(to_json(claims))}"
    r, s = decode_dss_signature(key.sign(protected.encode(), ec.ECDSA(SHA256())))
    public_key = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    signature = encode_base64url(r.to_bytes(32) + s.to_bytes(32))
    return ConsentCode(f"{protected}.{signature}", b64encode(public_key).decode())


def digest_code(code: str) -> str:
    """The digest under which a code is stored: who reads the database cannot use the codes."""
    return sha256(code.encode()).hexdigest()
