"""Reading ASN.1: strict where the standards are strict, BER through DER, and bounded for every input."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest
from asn1crypto import core
from hypothesis import given
from hypothesis import strategies as st

from shared.pki.encoding import asn1
from shared.pki.encoding.asn1 import TLV, TooManyElements

OUR_READERS = (
    "services.is_nuc.app",
    "services.is_nuc.ncanode.api",
    "services.portal_pep.app",
    "services.is_mio.app",
    "shared.pki.gost.authority",
    "shared.pki.verification.xmlcheck",
    "shared.client.keystore",
    "shared.pki.cms.pades",
)


def value(der: bytes) -> TLV:
    return asn1.read_value(TLV, der)


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
def test_asn1_moments_are_read_in_utc_with_fractions(text: bytes, moment: datetime) -> None:
    assert asn1.read_moment(value(text)) == moment


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
def test_asn1_moment_that_is_not_in_utc_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"moment|day|month"):
        asn1.read_moment(value(text))


@pytest.mark.parametrize(
    ("shape", "ber"),
    [
        (int, "02020005"),  # padded
        (int, "0200"),
        (int, "02810105"),  # a length of more bytes than needed
        (bool, "010101"),
        (bytes, "24040402aabb"),  # in parts
        (bytes, "0402aabb00"),  # left over
        (TLV, "30800000"),
        (TLV, "3085000000000000"),
    ],
)
def test_asn1_that_is_not_der_is_refused_by_the_strict_reader(shape: type, ber: str) -> None:
    with pytest.raises(ValueError, match="pars"):
        asn1.read_value(shape, bytes.fromhex(ber))


def test_asn1_members_keep_their_order_and_are_counted_before_they_are_read() -> None:
    unsorted = value(bytes.fromhex("3106020106020105"))
    assert [asn1.read_value(int, each) for each in asn1.read_members(unsorted, asn1.SET, 2)] == [6, 5]
    with pytest.raises(TooManyElements):
        asn1.read_members(unsorted, asn1.SET, 1)
    with pytest.raises(ValueError, match="kind"):
        asn1.read_members(unsorted, asn1.SEQUENCE, 2)
    began = time.perf_counter()
    with pytest.raises(TooManyElements):
        asn1.read_members(
            value(asn1.normalise(b"\x31\x84\x01\x00\x00\x00" + b"\x05\x00" * (1 << 23), is_deep=False)),
            asn1.SET,
            64,
        )
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("content", ["30800000", "3003020105ff", "300402", "1f8101003000"])
def test_asn1_members_without_a_length_or_cut_short_are_refused(content: str) -> None:
    inner = bytes.fromhex(content)
    with pytest.raises(ValueError, match=r"length|cut"):
        asn1.read_members(value(bytes([0x31, len(inner)]) + inner), asn1.SET, 9)


@pytest.mark.parametrize(
    ("ber", "der"),
    [
        ("24800402aabb0401cc0000", "0403aabbcc"),
        ("2480248000000000", "0400"),
        ("24050403aabbcc", "0403aabbcc"),
        ("3080020105" + "a080" + "0500" + "0000" + "0000", "3007020105a0020500"),
        ("30810402810105", "3003020105"),
        ("3106020106020105", "3106020106020105"),  # the order of a SET is the writer's
        ("3003020105", "3003020105"),
    ],
)
def test_asn1_ber_becomes_der_of_the_same_value(ber: str, der: str) -> None:
    assert asn1.normalise(bytes.fromhex(ber)).hex() == der


def test_asn1_shallow_form_leaves_what_has_a_length_as_it_came() -> None:
    ber = bytes.fromhex("3080" + "3081" + "03020105" + "24800401aa0000" + "0000")
    assert asn1.normalise(ber, is_deep=False).hex() == "3009" + "308103020105" + "0401aa"
    assert asn1.normalise(ber).hex() == "3008" + "3003020105" + "0401aa"


@given(st.recursive(st.binary(max_size=20), lambda inner: st.lists(inner, max_size=4), max_leaves=20), st.data())
def test_asn1_any_ber_of_a_value_has_the_der_that_asn1crypto_writes(tree: object, data: st.DataObject) -> None:
    assert asn1.normalise(written(tree, data)) == encoded(tree)


def encoded(tree: object) -> bytes:
    if isinstance(tree, bytes):
        return bytes(core.OctetString(tree).dump())
    assert isinstance(tree, list)
    return bytes(core.SequenceOf([core.Any.load(encoded(each)) for each in tree], spec=core.Any).dump())


def written(tree: object, data: st.DataObject) -> bytes:
    """The same value in a possible form of BER."""
    if isinstance(tree, list):
        inner, tag = b"".join(written(each, data) for each in tree), 0x30
    elif data.draw(st.booleans()):
        assert isinstance(tree, bytes)
        cut = data.draw(st.integers(0, len(tree)))
        inner, tag = encoded(tree[:cut]) + encoded(tree[cut:]), 0x24
    else:
        return encoded(tree)
    if data.draw(st.booleans()):
        return bytes([tag, 0x80]) + inner + b"\0\0"
    return bytes([tag, 0x83]) + len(inner).to_bytes(3, "big") + inner


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
        b"\x24\x80\x02\x01\x05\x00\x00",  # an octet string of numbers
        b"\x30\x80" * 40 + b"\x00\x00" * 40,
    ],
)
@pytest.mark.parametrize("is_deep", [True, False])
def test_asn1_bytes_that_are_no_ber_are_refused(garbage: bytes, is_deep: bool) -> None:
    with pytest.raises(ValueError, match=r"short|length|left|element|part|pars"):
        asn1.normalise(garbage, is_deep=is_deep)


@given(st.binary(max_size=300))
def test_asn1_noise_is_normalised_for_good_or_refused(noise: bytes) -> None:
    try:
        normal = asn1.normalise(noise)
    except ValueError:
        return
    assert asn1.normalise(normal) == normal
    assert value(normal)


@pytest.mark.parametrize(
    "bomb",
    [
        b"\x30\x80" + b"\x05\x00" * 8_000_000 + b"\x00\x00",
        b"\x30\x80" * 8_000_000,
        b"\x30\x80" + (b"\x30\x80" + b"\x05\x00" * 100 + b"\x00\x00") * 70_000 + b"\x00\x00",
    ],
    ids=["many", "deep", "bushy"],
)
def test_asn1_ber_of_sixteen_megabytes_of_elements_is_refused_in_a_moment(bomb: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(TooManyElements):
        asn1.normalise(bomb)
    assert time.perf_counter() - began < 2


def test_asn1_readers_of_ours_never_load_oscrypto() -> None:
    """asn1crypto's sister is unkept and binds the system's OpenSSL by hand."""
    program = f"import sys, {', '.join(OUR_READERS)}; print(*sys.modules)"
    done = subprocess.run((sys.executable, "-c", program), capture_output=True, text=True, check=True)
    loaded = done.stdout.split()
    assert "shared.pki.cms.signed_data" in loaded
    assert not [name for name in loaded if name.partition(".")[0] == "oscrypto"]
