"""Verification before parsing: what a message must prove before its content is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from shared.bus.carriers.transport import SignedBytes
from shared.bus.errors import BusError, Conflict, Malformed, Refused, Unavailable, Untrusted
from shared.bus.messages import jws
from shared.bus.messages.message import MOST_VALUES, has_too_many_values, read_header
from shared.bus.messages.trust import PeerDirectory, PeerSystem, SystemIdentity
from shared.bus.runtime.unit_of_work import OutgoingMessage, ReceivedMessage

CLOCKS_MAY_DIFFER = timedelta(minutes=5)


class NotAdmitted(Exception):
    """A message is not admitted: the error, and the verified parts of the message for the records."""

    def __init__(self, error: BusError, received: ReceivedMessage | None = None) -> None:
        super().__init__(error.code)
        self.error = error
        self.received = received


@dataclass(frozen=True)
class Gate:
    """Checks a message in a fixed order and stops at the first fault.

    size → signature of the sender over the bytes → signature of the last forwarder over both → addressed to this
    system → brought by an accepted neighbour → envelope → the envelope's sender is the signer → not stale.
    """

    address: str
    directory: PeerDirectory
    accepts: Callable[[str], bool]
    max_bytes: int
    max_age: timedelta
    age: Callable[[datetime], timedelta] | None = None
    """The machine time that has passed since a moment of the bus's time, which can stand or jump. News of a jump
    may arrive late: a message that seems to come from the future then waits (Unavailable ``clock-behind``).
    """

    def admit(self, raw: SignedBytes, now: datetime, *, is_sealed_here: bool = False) -> ReceivedMessage:
        """The verified message; NotAdmitted with the error.

        ``is_sealed_here``: this process has just made the signature over these bytes, by the key of the
        certificate that the signature names; only the certificate is checked.
        """
        try:
            sender, neighbour, claims = self._verify_signatures(raw, now, is_sealed_here=is_sealed_here)
            header = read_header(raw.body)
        except BusError as error:
            raise NotAdmitted(error, self._read_attested(raw, now)) from None
        received = ReceivedMessage(
            raw,
            header,
            sender,
            neighbour,
            claimed_sequence(claims),
            claims if raw.hop else {},
            body_digest(raw.body),
        )
        if fault := self._find_fault(received, now):
            raise NotAdmitted(fault, received)
        return received

    def _read_attested(self, raw: SignedBytes, now: datetime) -> ReceivedMessage | None:
        """A message with a fault inside, as far as an accepted forwarder attests it: its turn in the forwarder's
        stream is taken all the same, so that it blocks no case. It stands in the forwarder's name, for its sender
        proves nothing.
        """
        if raw.hop is None or len(raw.body) > self.max_bytes:
            return None
        try:
            forwarder, claims = self._verify_signer(raw.hop, hop_payload(raw.signature, raw.body), now)
            header = read_header(raw.body)
        except BusError:
            return None
        if claims.get("to") != self.address or not self.accepts(forwarder.address):
            return None
        sequence = claimed_sequence(claims)
        return ReceivedMessage(raw, header, forwarder, forwarder, sequence, claims, body_digest(raw.body))

    def _verify_signatures(
        self, raw: SignedBytes, now: datetime, *, is_sealed_here: bool
    ) -> tuple[PeerSystem, PeerSystem, dict[str, Any]]:
        if len(raw.body) > self.max_bytes:
            raise Malformed("message-too-large", f"over {self.max_bytes} bytes", size=len(raw.body))
        sender, claims = self._verify_signer(raw.signature, raw.body, now, is_made_here=is_sealed_here)
        neighbour = sender
        if raw.hop is not None:
            neighbour, claims = self._verify_signer(raw.hop, hop_payload(raw.signature, raw.body), now)
        if claims.get("to") != self.address:
            raise Untrusted("wrong-addressee", "the signature is for another address")
        if not self.accepts(neighbour.address):
            raise Refused("neighbour-not-accepted", f"{neighbour.address} does not deliver here")
        return sender, neighbour, claims

    def _verify_signer(
        self, text: str, payload: bytes, now: datetime, *, is_made_here: bool = False
    ) -> tuple[PeerSystem, dict[str, Any]]:
        token = jws.parse(text)
        peer = self.directory.find_peer(token.thumbprint, now)
        if not is_made_here:
            jws.verify(token, peer.key, payload)
        return peer, dict(token.claims)

    def _find_fault(self, received: ReceivedMessage, now: datetime) -> BusError | None:
        if has_too_many_values(received.raw.body):
            return Malformed("message-malformed", f"over {MOST_VALUES} values")
        if received.info.sender.sender_id != received.sender.address:
            return Untrusted("sender-mismatch", "the envelope names another sender than the certificate")
        message_date = received.info.message_date
        if (self.age(message_date) if self.age else now - message_date) > self.max_age:
            return Conflict("message-stale", f"older than {self.max_age}")
        if message_date - now > CLOCKS_MAY_DIFFER:
            if self.age is not None:
                return Unavailable("clock-behind", "this system has not heard of the bus's new time yet")
            return Conflict("message-from-the-future", "messageDate lies ahead of the bus's clock")
        return None


def body_digest(body: bytes) -> str:
    """base64url SHA-256 of the exact bytes."""
    return jws.encode_base64url(sha256(body).digest())


def hop_payload(signature: str, body: bytes) -> bytes:
    """The bytes that a forwarder signs: the sender's signature, a dot, and the message's bytes."""
    return signature.encode() + b"." + body


def seal_message(identity: SystemIdentity, message: OutgoingMessage, sequence: int) -> SignedBytes:
    """Sign an outgoing message for its address, as its sender or as its forwarder."""
    claims = {**message.claims, "to": message.address, "seq": sequence}
    if message.forwarded is None:
        return SignedBytes(message.body, identity.sign(message.body, claims))
    origin = message.forwarded.raw
    if origin.hop is not None:
        claims["previous"] = body_digest(origin.hop.encode())
    payload = hop_payload(origin.signature, origin.body)
    return SignedBytes(origin.body, origin.signature, identity.sign(payload, claims))


def claimed_sequence(claims: Mapping[str, Any]) -> int:
    """The number that a signature claims for its message; 0 where the order does not matter."""
    value = claims.get("seq")
    return value if type(value) is int and 0 <= value < 2**31 else 0  # a bool is an int, too
