"""Damaged answers of НУЦ's services: never accepted with another meaning, never an unexpected error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.errors import BusError
from shared.pki.certificates import ocsp
from shared.pki.certificates.crl import CrlView, DeltaView
from shared.pki.certificates.keys import PrivateKey
from shared.pki.certificates.profile import CertificateKind, SignaturePurpose
from shared.pki.cms import cades, signed_data, tsp
from shared.pki.verification import evidence
from shared.pki.verification.check import SignerExpectation
from tests.pki import nuc_server
from tests.pki.pki_centre import IIN, LATER, NOW, centre

CONTENT = "Өтініш".encode()
NONCE = 0x1234567890ABCDEF
COMPROMISED = (NOW, x509.ReasonFlags.key_compromise)
CODES = ("eds-", "ocsp-", "crl-", "tsa-")


@dataclass(frozen=True)
class Sample:
    """Genuine bytes, and the result of reading them."""

    der: bytes
    read: Callable[[bytes], object]


@cache
def citizen() -> tuple[PrivateKey, x509.Certificate]:
    return centre().issue(CertificateKind.INDIVIDUAL)


@cache
def samples() -> dict[str, Sample]:
    _, certificate = citizen()
    issuing, anchors = centre().issuing, centre().anchors
    signed = signed_data.sign(CONTENT, *citizen(), at=NOW)
    question = ocsp.make_request(certificate, issuing)
    answer = nuc_server.answer(question, revoked=COMPROMISED)
    until = LATER.replace(year=2027)
    long = cades.extend_cms(
        signed,
        token=nuc_server.token(signed_data.open_signed(signed).signature),
        answers=[nuc_server.answer(question)],
    )

    def stamp(der: bytes) -> object:
        return tsp.read_response(der, b"data", NONCE, anchors=anchors, at=LATER).moment

    def told(der: bytes) -> object:
        found = ocsp.read_answer(der, certificate, issuing, at=LATER)
        return found.revocation, found.this_update, found.next_update

    def provable(der: bytes) -> object:
        asked = SignerExpectation(SignaturePurpose.PERSON, IIN)
        document = evidence.check_evidence(der, asked, anchors=anchors, at=until).require_document()
        assert document.stamp is not None
        return document.content, document.certificate, document.stamp.moment, document.status.revocation

    return {
        "ocsp": Sample(answer, told),
        "crl": Sample(
            nuc_server.crl({7: COMPROMISED}, 1, NOW, until), lambda der: CrlView.load(der, issuing)._revoked
        ),
        "delta": Sample(
            nuc_server.crl({7: COMPROMISED}, 3, NOW, until, base=1),
            lambda der: (DeltaView.load(der, issuing).entries, DeltaView.load(der, issuing).base),
        ),
        "tsp": Sample(nuc_server.stamp(tsp.make_request(b"data", NONCE)), stamp),
        "cades": Sample(long, provable),
    }


NAMES = ("ocsp", "crl", "delta", "tsp", "cades")


def outcome(sample: Sample, der: bytes) -> object:
    """The result of reading, or None for a refusal with a known code; anything else fails the test."""
    try:
        return sample.read(der)
    except BusError as error:
        assert error.code.startswith(CODES), error.code  # noqa: PT017 - either outcome is right
        return None


@pytest.mark.parametrize("name", NAMES)
def test_nuc_answers_of_the_samples_are_believed_undamaged(name: str) -> None:
    assert outcome(samples()[name], samples()[name].der) is not None


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_nuc_answer_with_a_changed_byte_is_never_believed_otherwise(name: str, data: Any) -> None:
    sample = samples()[name]
    changed = bytearray(sample.der)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    assert outcome(sample, bytes(changed)) in (None, sample.read(sample.der))


@pytest.mark.parametrize("name", NAMES)
def test_nuc_answer_with_a_flipped_bit_in_its_first_kilobyte_never_changes_meaning(name: str) -> None:
    sample = samples()[name]
    genuine = sample.read(sample.der)
    for position in range(0, min(1024, len(sample.der)), 3):
        changed = bytearray(sample.der)
        changed[position] ^= 1 << position % 8
        assert outcome(sample, bytes(changed)) in (None, genuine), position


@pytest.mark.parametrize("name", NAMES)
def test_nuc_answer_cut_short_or_with_anything_left_over_is_refused(name: str) -> None:
    sample = samples()[name]
    for length in range(0, len(sample.der), 13):
        assert outcome(sample, sample.der[:length]) is None
    for rest in (b"\x00", b"\x05\x00", sample.der):
        assert outcome(sample, sample.der + rest) is None


@pytest.mark.parametrize("name", NAMES)
@given(noise=st.binary(max_size=300))
def test_nuc_answer_of_noise_is_refused(name: str, noise: bytes) -> None:
    assert outcome(samples()[name], noise) is None
