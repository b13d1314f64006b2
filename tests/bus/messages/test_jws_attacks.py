"""Known attacks on readers of JWS (RFC 7515, 7797, 8725), tried on ours."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shared.bus.errors import Malformed, Untrusted
from shared.bus.messages import jws

BODY = b'{"messageInfo": {}}'
EC_KEY, RSA_KEY = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
ATTACKER = ec.generate_private_key(ec.SECP256R1())
GOOD: dict[str, Any] = {"alg": "ES256", "x5t#S256": "print", "b64": False, "crit": ["b64"], "to": "KZ.SHEP"}


def token_of(header: Mapping[str, Any] | bytes, signature: bytes = b"", payload: str = "") -> str:
    """A compact token with this header, valid or not."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return f"{jws.encode_base64url(text)}.{payload}.{jws.encode_base64url(signature)}"


def sign_header(header: Mapping[str, Any] | bytes, key: ec.EllipticCurvePrivateKey = EC_KEY) -> str:
    """A token with this header and a valid signature of this key."""
    unsigned = token_of(header)
    data = unsigned.split(".")[0].encode() + b"." + BODY
    der = key.sign(data, ec.ECDSA(SHA256()))
    r, s = decode_dss_signature(der)
    return unsigned + jws.encode_base64url(r.to_bytes(32) + s.to_bytes(32))


def accept(token: str, key: jws.PublicKey | None = None) -> jws.JwsToken:
    """Read and verify a token as a receiver does."""
    parsed = jws.parse(token)
    jws.verify(parsed, key or EC_KEY.public_key(), BODY)
    return parsed


def test_jws_token_of_these_tests_is_accepted_as_long_as_nothing_is_wrong() -> None:
    assert accept(sign_header(GOOD)).claims["to"] == "KZ.SHEP"


@pytest.mark.parametrize(
    "algorithm",
    [
        "none",
        "None",
        "NONE",
        "",
        "HS256",
        "HS512",
        "es256",
        "ES384",
        "ES256K",
        "PS256",
        "EdDSA",
        "RS512",
        None,
        0,
        ["ES256"],
        {"ES256": 1},
    ],
)
def test_jws_of_any_other_algorithm_is_refused(algorithm: object) -> None:
    with pytest.raises(Untrusted) as error:
        accept(sign_header({**GOOD, "alg": algorithm}))
    assert error.value.code == "signature-algorithm"


def test_jws_without_an_algorithm_is_refused() -> None:
    with pytest.raises(Untrusted):
        accept(sign_header({name: value for name, value in GOOD.items() if name != "alg"}))


@pytest.mark.parametrize("algorithm", ["none", "ES256", "RS256"])
def test_jws_without_a_signature_is_refused(algorithm: str) -> None:
    key = RSA_KEY.public_key() if algorithm == "RS256" else EC_KEY.public_key()
    with pytest.raises(Untrusted):
        accept(token_of({**GOOD, "alg": algorithm}), key)


@pytest.mark.parametrize("declared", ["HS256", "ES256", "RS256"])
@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_jws_made_with_the_public_key_as_a_secret_is_refused(declared: str, form: PublicFormat) -> None:
    secret = RSA_KEY.public_key().public_bytes(Encoding.PEM, form)
    header = {**GOOD, "alg": declared}
    data = token_of(header).split(".")[0].encode() + b"." + BODY
    with pytest.raises(Untrusted):
        accept(token_of(header, hmac.digest(secret, data, "sha256")), RSA_KEY.public_key())


@pytest.mark.parametrize(
    "critical", [None, [], ["exp"], ["b64", "exp"], ["exp", "b64"], ["b64", "b64"], "b64", {}]
)
def test_jws_with_another_list_of_what_is_critical_is_refused(critical: object) -> None:
    with pytest.raises(Malformed):
        accept(sign_header({**GOOD, "crit": critical}))


@pytest.mark.parametrize("encoded", [True, None, 0, "false", [], "absent"])
def test_jws_whose_payload_may_be_encoded_is_refused(encoded: object) -> None:
    header = {name: value for name, value in GOOD.items() if name != "b64"}
    with pytest.raises(Malformed):
        accept(sign_header(header if encoded == "absent" else {**header, "b64": encoded}))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5c", "x5u", "kid"])
