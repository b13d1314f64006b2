"""Our BER reader: it agrees with asn1crypto, and ends in bounded time on any input."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from shared.pki.encoding import ber
from shared.pki.encoding.der import UNREADABLE

OIDS = ["1.2.840.113549.1.7.2", "2.999.398.5", "1.2.398.3.10.1.1.2.3.2", "0.9.2342.19200300", "2.5.29.37"]


@given(st.integers(-(1 << 200), 1 << 200))
def test_ber_number_is_read_as_written_by_asn1crypto(number: int) -> None:
    assert ber.read_element(core.Integer(number).dump()).read_integer() == number


@pytest.mark.parametrize("dotted", OIDS)
def test_ber_object_identifier_is_read_as_written_by_people(dotted: str) -> None:
    assert ber.dotted_oid(ber.read_element(core.ObjectIdentifier(dotted).dump())) == dotted


@given(st.binary(max_size=70_000))
def test_ber_octets_of_any_length_are_read(content: bytes) -> None:
    assert ber.read_element(core.OctetString(content).dump()).read_octets() == content


def test_ber_octets_in_parts_of_an_indefinite_length_are_put_together() -> None:
    assert ber.read_element(bytes.fromhex("24800402aabb0401cc0000")).read_octets() == b"\xaa\xbb\xcc"
    assert ber.read_element(bytes.fromhex("2480248000000000")).is_indefinite


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"\x17\x0d260302093015Z", datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)),
        (b"\x17\x0d500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (b"\x18\x0f20500101000000Z", datetime(2050, 1, 1, tzinfo=UTC)),
        (
            b"\x18\x13" + b"20260302093015.250Z",
            datetime(2026, 3, 2, 9, 30, 15, 250_000, tzinfo=UTC),
        ),
    ],
)
def test_ber_moments_are_read_in_utc_with_fractions(text: bytes, moment: datetime) -> None:
    assert ber.read_element(text).read_moment() == moment


@pytest.mark.parametrize(
    "text",
    [
        b"\x17\x0d260230093015Z",  # no such day
        b"\x17\x11260302093015+0500",
        b"\x17\x0f20260302093015Z",
        b"\x18\x0d260302093015Z",
        b"\x18\x0e20260302093015",
        b"\x04\x0d260302093015Z",
        b"\x18\x0f20260302093015z",
    ],
)
def test_ber_moment_that_is_not_in_utc_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"moment|day|month"):
        ber.read_element(text).read_moment()


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\x30",
        b"\x30\x01",
        b"\x1f\x81\x01\x00",  # a tag of several bytes
        b"\x30\x85\x00\x00\x00\x00\x00",  # a length of five
        b"\x04\x80\x00\x00",  # an indefinite primitive
        b"\x30\x80\x05\x00",
        b"\x30\x02\x05\x00\x00",
        b"\x30\x80" * 40 + b"\x00\x00" * 40,
    ],
)
def test_ber_bytes_that_are_no_element_are_unreadable(garbage: bytes) -> None:
    with pytest.raises(UNREADABLE):
        ber.read_element(garbage)


@given(st.binary(max_size=300))
def test_ber_noise_is_read_or_unreadable_and_nothing_else(noise: bytes) -> None:
    try:
        element = ber.read_element(noise)
    except UNREADABLE:
        return
    assert element.raw == noise


@pytest.mark.parametrize(
    "bomb",
    [
        b"\x30\x80" + b"\x05\x00" * 8_000_000 + b"\x00\x00",
        b"\x30\x80" * 8_000_000,
        b"\x30\x80" + (b"\x30\x80" + b"\x05\x00" * 100 + b"\x00\x00") * 70_000 + b"\x00\x00",
    ],
    ids=["many", "deep", "bushy"],
)
def test_ber_of_sixteen_megabytes_of_elements_is_refused_in_a_moment(bomb: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(ValueError, match="end is not found"):
        ber.read_element(bomb)
    assert time.perf_counter() - began < 2
