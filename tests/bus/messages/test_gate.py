"""The gate verifies before anything is parsed further: each fault has its code, and no invalid message reaches a
handler.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError, Unavailable
from shared.bus.messages import jws
from shared.bus.messages.gate import CLOCKS_MAY_DIFFER, Gate, NotAdmitted
from shared.bus.messages.trust import FixedDirectory, PeerSystem, SystemIdentity
from tests.bus.forge import body, forwarded, header, sealed, token

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MAX_AGE = timedelta(days=30)
MAX_BYTES = 4096
HERE = "KZ.HERE"


@dataclass(frozen=True)
class Yard:
    """A gate, an accepted sender, an accepted forwarder, and a stranger."""

    gate: Gate
    sender: SystemIdentity
    forwarder: SystemIdentity
    stranger: SystemIdentity

    def good(self) -> SignedBytes:
        return sealed(self.sender, body(self.sender.address, at=NOON), HERE, seq=3)

    def passed_on(self) -> SignedBytes:
        first = sealed(self.sender, body(self.sender.address, at=NOON), self.forwarder.address)
        return forwarded(self.forwarder, first, HERE, seq=4)

    def with_header(self, **changes: object) -> SignedBytes:
        content = body(self.sender.address, at=NOON)
        return SignedBytes(content, token(self.sender, content, header(self.sender, HERE, **changes)))

    def code(self, raw: SignedBytes, now: datetime = NOON) -> str:
        """The code with which ``raw`` is refused."""
        with pytest.raises(NotAdmitted) as refusal:
            self.gate.admit(raw, now)
        assert isinstance(refusal.value.error, BusError)
        return refusal.value.error.code


@cache
def yard() -> Yard:
    names = ("KZ.SENDER", "KZ.FORWARDER", "KZ.STRANGER")
    identities = [
        SystemIdentity(name, ec.generate_private_key(ec.SECP256R1()), f"print of {name}") for name in names
    ]
    later = NOON + timedelta(days=365)
    peers = [PeerSystem(one.address, one.key.public_key(), one.thumbprint, later) for one in identities]
    gate = Gate(HERE, FixedDirectory(*peers), lambda neighbour: neighbour in names[:2], MAX_BYTES, MAX_AGE)
    return Yard(gate, *identities)


def test_gate_admits_a_good_message_with_its_sender_and_its_sequence() -> None:
    received = yard().gate.admit(yard().good(), NOON)
    assert (received.sender.address, received.neighbour.address) == ("KZ.SENDER", "KZ.SENDER")
    assert (received.sequence, received.hop, received.stream_key) == (3, {}, "KZ.SENDER|case-1")


def test_gate_admits_a_forwarded_message_with_both_and_the_forwarders_sequence() -> None:
    received = yard().gate.admit(yard().passed_on(), NOON)
    assert (received.sender.address, received.neighbour.address) == ("KZ.SENDER", "KZ.FORWARDER")
    assert (received.sequence, received.hop["to"], received.stream_key) == (4, HERE, "KZ.FORWARDER|case-1")


def changed_body() -> SignedBytes:
    good = yard().good()
    return replace(good, body=good.body.replace(b'"n":1', b'"n":2'))


def changed_claim() -> SignedBytes:
    good = yard().good()
    protected, _, signature = good.signature.split(".")
    text = jws.decode_base64url(protected).replace(b'"seq":3', b'"seq":4')
    return replace(good, signature=f"{jws.encode_base64url(text)}..{signature}")


def wrong_key() -> SignedBytes:
    content = body("KZ.SENDER", at=NOON)
    forger = SystemIdentity("KZ.SENDER", yard().stranger.key, yard().sender.thumbprint)
    return sealed(forger, content, HERE)


def unsigned() -> SignedBytes:
    content = body("KZ.SENDER", at=NOON)
    protected = jws.encode_base64url(to_json(header(yard().sender, HERE, alg="none")))
    return SignedBytes(content, f"{protected}..")


def keyed_with_the_public_key() -> SignedBytes:
    """Key confusion: HS256 with the bytes of the public key as the secret."""
    content = body("KZ.SENDER", at=NOON)
    protected = jws.encode_base64url(to_json(header(yard().sender, HERE, alg="HS256"))).encode()
    secret = yard().sender.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    mac = hmac.digest(secret, protected + b"." + content, hashlib.sha256)
    return SignedBytes(content, f"{protected.decode()}..{jws.encode_base64url(mac)}")


def algorithm_of_another_kind_of_key() -> SignedBytes:
    content = body("KZ.SENDER", at=NOON)
    other = rsa.generate_private_key(65537, 2048)
    return SignedBytes(content, jws.sign(other, yard().sender.thumbprint, content, {"to": HERE, "seq": 0}))


def attached() -> SignedBytes:
    good = yard().good()
    protected, _, signature = good.signature.split(".")
    return replace(good, signature=f"{protected}.{jws.encode_base64url(good.body)}.{signature}")


def too_long() -> SignedBytes:
    return yard().with_header(padding="x" * 5000)


def with_spare_bits_in_the_signature() -> SignedBytes:
    """64 bytes leave four bits of the last character unused: different text for one signature."""
    good = yard().good()
    last = good.signature[-1]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return replace(good, signature=good.signature[:-1] + alphabet[alphabet.index(last) ^ 1])


def unknown() -> SignedBytes:
    nobody = SystemIdentity("KZ.NOBODY", ec.generate_private_key(ec.SECP256R1()), "thumbprint of nobody")
    return sealed(nobody, body("KZ.NOBODY", at=NOON), HERE)


def from_a_stranger() -> SignedBytes:
    return sealed(yard().stranger, body("KZ.STRANGER", at=NOON), HERE)


def brought_by_a_stranger() -> SignedBytes:
    first = sealed(yard().sender, body("KZ.SENDER", at=NOON), "KZ.STRANGER")
    return forwarded(yard().stranger, first, HERE)


def in_anothers_name() -> SignedBytes:
    return sealed(yard().sender, body("KZ.FORWARDER", at=NOON), HERE)


def stripped_of_its_hop() -> SignedBytes:
    return replace(yard().passed_on(), hop=None)


def with_the_hop_of_another_message() -> SignedBytes:
    other = sealed(yard().sender, body("KZ.SENDER", n=2, at=NOON), "KZ.FORWARDER")
    return replace(yard().passed_on(), body=other.body, signature=other.signature)


def for_another() -> SignedBytes:
    return sealed(yard().sender, body("KZ.SENDER", at=NOON), "KZ.ELSEWHERE")


def without_addressee() -> SignedBytes:
    return yard().with_header(to=None)


def bearing(signature: str) -> SignedBytes:
    return replace(yard().good(), signature=signature)


def sent(at: datetime) -> SignedBytes:
    return sealed(yard().sender, body("KZ.SENDER", at=at), HERE)


def saying(content: bytes) -> SignedBytes:
    return sealed(yard().sender, content, HERE)


def without(field: bytes) -> SignedBytes:
    return saying(body("KZ.SENDER", at=NOON).replace(field, b"x" + field))


REFUSALS: dict[str, tuple[str, Callable[[], SignedBytes]]] = {
    "the key of another": ("signature-invalid", wrong_key),
    "a changed body": ("signature-invalid", changed_body),
    "a changed claim": ("signature-invalid", changed_claim),
    "the hop of another message": ("signature-invalid", with_the_hop_of_another_message),
    "a signature of the wrong length": ("signature-invalid", lambda: bearing(cut_short())),
    "alg none": ("signature-algorithm", unsigned),
    "alg HS256 over the public key": ("signature-algorithm", keyed_with_the_public_key),
    "alg of another kind of key": ("signature-algorithm", algorithm_of_another_kind_of_key),
    "alg in small letters": ("signature-algorithm", lambda: yard().with_header(alg="es256")),
    "alg that is a list": ("signature-algorithm", lambda: yard().with_header(alg=["ES256"])),
    "no alg": ("signature-algorithm", lambda: yard().with_header(alg=None)),
    "no crit": ("signature-malformed", lambda: yard().with_header(crit=None)),
    "more in crit than we know": ("signature-malformed", lambda: yard().with_header(crit=["b64", "exp"])),
    "no b64": ("signature-malformed", lambda: yard().with_header(b64=None)),
    "b64 true": ("signature-malformed", lambda: yard().with_header(b64=True)),
    "b64 zero": ("signature-malformed", lambda: yard().with_header(b64=0)),
    "no thumbprint": ("signature-malformed", lambda: yard().with_header(**{"x5t#S256": None})),
    "a thumbprint that is a number": ("signature-malformed", lambda: yard().with_header(**{"x5t#S256": 7})),
    "a token with its payload": ("signature-malformed", attached),
    "a token of more than 4096 characters": ("signature-malformed", too_long),
    "other spare bits in the signature": ("signature-malformed", with_spare_bits_in_the_signature),
    "an empty signature": ("signature-malformed", lambda: bearing("")),
    "an empty hop": ("signature-malformed", lambda: replace(yard().good(), hop="")),
    "a signature of other letters": ("signature-malformed", lambda: bearing("қол..қол")),
    "a header that is not JSON": ("signature-malformed", lambda: bearing("AAAA..AAAA")),
    "a header that is a list": ("signature-malformed", lambda: bearing("W10..AAAA")),
    "a header of a thousand brackets": ("signature-malformed", lambda: bearing(brackets())),
    "an unknown sender": ("sender-unknown", unknown),
    "a signature for another": ("wrong-addressee", for_another),
    "a signature for nobody": ("wrong-addressee", without_addressee),
    "a signature for the forwarder": ("wrong-addressee", stripped_of_its_hop),
    "a sender we do not take from": ("neighbour-not-accepted", from_a_stranger),
    "a forwarder we do not take from": ("neighbour-not-accepted", brought_by_a_stranger),
    "another's name in the envelope": ("sender-mismatch", in_anothers_name),
    "a message older than we remember": ("message-stale", lambda: sent(NOON - MAX_AGE - timedelta(seconds=1))),
    "a message of the year one": ("message-stale", lambda: sent(datetime.min.replace(tzinfo=UTC))),
    "a message from the future": (
        "message-from-the-future",
        lambda: sent(NOON + CLOCKS_MAY_DIFFER + timedelta(seconds=1)),
    ),
    "a message of the year 9999": ("message-from-the-future", lambda: sent(datetime.max.replace(tzinfo=UTC))),
    "an empty body": ("message-malformed", lambda: saying(b"")),
    "a body that is not JSON": ("message-malformed", lambda: saying(b"{")),
    "a body that is not UTF-8": ("message-malformed", lambda: saying(b'{"messageInfo": "\xff"}')),
    "a body that is a number": ("message-malformed", lambda: saying(b"7")),
    "a body of a thousand brackets": ("message-malformed", lambda: saying(b"[" * 2000)),
    "an envelope without its id": ("message-malformed", lambda: without(b"messageId")),
    "an envelope without its case": ("message-malformed", lambda: without(b"correlationId")),
    "an envelope without its date": ("message-malformed", lambda: without(b"messageDate")),
    "an envelope without its data": ("message-malformed", lambda: without(b"messageData")),
    "a date without a zone": (
        "message-malformed",
        lambda: saying(body("KZ.SENDER", at=NOON).replace(b"12:00:00Z", b"12:00:00")),
    ),
    "a line break in an identifier": (
        "message-malformed",
        lambda: saying(body("KZ.SENDER", at=NOON).replace(b"id-1", b"id-1\\n")),
    ),
    "a body over the limit": ("message-too-large", lambda: saying(b" " * (MAX_BYTES + 1))),
}


def cut_short() -> str:
    protected, _, signature = yard().good().signature.split(".")
    return f"{protected}..{signature[:40]}"


def brackets() -> str:
    return f"{jws.encode_base64url(b'[' * 1000)}..AAAA"


@pytest.mark.parametrize("kind", REFUSALS)
def test_gate_refuses_each_wrong_message_with_its_code(kind: str) -> None:
    code, make = REFUSALS[kind]
    assert yard().code(make()) == code


def test_gate_checks_the_size_before_the_signature() -> None:
    assert yard().code(SignedBytes(b" " * (MAX_BYTES + 1), "no signature at all")) == "message-too-large"


def test_gate_finds_a_message_of_exactly_the_limit_not_too_large() -> None:
    assert yard().code(SignedBytes(b" " * MAX_BYTES, "no signature at all")) == "signature-malformed"


def test_gate_refuses_an_expired_certificate() -> None:
    assert yard().code(yard().good(), now=NOON + timedelta(days=366)) == "sender-certificate-expired"


def test_gate_admits_a_message_as_old_as_we_remember() -> None:
    assert yard().gate.admit(sent(NOON - MAX_AGE), NOON)


def test_gate_admits_a_message_as_far_ahead_as_clocks_may_differ() -> None:
    assert yard().gate.admit(sent(NOON + CLOCKS_MAY_DIFFER), NOON)


def test_gate_passes_on_that_a_directory_cannot_know_now() -> None:
    class Away:
        def find_peer(self, thumbprint: str, at: datetime) -> PeerSystem:
            raise Unavailable("directory-unavailable", "no answer")

    gate = replace(yard().gate, directory=Away())
    with pytest.raises(NotAdmitted) as refusal:
        gate.admit(yard().good(), NOON)
    assert isinstance(refusal.value.error, Unavailable)


def test_gate_checks_the_certificate_of_a_message_that_this_process_has_sealed() -> None:
    gate, good = yard().gate, yard().good()
    with pytest.raises(NotAdmitted) as refusal:
        gate.admit(good, NOON + timedelta(days=366), is_sealed_here=True)
    assert refusal.value.error.code == "sender-certificate-expired"
    assert gate.admit(good, NOON, is_sealed_here=True) == gate.admit(good, NOON)


@pytest.mark.parametrize("seq", [-1, 2**31, "3", None, 1.5, [1], True])
def test_gate_takes_a_sequence_that_is_no_count_for_none(seq: object) -> None:
    content = body("KZ.SENDER", at=NOON)
    raw = SignedBytes(content, token(yard().sender, content, header(yard().sender, HERE, seq=seq)))
    assert yard().gate.admit(raw, NOON).sequence == 0


def flipped(text: str, bit: int) -> str:
    """The text with one bit of one byte flipped, as the carrier would deliver it."""
    octets = bytearray(text.encode())
    octets[bit // 8 % len(octets)] ^= 1 << bit % 8
    return bytes(octets).decode("utf-8", "replace")


@given(bit=st.integers(0, 8 * 4096), part=st.sampled_from(["body", "signature", "hop"]))
def test_gate_refuses_a_good_message_with_any_bit_turned_and_raises_nothing_else(bit: int, part: str) -> None:
    good = cached_passed_on()
    if part == "body":
        octets = bytearray(good.body)
        octets[bit // 8 % len(octets)] ^= 1 << bit % 8
        bad = replace(good, body=bytes(octets))
    elif part == "hop":
        bad = replace(good, hop=flipped(good.hop or "", bit))
    else:
        bad = replace(good, signature=flipped(good.signature, bit))
    assert yard().code(bad)


@cache
def cached_passed_on() -> SignedBytes:
    return yard().passed_on()


@given(content=st.binary(max_size=200), signature=st.text(max_size=200), hop=st.none() | st.text(max_size=200))
def test_gate_admits_nothing_that_is_no_message_and_raises_nothing_else(
    content: bytes, signature: str, hop: str | None
) -> None:
    assert yard().code(SignedBytes(content, signature, hop))


@given(content=st.binary(max_size=200))
def test_gate_finds_well_signed_rubbish_malformed(content: bytes) -> None:
    assert yard().code(saying(content)) == "message-malformed"


def test_gate_names_a_sender_by_its_certificate_and_not_by_its_envelope() -> None:
    with pytest.raises(NotAdmitted) as refusal:
        yard().gate.admit(in_anothers_name(), NOON)
    assert refusal.value.received is not None
    assert refusal.value.received.sender.address == "KZ.SENDER"


def test_gate_on_a_clock_that_is_told_takes_a_messages_age_from_the_machine() -> None:
    month_later = NOON + timedelta(days=40)
    jumped = replace(yard().gate, age=lambda told: timedelta(hours=1))
    assert jumped.admit(yard().good(), month_later).sequence == 3
    stale = replace(yard(), gate=replace(yard().gate, age=lambda told: MAX_AGE + timedelta(seconds=1)))
    assert stale.code(yard().good(), NOON) == "message-stale"


def test_gate_on_a_clock_that_is_told_lets_messages_from_the_future_wait() -> None:
    behind = NOON - CLOCKS_MAY_DIFFER - timedelta(seconds=1)
    gate = replace(yard().gate, age=lambda told: timedelta(0))
    with pytest.raises(NotAdmitted) as refusal:
        gate.admit(yard().good(), behind)
    assert isinstance(refusal.value.error, Unavailable)
    assert refusal.value.error.code == "clock-behind"
    assert gate.admit(yard().good(), NOON - CLOCKS_MAY_DIFFER).sequence == 3
    assert yard().code(yard().good(), behind) == "message-from-the-future"
