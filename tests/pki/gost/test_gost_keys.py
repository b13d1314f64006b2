"""GOST keys: encodings, invalid keys, and algorithms that are refused by name."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from typing import Any

import pytest
from asn1crypto import core, pem
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.bus.errors import BusError, Malformed, Untrusted
from shared.pki import gost
from shared.pki.certificates import keys
from shared.pki.gost import GOST_256, GOST_512, GostSuite, PrivateKey, PublicKey
from shared.pki.gost.suites import MAX_SIGNED
from shared.pki.verification import texts
from shared.pki.verification.check import CONDITIONS
from tests.pki.gost_centre import QUICK, SUITES, citizen, gost_centre, size
from tests.pki.pki_centre import centre

LETTER = "Хат".encode()


def refusal(spki: bytes) -> BusError:
    with pytest.raises(Untrusted) as caught:
        PublicKey.load(spki)
    return caught.value


def spki(suite: GostSuite, x: int, y: int) -> bytes:
    return PublicKey(suite, x, y).encode_spki()


class Parts(core.SequenceOf):  # type: ignore[misc]
    """A SEQUENCE of anything."""

    _child_spec = core.Any


def parts(der: bytes) -> list[Any]:
    return list(Parts.load(der))


def test_gost_libraries_are_never_imported_where_no_gost_is_met() -> None:
    modules = ("shared.pki.verification.xmlcheck", "shared.pki.gost.authority", "shared.pki.gost.xmlalgorithms")
    met = f"import sys, {', '.join(modules)}; print(*sys.modules)"
    done = subprocess.run((sys.executable, "-c", met), capture_output=True, text=True, check=True)
    assert "shared.pki.gost.keys" in done.stdout.split()
    assert not [name for name in done.stdout.split() if name.startswith(("gostcrypto", "ecdsa"))]


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_key_verifies_its_own_signature_and_nothing_else(suite: GostSuite) -> None:
    key = gost.new_key(suite)
    signature = key.sign(LETTER)
    assert len(signature) == 2 * suite.size
    key.public_key().verify(signature, LETTER)
    for other, letter in ((signature, LETTER + b"!"), (key.sign(b""), LETTER)):
        with pytest.raises(InvalidSignature):
            key.public_key().verify(other, letter)
    with pytest.raises(InvalidSignature):
        gost.new_key(suite).public_key().verify(signature, LETTER)


def test_gost_signatures_never_share_their_nonce() -> None:
    key = gost.new_key(QUICK)
    halves = {key.sign(LETTER)[: QUICK.size] for _ in range(5)}
    assert len(halves) == 5


@pytest.mark.parametrize("nonce", [0, QUICK.curve.q, -1])
def test_gost_nonce_that_is_no_number_below_the_order_is_refused(nonce: int) -> None:
    with pytest.raises(ValueError, match="nonce"):
        gost.new_key(QUICK).sign_digest(bytes(QUICK.size), nonce=nonce)


@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_gost_signature_with_a_changed_byte_is_not_accepted(data: st.DataObject) -> None:
    key, _ = citizen(QUICK)
    changed = bytearray(key.sign(LETTER))
    changed[data.draw(st.integers(0, len(changed) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(InvalidSignature):
        key.public_key().verify(bytes(changed), LETTER)


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_signature_halves_that_are_no_number_below_the_order_are_refused(suite: GostSuite) -> None:
    key, _ = citizen(suite)
    r = int.from_bytes(key.sign(LETTER)[: suite.size], "little")
    for first, second in ((0, r), (r, 0), (suite.curve.q, r), (r, suite.curve.q), (0, 0)):
        halves = first.to_bytes(suite.size, "little") + second.to_bytes(suite.size, "little")
        with pytest.raises(InvalidSignature):
            key.public_key().verify(halves, LETTER)


def test_gost_content_too_long_to_be_signed_itself_is_refused_unhashed() -> None:
    with pytest.raises(Malformed) as caught:
        citizen(QUICK)[0].public_key().verify(bytes(2 * QUICK.size), bytes(MAX_SIGNED + 1))
    assert (caught.value.code, caught.value.details) == ("eds-malformed", {"limit": MAX_SIGNED})


def test_gost_signature_of_another_length_is_refused() -> None:
    key, _ = citizen(QUICK)
    signature = key.sign(LETTER)
    for wrong in (b"", signature[:-1], signature + b"\x00", signature * 2):
        with pytest.raises(InvalidSignature):
            key.public_key().verify(wrong, LETTER)


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_public_key_is_written_as_by_the_centre(suite: GostSuite) -> None:
    key = citizen(suite)[0].public_key()
    assert PublicKey.load(key.encode_spki()) == key
    algorithm, bits = parts(key.encode_spki())
    name, parameters = parts(algorithm.dump())
    numbers = [name, *parts(parameters.dump())]
    assert [each.parse(core.ObjectIdentifier).dotted for each in numbers] == [
        suite.key,
        suite.parameters,
        suite.digest,
    ]
    content = bytes(bits.parse(core.BitString).contents)[1:]  # the first byte counts unused bits
    assert content == key.bit_string
    assert content[-2 * suite.size :] == b"".join(n.to_bytes(suite.size, "little") for n in (key.x, key.y))


def test_gost_suites_have_the_object_identifiers_of_the_centre() -> None:
    told = [(s.key, s.parameters, s.signature, s.digest) for s in SUITES]
    arc = "1.2.398.3.10.1"
    assert told == [
        (f"{arc}.1.2.2", f"{arc}.1.2.2.1", f"{arc}.1.2.3.2", f"{arc}.3.3"),
        (f"{arc}.1.2.1", f"{arc}.1.2.1.1", f"{arc}.1.2.3.1", f"{arc}.3.2"),
    ]


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_key_must_be_a_point_of_the_curve(suite: GostSuite) -> None:
    key = citizen(suite)[0].public_key()
    beyond = 2 ** (8 * suite.size) - 1
    for x, y in (
        (key.x, key.y ^ 1),
        (key.y, key.x),
        (0, 0),
        (beyond, key.y),
        (key.x, beyond),
    ):
        assert refusal(spki(suite, x, y)).code == "eds-algorithm"


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_key_of_a_number_at_the_edge_signs_and_verifies(suite: GostSuite) -> None:
    """Sums of equal and of opposite points, which point formulas treat in separate branches."""
    for number in (1, 2, suite.curve.q - 2, suite.curve.q - 1):
        key = PrivateKey(suite, number)
        for nonce, digest in ((1, bytes(suite.size)), (suite.curve.q - 1, b"\x01" + bytes(suite.size - 1))):
            signature = key.sign_digest(digest, nonce=nonce)
            key.public_key().verify_digest(signature, digest)
            with pytest.raises(InvalidSignature):
                key.public_key().verify_digest(signature, b"\x02" + bytes(suite.size - 1))


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_proof_that_is_no_point_at_all_is_invalid(suite: GostSuite) -> None:
    """With d = 1 the proof is (s - r)/e times the base point: no point when s equals r."""
    half = (5).to_bytes(suite.size, "little")
    with pytest.raises(InvalidSignature):
        PrivateKey(suite, 1).public_key().verify_digest(half + half, bytes(suite.size))


def test_gost_coordinate_above_the_modulus_is_not_taken_for_the_one_below() -> None:
    p = GOST_512.curve.p
    assert GOST_512.curve.has_point(3, GOST_512.curve.y)
    assert not GOST_512.curve.has_point(3 + p, GOST_512.curve.y)
    assert refusal(spki(GOST_512, 3 + p, GOST_512.curve.y)).code == "eds-algorithm"


def test_gost_point_outside_the_group_of_the_base_point_is_no_key() -> None:
    """The 256-bit curve has four times as many points as the group; a point of order two is added to a valid
    one.
    """
    curve = GOST_256.curve
    (t,) = (x for x in two_torsion() if curve.has_point(x, 0))
    assert refusal(spki(GOST_256, t, 0)).code == "eds-algorithm"
    slope = curve.y * pow(curve.x - t, -1, curve.p) % curve.p
    x = (slope * slope - curve.x - t) % curve.p
    y = (slope * (t - x)) % curve.p
    assert curve.has_point(x, y)
    assert refusal(spki(GOST_256, x, y)).code == "eds-algorithm"


def two_torsion() -> list[int]:
    """RFC 7836, 5.2: the Edwards point (0, -1), of the order two, has the abscissa t of the other form."""
    from gostcrypto.gostsignature import CURVES_R_1323565_1_024_2019 as CURVES

    edwards = CURVES["id-tc26-gost-3410-2012-256-paramSetA"]
    p = GOST_256.curve.p
    return [(edwards["e"] + edwards["d"]) * pow(6, -1, p) % p]


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_key_of_another_algorithm_curve_or_form_is_none(suite: GostSuite) -> None:
    good = citizen(suite)[0].public_key().encode_spki()
    russian = good.replace(b"\x2a\x83\x0e\x03\x0a\x01", b"\x2a\x85\x03\x07\x01\x01")
    p256 = ec.generate_private_key(ec.SECP256R1()).public_key()
    others = [russian, p256.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)]
    for wrong in (*others, b"", good[:-1], good + b"\x00", good[1:]):
        assert refusal(wrong).code == "eds-algorithm"


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_private_key_is_read_back_from_its_pem(suite: GostSuite) -> None:
    key, _ = citizen(suite)
    assert gost.load_key(key.to_pem()) == key
    _, _, der = pem.unarmor(key.to_pem())
    version, algorithm, held = parts(der)
    assert version.parse(core.Integer).native == 0
    assert parts(algorithm.dump())[0].parse(core.ObjectIdentifier).dotted == suite.key
    assert held.parse(core.OctetString).native == key.number.to_bytes(suite.size, "little")
    assert str(key.number) not in repr(key)


def test_gost_private_key_that_is_not_of_ours_is_malformed() -> None:
    key, _ = citizen(GOST_512)
    _, _, der = pem.unarmor(key.to_pem())
    zero = PrivateKey(GOST_512, 0).to_pem()
    above = PrivateKey(GOST_512, GOST_512.curve.q).to_pem()
    wrong = [b"", b"text", zero, above, pem.armor("PRIVATE KEY", der[:-1]), pem.armor("PUBLIC KEY", der)]
    for text in (*wrong, keys.to_pem(keys.new_ec_key())):
        with pytest.raises(Malformed) as caught:
            gost.load_key(text)
        assert caught.value.code == "key-malformed"


def test_gost_key_is_not_taken_by_the_ordinary_loader_of_keys() -> None:
    with pytest.raises(Malformed) as caught:
        keys.load_key(citizen(GOST_512)[0].to_pem())
    assert caught.value.code == "key-malformed"


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_key_of_a_certificate_is_found_and_the_serial_number_follows(suite: GostSuite) -> None:
    key, certificate = citizen(suite)
    assert gost.is_gost(certificate)
    assert gost.public_key(certificate) == key.public_key()
    assert certificate.serial_number == key_number(key) % 2**159


def key_number(key: PrivateKey) -> int:
    digest = hashlib.sha1(key.public_key().bit_string).digest()  # noqa: S324 (a name, not a seal)
    return int.from_bytes(digest, "big")


def test_gost_serial_number_has_its_top_bit_cleared() -> None:
    key = next(key for key in (PrivateKey(QUICK, n) for n in range(2, 99)) if key_number(key) >= 2**159)
    assert gost_centre(QUICK).certify(key).serial_number == key_number(key) - 2**159


def test_gost_certificate_is_told_from_an_ordinary_one() -> None:
    assert not gost.is_gost(centre().root)
    with pytest.raises(Untrusted) as caught:
        gost.public_key(centre().root)
    assert caught.value.code == "eds-algorithm"


@pytest.mark.parametrize(
    "name",
    [
        "1.2.398.3.10.1.1.1",
        "1.2.398.3.10.1.1.1.1",
        "1.2.398.3.10.1.1.1.2",
        "1.2.398.3.10.1.1.1.1.1",
        "1.2.398.3.10.1.3.1",
        "1.2.398.3.10.1.3.1.1.0",
        "1.3.6.1.4.1.6801.1.2.2",
        "http://www.w3.org/2001/04/xmldsig-more#gost34310-gost34311",
        "http://www.w3.org/2001/04/xmldsig-more#gost34311",
    ],
)
def test_gost_old_algorithm_is_refused_by_its_name(name: str) -> None:
    for ask in (gost.by_digest, gost.by_signature, gost.refuse_old):
        with pytest.raises(Untrusted) as caught:
            ask(name)
        assert caught.value.code == gost.OLD == "eds-algorithm-gost34310"
    assert CONDITIONS[gost.OLD] == "signature"
    assert all("34.310-2004" in text for text in texts.TEXTS[gost.OLD].values())


@pytest.mark.parametrize("name", ["1.2.398.3.10.1.1.11", "1.2.398.3.10.1.3.10", "1.2.840.113549.1.1.11", ""])
def test_gost_name_that_only_begins_alike_is_not_the_old_algorithm(name: str) -> None:
    gost.refuse_old(name)
    assert gost.by_digest(name) is gost.by_signature(name) is None
