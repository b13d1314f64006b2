"""Our JWS code against an independent library, in both directions."""

from __future__ import annotations

from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws as library
from joserfc.jwk import ECKey, RSAKey

from shared.bus.errors import Malformed, Untrusted
from shared.bus.messages import jws

ALGORITHMS = ("ES256", "RS256")
BODY = '{"messageInfo": "Өтініш №1"}'.encode()
CLAIMS = {"to": "KZ.SHEP", "seq": 7, "route": None, "sid": "{…}"}


@cache
def key_of(algorithm: str) -> jws.PrivateKey:
    if algorithm == "ES256":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, 2048)


@cache
def library_key(algorithm: str) -> ECKey | RSAKey:
    pem = key_of(algorithm).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return ECKey.import_key(pem) if algorithm == "ES256" else RSAKey.import_key(pem)


def registry() -> library.JWSRegistry:
    """The library's rules, extended by our claims."""
    return library.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("payload", [BODY, b"", b"a.b", bytes(range(256))])
def test_jws_of_ours_is_verified_by_the_library(algorithm: str, payload: bytes) -> None:
    token = jws.sign(key_of(algorithm), "print", payload, CLAIMS)
    if not payload:
        jws.verify(jws.parse(token), key_of(algorithm).public_key(), payload)
        return
    found = library.deserialize_compact(token, library_key(algorithm), payload=payload, registry=registry())
    assert found.headers() == {"alg": algorithm, "x5t#S256": "print", "b64": False, "crit": ["b64"], **CLAIMS}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("payload", [BODY, b"a.b", '"ә"'.encode()])
def test_jws_of_the_library_is_verified_by_us(algorithm: str, payload: bytes) -> None:
    header = {"alg": algorithm, "x5t#S256": "print", "b64": False, "crit": ["b64"], "to": "KZ.SHEP"}
    made = library.serialize_compact(header, payload, library_key(algorithm), registry=registry())
    token = jws.parse(made)
    jws.verify(token, key_of(algorithm).public_key(), payload)
    assert (token.algorithm, token.thumbprint, token.claims["to"]) == (algorithm, "print", "KZ.SHEP")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_jws_over_other_bytes_does_not_verify(algorithm: str) -> None:
    token = jws.sign(key_of(algorithm), "print", BODY, {})
    with pytest.raises(Untrusted, match="does not fit"):
        jws.verify(jws.parse(token), key_of(algorithm).public_key(), BODY + b" ")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_jws_does_not_verify_with_the_key_of_another(algorithm: str) -> None:
    token = jws.parse(jws.sign(key_of(algorithm), "print", BODY, {}))
    other = ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else key_of("ES256")
    with pytest.raises(Untrusted) as error:
        jws.verify(token, other.public_key(), BODY)
    assert error.value.code == ("signature-invalid" if algorithm == "ES256" else "signature-algorithm")


def test_jws_claims_cannot_change_what_the_header_means() -> None:
    hostile = {"alg": "none", "b64": True, "crit": [], "x5t#S256": "another"}
    token = jws.parse(jws.sign(key_of("ES256"), "print", BODY, hostile))
    assert (token.algorithm, token.thumbprint) == ("ES256", "print")
    jws.verify(token, key_of("ES256").public_key(), BODY)


def test_jws_signature_of_zeros_does_not_verify() -> None:
    protected = jws.sign(key_of("ES256"), "print", BODY, {}).split(".")[0]
    token = jws.parse(f"{protected}..{jws.encode_base64url(bytes(64))}")
    with pytest.raises(Untrusted):
        jws.verify(token, key_of("ES256").public_key(), BODY)


@given(st.binary(max_size=100))
def test_base64url_comes_back_as_it_went(raw: bytes) -> None:
    assert jws.decode_base64url(jws.encode_base64url(raw)) == raw


@pytest.mark.parametrize("text", ["A", "AB=", "AAA=", "A+/A", "AA AA", "AAAA\n", "QQ==", "QR", "ъ"])
def test_base64url_in_any_other_spelling_is_malformed(text: str) -> None:
    with pytest.raises(Malformed) as error:
        jws.decode_base64url(text)
    assert error.value.code == "signature-malformed"


@given(st.text(max_size=100))
def test_jws_parser_refuses_rubbish_with_an_error_of_ours(text: str) -> None:
    with pytest.raises((Malformed, Untrusted)):
        jws.parse(text)


def test_jws_token_is_too_long_with_a_long_claim() -> None:
    token = jws.sign(key_of("ES256"), "print", BODY, {"claim": "x" * jws.MAX_TOKEN})
    with pytest.raises(Malformed):
        jws.parse(token)
