"""OCSP: the request, and which answers are accepted."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp

from shared.bus.errors import BusError, Malformed, Unavailable, Untrusted
from shared.pki.certificates import keys
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.ocsp import (
    MAX_BYTES,
    KeptAnswers,
    OcspAnswer,
    OcspAnswerCache,
    make_request,
    read_answer,
)
from shared.pki.certificates.profile import CertificateKind
from shared.pki.certificates.status import StatusOrigin
from tests.pki.nuc_server import HOUR, answer, failure, responder
from tests.pki.pki_centre import BIN, LATER, NOW, centre, make_centre, pem

NONCE = bytes(range(16))
COMPROMISED = (NOW, x509.ReasonFlags.key_compromise)


@cache
def citizen() -> tuple[PrivateKey, x509.Certificate]:
    return centre().issue(CertificateKind.INDIVIDUAL)


@cache
def question(nonce: bytes | None = None) -> bytes:
    return make_request(citizen()[1], centre().issuing, nonce)


def read(der: bytes, **changes: Any) -> OcspAnswer:
    usual: dict[str, Any] = {"at": LATER}
    return read_answer(der, citizen()[1], centre().issuing, **(usual | changes))


def refusal(der: bytes, **changes: Any) -> BusError:
    with pytest.raises(BusError) as caught:
        read(der, **changes)
    return caught.value


def whole(moment: Any) -> Any:
    return moment.replace(microsecond=0)


def test_ocsp_question_names_one_certificate_by_sha256_and_carries_a_nonce_by_choice() -> None:
    plain, with_nonce = (ocsp.load_der_ocsp_request(each) for each in (question(), question(NONCE)))
    assert plain.serial_number == citizen()[1].serial_number
    assert isinstance(plain.hash_algorithm, hashes.SHA256)
    assert len(plain.extensions) == 0
    assert with_nonce.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE


@pytest.mark.parametrize("is_delegated", [True, False], ids=["delegated", "issuer"])
def test_ocsp_answer_good_of_the_responder_or_the_issuer_is_believed(is_delegated: bool) -> None:
    signer = responder() if is_delegated else (centre().issuing_key, centre().issuing)
    told = read(answer(question(), signer=signer))
    assert told.revocation is None
    assert (told.this_update, told.next_update) == (whole(LATER), whole(LATER + HOUR))


def test_ocsp_revocation_is_told_with_its_moment_and_reason() -> None:
    told = read(answer(question(), revoked=COMPROMISED)).revocation
    assert told is not None
    assert (told.when, told.reason) == (whole(NOW), x509.ReasonFlags.key_compromise)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (ocsp.OCSPResponseStatus.TRY_LATER, "ocsp-try-later"),
        (ocsp.OCSPResponseStatus.INTERNAL_ERROR, "ocsp-internal-error"),
        (ocsp.OCSPResponseStatus.MALFORMED_REQUEST, "ocsp-malformed-request"),
        (ocsp.OCSPResponseStatus.SIG_REQUIRED, "ocsp-signature-required"),
        (ocsp.OCSPResponseStatus.UNAUTHORIZED, "ocsp-unauthorized"),
    ],
)
def test_ocsp_responder_that_does_not_answer_is_told_by_its_own_code(
    status: ocsp.OCSPResponseStatus, code: str
) -> None:
    error = refusal(failure(status))
    assert (type(error), error.code) == (Unavailable, code)


def test_ocsp_unknown_certificate_is_neither_good_nor_revoked() -> None:
    error = refusal(answer(question(), status=ocsp.OCSPCertStatus.UNKNOWN))
    assert (type(error), error.code) == (Unavailable, "ocsp-unknown")


def test_ocsp_nonce_that_comes_back_must_be_the_one_that_was_sent() -> None:
    assert read(answer(question(NONCE)), nonce=NONCE)
    assert read(answer(question()), nonce=NONCE), "a responder with answers made in advance sends none"
    other = answer(question(NONCE), nonce=x509.OCSPNonce(bytes(16)))
    assert refusal(other, nonce=NONCE).code == "ocsp-nonce"


def test_ocsp_answer_about_another_certificate_or_issuer_is_refused() -> None:
    assert refusal(answer(question(), serial=5)).code == "ocsp-other-certificate"
    assert refusal(answer(question(), issuer_key_hash=bytes(32))).code == "ocsp-other-certificate"


def test_ocsp_freshness_is_judged_by_the_answers_own_term() -> None:
    der = answer(question())
    assert read(der, at=LATER + HOUR - timedelta(seconds=2))
    assert refusal(der, at=LATER + HOUR).code == "ocsp-stale"
    assert refusal(der, at=LATER - timedelta(minutes=6)).code == "ocsp-stale"


def test_ocsp_answer_without_a_term_holds_for_ten_minutes() -> None:
    der = answer(question(), term=None)
    assert read(der, at=LATER + timedelta(minutes=9))
    assert refusal(der, at=LATER + timedelta(minutes=11)).code == "ocsp-stale"


def test_ocsp_answers_come_only_from_whom_the_issuer_gave_the_right() -> None:
    stranger = make_centre()
    signers = {
        "another kind": centre().issue(CertificateKind.EMPLOYEE),
        "of another centre": stranger.issue(CertificateKind.OCSP),
        "another authority": (stranger.issuing_key, stranger.issuing),
        "out of term": centre().issue(CertificateKind.OCSP, not_after=NOW + timedelta(minutes=1)),
    }
    for name, signer in signers.items():
        error = refusal(answer(question(), signer=signer))
        assert (type(error), error.code) == (Untrusted, "ocsp-responder"), name
    assert refusal(answer(question(), with_certificate=False)).code == "ocsp-responder"


def test_ocsp_responder_whose_certificate_must_itself_be_asked_about_is_refused() -> None:
    """RFC 6960, 4.2.2.2.1: without id-pkix-ocsp-nocheck the inquiry would never end."""
    key = keys.new_ec_key()
    made = centre().certify(key, CertificateKind.OCSP)
    builder = x509.CertificateBuilder().subject_name(made.subject).issuer_name(made.issuer)
    builder = builder.serial_number(made.serial_number).public_key(key.public_key())
    builder = builder.not_valid_before(made.not_valid_before_utc).not_valid_after(made.not_valid_after_utc)
    for extension in made.extensions:
        if not isinstance(extension.value, x509.OCSPNoCheck):
            builder = builder.add_extension(extension.value, extension.critical)
    without = builder.sign(centre().issuing_key, hashes.SHA256())
    assert refusal(answer(question(), signer=(key, without))).code == "ocsp-responder"


def test_ocsp_signature_that_does_not_hold_or_is_by_a_weak_digest_is_refused() -> None:
    sha256, sha1 = (bytes.fromhex(f"06092a864886f70d0101{last}") for last in ("0b", "05"))
    weak = answer(question(), signer=(centre().issuing_key, centre().issuing)).replace(sha256, sha1)
    assert refusal(weak).code == "ocsp-signature-invalid"
    der = answer(question())
    signature = ocsp.load_der_ocsp_response(der).signature
    broken = der.replace(signature, signature[:-1] + bytes([signature[-1] ^ 1]))
    assert refusal(broken).code == "ocsp-signature-invalid"
    number = citizen()[1].serial_number.to_bytes(20, "big")
    assert refusal(der.replace(number, bytes(19) + b"\x05")).code == "ocsp-malformed", "not DER any more"
    assert refusal(der.replace(number, b"\x05" + number[1:])).code == "ocsp-signature-invalid"


@pytest.mark.parametrize("garbage", [b"", b"garbage", bytes(100), b"\x30\x03\x0a\x01\x00", b"<html>"])
def test_ocsp_bytes_that_are_no_answer_are_malformed(garbage: bytes) -> None:
    error = refusal(garbage)
    assert (type(error), error.code) == (Malformed, "ocsp-malformed")


def test_ocsp_answer_that_is_oversized_is_refused_unread() -> None:
    error = refusal(answer(question()) + bytes(MAX_BYTES))
    assert (error.code, error.details) == ("ocsp-malformed", {"limit": MAX_BYTES})


def test_ocsp_answers_are_remembered_as_long_as_they_allow_and_revoked_ones_too() -> None:
    memory = OcspAnswerCache(limit=2)
    good, bad = read(answer(question())), read(answer(question(), revoked=COMPROMISED))
    memory.store_answer(b"good", good)
    memory.store_answer(b"bad", bad)
    assert memory.find_answer(b"good", LATER + HOUR - timedelta(seconds=2)) is good
    assert memory.find_answer(b"bad", LATER) is bad
    assert memory.find_answer(b"good", LATER + HOUR) is None
    assert memory.find_answer(b"unknown", LATER) is None


def test_ocsp_memory_is_bounded_and_keeps_no_answer_without_a_term() -> None:
    memory = OcspAnswerCache(limit=2)
    for name in (b"1", b"2", b"3"):
        memory.store_answer(name, read(answer(question())))
    memory.store_answer(b"4", read(answer(question(), term=None)))
    assert len(memory) == 2
    assert memory.find_answer(b"1", LATER) is None
    assert memory.find_answer(b"4", LATER) is None


def test_ocsp_kept_answer_speaks_for_the_past_when_made_later_or_in_its_term() -> None:
    der = answer(question())
    long_after = LATER + timedelta(days=3000)
    kept = KeptAnswers([b"garbage", der], LATER)
    told = kept.certificate_status(citizen()[1], centre().issuing, long_after)
    assert (told.origin, told.revocation, told.tried, told.answer) == (
        StatusOrigin.KEPT,
        None,
        ("ocsp-malformed",),
        der,
    )
    earlier = KeptAnswers([der], LATER - timedelta(days=10))
    assert earlier.certificate_status(citizen()[1], centre().issuing, long_after).revocation is None
    with pytest.raises(Unavailable) as caught:
        KeptAnswers([der], LATER + HOUR).certificate_status(citizen()[1], centre().issuing, long_after)
    assert (caught.value.code, caught.value.details["tried"]) == ("eds-revocation-unknown", ["ocsp-stale"])
    with pytest.raises(Unavailable):
        KeptAnswers([], LATER).certificate_status(citizen()[1], centre().issuing, long_after)


def test_ocsp_answer_of_openssls_responder_is_believed(tmp_path: Path) -> None:
    """An independent responder: `openssl ocsp` reads our request and answers from its own index."""
    key, certificate = responder()
    files = {
        "ca.pem": pem(centre().issuing),
        "responder.pem": pem(certificate),
        "responder.key": keys.to_pem(key),
        "question": question(NONCE),
        "index.txt": index_line("R", citizen()[1]),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    command = (
        "openssl ocsp -index index.txt -CA ca.pem -rsigner responder.pem -rkey responder.key"
        " -reqin question -respout answer -ndays 400 -rmd sha256"
    )
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    der = (tmp_path / "answer").read_bytes()
    made_at = ocsp.load_der_ocsp_response(der).produced_at_utc
    told = read(der, at=made_at, nonce=NONCE).revocation
    assert told is not None
    assert told.reason is x509.ReasonFlags.key_compromise
    assert BIN.encode() not in der


def index_line(state: str, certificate: x509.Certificate) -> bytes:
    """A line of openssl's index of certificates."""
    until = f"{certificate.not_valid_after_utc:%y%m%d%H%M%SZ}"
    revoked = f"{NOW:%y%m%d%H%M%SZ},keyCompromise" if state == "R" else ""
    return f"{state}\t{until}\t{revoked}\t{certificate.serial_number:040X}\tunknown\t/CN=x\n".encode()
