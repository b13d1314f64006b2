"""Certificate requests that were changed on their way: each is read or refused with a code."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from services.is_nuc import domain
from shared.bus.errors import BusError, Malformed
from shared.pki.certificates import profile
from tests.journeys.kit import LIVING

IIN, BIN = LIVING[0].iin, "990140000641"
KEY = ec.derive_private_key(7, ec.SECP256R1())
SUBJECT = profile.employee_subject(IIN, "Ким", "Виктор", organisation="АО «Тест»", bin_=BIN)


def signed(subject: x509.Name) -> bytes:
    return (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .sign(KEY, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )


def read_whole(der: bytes) -> None:
    """Read all that НУЦ reads of a request."""
    text = base64.encodebytes(der).decode()
    csr = domain.read_csr(f"-----BEGIN CERTIFICATE REQUEST-----\n{text}-----END CERTIFICATE REQUEST-----\n")
    domain.read_public_key(csr)
    domain.read_person(csr)
    domain.read_employer(csr.subject)


def mutated(der: bytes) -> Iterator[bytes]:
    for place in range(len(der)):
        for mask in (0x01, 0x80, 0xFF):
            yield der[:place] + bytes([der[place] ^ mask]) + der[place + 1 :]
        yield der[:place]
        yield der[:place] + der[place : place + 1] * 2 + der[place + 1 :]


def test_request_with_any_byte_changed_is_read_or_refused_with_a_code() -> None:
    whole = signed(SUBJECT)
    read_whole(whole)
    codes = set()
    for der in mutated(whole):
        try:
            read_whole(der)
        except BusError as error:
            codes.add(error.code)
    assert "csr-malformed" in codes


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP256K1()])
def test_request_with_another_key_is_refused(curve: ec.EllipticCurve) -> None:
    key = ec.generate_private_key(curve)
    csr = x509.CertificateSigningRequestBuilder().subject_name(SUBJECT).sign(key, hashes.SHA256())
    with pytest.raises(Malformed) as caught:
        read_whole(csr.public_bytes(Encoding.DER))
    assert caught.value.code == "csr-key"


def test_request_whose_attribute_is_broken_is_refused() -> None:
    """The signature is valid, and the name is not UTF-8: the library raises the error when it reads the name."""
    broken = signed(SUBJECT).replace("АО".encode(), b"\xff\xfe\xff\xfe")
    body = broken[4:] if broken[1] == 0x82 else broken[3:]
    length = int.from_bytes(body[2:4], "big") + 4 if body[1] == 0x82 else body[2] + 3
    info = body[:length]
    signature = KEY.sign(info, ec.ECDSA(hashes.SHA256()))
    rest = body[length:]
    algorithm = rest[: rest[1] + 2]
    bits = b"\x03" + bytes([len(signature) + 1]) + b"\0" + signature
    content = info + algorithm + bits
    with pytest.raises(Malformed) as caught:
        read_whole(b"\x30\x82" + len(content).to_bytes(2, "big") + content)
    assert caught.value.code == "csr-malformed"
