"""Near misses of JWS: each token is really signed with one mistake, and that mistake alone is named."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from shared.pki.explanation.jws_signatures import explain_jws
from tests.pki.explanation.mis_signing import (
    EXPECTED,
    PAYLOAD,
    TokenSigning,
    ec_pair,
    ec_sign_der,
    ec_sign_raw,
    other_ec_pair,
    quick,
    rsa_pair,
    url_text,
)
from tests.pki.pki_centre import NOW

KNOWN = (ec_pair()[1], other_ec_pair()[1], rsa_pair()[1])
WANTED = replace(EXPECTED, content=PAYLOAD, recipient="shep", certificates=KNOWN)


def over(payload: bytes) -> Callable[[str, bytes], bytes]:
    return lambda protected, _: protected.encode() + b"." + payload


def own_certificate() -> str:
    return base64.b64encode(ec_pair()[1].public_bytes(Encoding.DER)).decode()


def with_plus(data: bytes) -> bytes:
    """A signature whose base64 differs from its base64url: one in fifteen does not."""
    while "+" not in (text := standard_base64(value := ec_sign_raw(data))) and "/" not in text:
        pass
    return value


def standard_base64(data: bytes) -> str:
    return base64.b64encode(data).rstrip(b"=").decode()


SHA256 = ec_pair()[1].fingerprint(hashes.SHA256())
OTHER_SHA256 = other_ec_pair()[1].fingerprint(hashes.SHA256())
COMPACT = json.dumps(json.loads(PAYLOAD), separators=(",", ":"), ensure_ascii=False).encode()
SHA1 = ec_pair()[1].fingerprint(hashes.SHA1())  # noqa: S303 - a mistake to be named
T_ = TokenSigning
MISTAKES: tuple[tuple[str, TokenSigning], ...] = (
    ("jws-b64-true", T_(header={"b64": True}, signed=over(url_text(PAYLOAD).encode()))),
    ("jws-b64-absent", T_(without=("b64", "crit"), signed=over(url_text(PAYLOAD).encode()))),
    ("jws-attached", T_(middle=url_text, signed=over(url_text(PAYLOAD).encode()))),
    ("jws-crit", T_(without=("crit",))),
    ("jws-payload-encoded", T_(signed=over(url_text(PAYLOAD).encode()))),
    ("jws-payload-encoded", T_(signed=over(base64.b64encode(PAYLOAD)))),
    ("jws-payload-not-signed", T_(signed=lambda protected, _: protected.encode())),
    ("jws-header-not-signed", T_(signed=lambda _, payload: payload)),
    ("jws-dot-not-signed", T_(signed=lambda protected, payload: protected.encode() + payload)),
    ("jws-kid", T_(header={"kid": "key-1"}, without=("x5t#S256",))),
    ("jws-x5c", T_(header={"x5c": [own_certificate()]}, without=("x5t#S256",))),
    ("thumbprint-sha-1", T_(header={"x5t": url_text(SHA1)}, without=("x5t#S256",))),
    ("thumbprint-sha-1", T_(header={"x5t#S256": url_text(SHA1)})),
    ("thumbprint-in-hex", T_(header={"x5t#S256": SHA256.hex().upper()})),
    ("thumbprint-in-base64", T_(header={"x5t#S256": base64.b64encode(SHA256).decode()})),
    ("certificate-unknown", T_(header={"x5t#S256": url_text(bytes(32))})),
    ("certificate-absent", T_(without=("x5t#S256",))),
    ("jws-to-differs", T_(header={"to": "rshep"})),
    ("jws-to-absent", T_(without=("to",))),
    ("ecdsa-der-not-raw", T_(sign=ec_sign_der)),
    ("jws-base64-not-url", T_(value_text=standard_base64, sign=with_plus)),
    ("jws-padded-base64", T_(value_text=lambda value: base64.urlsafe_b64encode(value).decode())),
    ("jws-algorithm", T_(header={"alg": "EdDSA"})),
    ("jws-unsigned", T_(header={"alg": "none"})),
    ("jws-shared-secret", T_(header={"alg": "HS256"})),
    ("algorithm-not-of-key", T_(header={"alg": "RS256"})),
    ("key-of-other-certificate", T_(header={"x5t#S256": url_text(OTHER_SHA256), "alg": "ES256"})),
    ("json-rewritten", T_(signed=over(COMPACT))),
    ("content-padded-after-signing", T_(signed=over(PAYLOAD.strip()))),
    ("byte-order-mark-signed", T_(signed=over(b"\xef\xbb\xbf" + PAYLOAD))),
    ("line-ends-lost", T_(signed=over(PAYLOAD.replace(b"\n", b"\r\n")))),
    ("text-unescaped-after-signing", T_(signed=over(PAYLOAD.replace(b"<", b"&lt;").replace(b">", b"&gt;")))),
    ("key-not-of-certificate", T_(signed=over(b"another"))),
    ("jws-header", T_(header_text=lambda header: url_text(header[1:]))),
    ("signature-empty", T_(value_text=lambda value: "")),
)  # fmt: skip


@pytest.mark.parametrize(("code", "signing"), MISTAKES, ids=[code for code, _ in MISTAKES])
def test_mistake_in_a_token_is_named_and_nothing_else(code: str, signing: TokenSigning) -> None:
    token = signing.make().decode()
    assert quick(lambda: explain_jws(token, WANTED)) == (code,)


WRAPPINGS: dict[str, Callable[[str], str]] = {
    "jws-padded": lambda token: f" {token}\n",
    "jws-after-bearer": lambda token: f"Bearer {token}",
    "jws-parts": lambda token: token.replace("..", "."),
    "jws-as-json": lambda token: json.dumps({"protected": token.split(".")[0], "payload": "", "signature": ""}),
    "jws-encrypted": lambda token: f"{token}.a.b",
}


@pytest.mark.parametrize("code", WRAPPINGS)
def test_wrapping_of_a_token_is_named(code: str) -> None:
    assert explain_jws(WRAPPINGS[code](TokenSigning().make().decode()), WANTED).codes == (code,)


def test_explanation_finds_nothing_in_a_token_that_verifies() -> None:
    assert explain_jws(TokenSigning().make().decode(), WANTED).codes == ()


def test_token_of_an_expired_certificate_is_named() -> None:
    late = replace(WANTED, at=NOW + timedelta(days=365 * 9))
    assert explain_jws(TokenSigning().make().decode(), late).codes == ("certificate-expired",)


def test_token_without_the_bytes_under_it_is_named() -> None:
    token = TokenSigning().make().decode()
    assert explain_jws(token, replace(WANTED, content=None)).codes == ("jws-without-payload",)
