"""Time-stamps: granted and refused requests, and the form of a refusal."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from asn1crypto import cms as asn1
from asn1crypto import core, tsp
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from services.is_nuc.authority import stamper
from services.is_nuc.authority.stamper import TimeStampQuery, TsaSigner
from shared.bus.errors import BusError, Malformed, Refused
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from shared.pki.encoding import der
from tests.pki.pki_centre import NOW, centre

NAMES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.3.14.3.2.26": "sha1",
    "1.2.840.113549.2.5": "md5",
}
SHA256, SHA384, SHA512, SHA1, MD5 = NAMES


@cache
def tsa() -> TsaSigner:
    key, certificate = centre().issue(CertificateKind.TSA)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return TsaSigner(key, certificate)


def query(
    algorithm: str = SHA256, *, version: int = 1, options: bytes = b"", digest: bytes | None = None
) -> bytes:
    hashed = hashlib.new(NAMES[algorithm], b"the document").digest() if digest is None else digest
    imprint = der.sequence(der.sequence(der.oid(algorithm), der.null()), der.octet_string(hashed))
    return der.sequence(der.integer(version), imprint, options)


def stamped(data: bytes, serial: int = 77) -> Any:
    made = stamper.make_response(stamper.read_query(data), tsa(), NOW, serial)
    told = tsp.TimeStampResp.load(made, strict=True)
    assert told["status"]["status"].native == "granted"
    return told["time_stamp_token"]


def info(token: Any) -> Any:
    opened = signed_data.open_signed(token.dump(), content_type=signed_data.TIME_STAMP)
    assert opened.certificate == tsa().certificate
    return tsp.TSTInfo.load(opened.content, strict=True)


@pytest.mark.parametrize("algorithm", [SHA256, SHA384, SHA512])
def test_tsp_token_tells_digest_moment_policy_and_number(algorithm: str) -> None:
    told = info(stamped(query(algorithm, options=der.boolean(True))))
    assert told["message_imprint"]["hash_algorithm"]["algorithm"].dotted == algorithm
    assert (
        told["message_imprint"]["hashed_message"].native == hashlib.new(NAMES[algorithm], b"the document").digest()
    )
    assert told["gen_time"].native == NOW
    assert told["policy"].dotted == stamper.POLICY
    assert told["serial_number"].native == 77
    assert told["accuracy"]["seconds"].native == 1
    assert told["nonce"].native is None
    assert told["tsa"].chosen.untag().dump() == tsa().certificate.subject.public_bytes()


def test_tsp_token_writes_whole_seconds_without_a_fraction() -> None:
    made = stamper.make_response(stamper.read_query(query()), tsa(), NOW.replace(microsecond=0), 1)
    assert b"20260302093015Z" in made
    assert b"20260302093015.25Z" in stamper.make_response(stamper.read_query(query()), tsa(), NOW, 1)


@pytest.mark.parametrize("nonce", [0, 1, 2**63, 2**511 - 1])
def test_tsp_nonce_is_repeated(nonce: int) -> None:
    assert info(stamped(query(options=der.integer(nonce) + der.boolean(True))))["nonce"].native == nonce


@pytest.mark.parametrize("policy", sorted(stamper.POLICIES))
def test_tsp_policy_that_is_asked_for_is_followed(policy: str) -> None:
    assert info(stamped(query(options=der.oid(policy) + der.boolean(True))))["policy"].dotted == policy


def test_tsp_certificate_comes_along_only_when_asked_for() -> None:
    for options, count in ((b"", 0), (der.boolean(False), 0), (der.boolean(True), 1)):
        signed = stamped(query(options=options))["content"]
        present = signed["certificates"]
        assert (0 if isinstance(present.native, type(None)) else len(present)) == count
        assert isinstance(signed, asn1.SignedData)


REFUSED = [
    (query(SHA1), "tsp-bad-alg"),
    (query(MD5), "tsp-bad-alg"),
    (query(version=2), "tsp-bad-request"),
    (query(digest=b"short"), "tsp-bad-data-format"),
    (query(options=der.oid("1.2.3.4")), "tsp-unaccepted-policy"),
    (query(options=der.explicit(0, b"")), "tsp-unaccepted-extension"),
    (query(options=der.integer(2**600)), "tsp-bad-request"),
    (query(options=der.boolean(True) + der.integer(1)), "tsp-bad-data-format"),
    (query(options=der.octet_string(b"?")), "tsp-bad-data-format"),
    (query() + b"\x00", "tsp-bad-data-format"),
    (b"", "tsp-bad-data-format"),
    (b"x" * (stamper.MOST_BYTES + 1), "tsp-bad-data-format"),
]


@pytest.mark.parametrize(("data", "code"), REFUSED)
def test_tsp_query_that_cannot_be_stamped_is_refused_by_its_code(data: bytes, code: str) -> None:
    with pytest.raises((Malformed, Refused)) as caught:
        stamper.read_query(data)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("tsp-bad-alg", "bad_alg"),
        ("tsp-bad-request", "bad_request"),
        ("tsp-bad-data-format", "bad_data_format"),
        ("tsp-time-not-available", "time_not_available"),
        ("tsp-unaccepted-policy", "unaccepted_policy"),
        ("tsp-unaccepted-extension", "unaccepted_extensions"),
        ("tsp-system-failure", "system_failure"),
        ("another-code", "system_failure"),
    ],
)
def test_tsp_refusal_is_an_answer_with_the_failure_and_words(code: str, failure: str) -> None:
    made = stamper.make_rejection(Malformed(code), {"ru": "нет", "en": "no"})
    (told,) = core.SequenceOf.load(made, strict=True, spec=tsp.PKIStatusInfo)  # and no token
    assert told["status"].native == "rejection"
    assert told["status_string"].native == ["нет", "no"]
    assert told["fail_info"].native == {failure}


def test_tsp_wrong_imprint_is_of_another_document() -> None:
    right = stamper.read_query(query())
    wrong = stamper.with_wrong_imprint(right)
    told = tsp.TimeStampResp.load(stamper.make_response(wrong, tsa(), NOW, 1))["time_stamp_token"]
    digest = info(told)["message_imprint"]["hashed_message"].native
    assert digest != hashlib.sha256(b"the document").digest()
    assert len(digest) == 32


def test_tsp_moment_is_that_of_the_clock_and_the_number_the_callers() -> None:
    asked = TimeStampQuery(stamper.read_query(query()).imprint, stamper.POLICY, b"", True)
    for days, serial in ((0, 1), (400, 2**127 + 1)):
        at = NOW + timedelta(days=days)
        told = info(tsp.TimeStampResp.load(stamper.make_response(asked, tsa(), at, serial))["time_stamp_token"])
        assert (told["gen_time"].native, told["serial_number"].native) == (at, serial)


def read(data: bytes) -> None:
    try:
        told = stamper.read_query(data).policy
    except BusError as error:
        told = error.code
    assert told in stamper.POLICIES | stamper.FAILURES.keys()


@given(st.binary(max_size=200))
def test_tsp_query_of_garbage_is_refused_by_a_known_code(data: bytes) -> None:
    read(data)


@settings(max_examples=300)
@given(st.integers(0, 10_000), st.integers(0, 255), st.integers(0, 20))
def test_tsp_query_that_is_damaged_is_read_or_refused(at: int, value: int, cut: int) -> None:
    data = bytearray(query(options=der.oid(stamper.POLICY) + der.integer(2**60) + der.boolean(True)))
    data[at % len(data)] = value
    read(bytes(data[: len(data) - cut]))