def test_jws_that_brings_its_own_key_is_verified_by_the_certificates_alone(name: str) -> None:
    numbers = ATTACKER.public_key().public_numbers()
    own_key = {
        "kty": "EC",
        "crv": "P-256",
        "x": jws.encode_base64url(numbers.x.to_bytes(32)),
        "y": jws.encode_base64url(numbers.y.to_bytes(32)),
    }
    token = sign_header({**GOOD, name: own_key}, ATTACKER)
    with pytest.raises(Untrusted) as error:
        accept(token)
    assert error.value.code == "signature-invalid"


def test_jws_with_a_header_named_twice_never_passes_as_the_weaker_of_the_two() -> None:
    head = json.dumps({name: value for name, value in GOOD.items() if name != "alg"})[1:]
    with pytest.raises(Untrusted):
        accept(sign_header(f'{{"alg":"ES256","alg":"none",{head}'.encode()))
    assert accept(sign_header(f'{{"alg":"none","alg":"ES256",{head}'.encode())).algorithm == "ES256"


@pytest.mark.parametrize("change", [{"to": "KZ.OTHER"}, {"seq": 8}, {"x5t#S256": "other"}])
def test_jws_with_a_changed_header_does_not_verify(change: Mapping[str, Any]) -> None:
    protected = token_of({**GOOD, **change}).split(".")[0]
    with pytest.raises(Untrusted, match="does not fit"):
        accept(f"{protected}..{sign_header(GOOD).split('.')[2]}")


@pytest.mark.parametrize("wrong", ["the signature as DER", "zeros", "ones", "half", "longer"])
def test_jws_signature_in_another_form_does_not_verify(wrong: str) -> None:
    protected, _, signature = sign_header(GOOD).split(".")
    raw = jws.decode_base64url(signature)
    forms = {
        "the signature as DER": EC_KEY.sign(protected.encode() + b"." + BODY, ec.ECDSA(SHA256())),
        "zeros": bytes(64),
        "ones": b"\xff" * 64,
        "half": raw[:32],
        "longer": raw + b"\0",
    }
    with pytest.raises(Untrusted) as error:
        accept(f"{protected}..{jws.encode_base64url(forms[wrong])}")
    assert error.value.code == "signature-invalid"


@pytest.mark.parametrize(
    ("scheme", "digest"),
    [
        (padding.PSS(padding.MGF1(SHA256()), 32), SHA256()),
        (padding.PKCS1v15(), SHA1()),  # noqa: S303 - the attack
        (padding.PKCS1v15(), SHA384()),
    ],
)
def test_jws_by_an_rsa_key_in_another_scheme_does_not_verify(scheme: Any, digest: Any) -> None:
    header = {**GOOD, "alg": "RS256"}
    data = token_of(header).split(".")[0].encode() + b"." + BODY
    with pytest.raises(Untrusted, match="does not fit"):
        accept(token_of(header, RSA_KEY.sign(data, scheme, digest)), RSA_KEY.public_key())


def test_jws_of_an_rsa_key_is_not_verified_as_of_an_elliptic_one_nor_the_other_way_round() -> None:
    with pytest.raises(Untrusted, match="algorithm"):
        accept(sign_header(GOOD), RSA_KEY.public_key())
    with pytest.raises(Untrusted, match="algorithm"):
        accept(jws.sign(RSA_KEY, "print", BODY, {}))


@pytest.mark.parametrize(
    "header", [b"[]", b'"ES256"', b"null", b"", b"{", b"\xff\xfe{}", b"\xef\xbb\xbf{}", b"[" * 3000]
)
def test_jws_whose_header_is_no_json_object_is_malformed(header: bytes) -> None:
    with pytest.raises(Malformed) as error:
        accept(token_of(header, bytes(64)))
    assert error.value.code == "signature-malformed"


@pytest.mark.parametrize(
    "shape", ["{p}.{b}.{s}", "{p}.{s}", "{p}...{s}", "{p}..{s}.", " {p}..{s}", "{p}..{s}=", "[{p}]..{s}"]
)
def test_jws_in_another_serialization_is_malformed(shape: str) -> None:
    protected, _, signature = sign_header(GOOD).split(".")
    with pytest.raises(Malformed):
        accept(shape.format(p=protected, b=jws.encode_base64url(BODY), s=signature))
