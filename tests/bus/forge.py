"""Messages signed by hand: valid ones, and invalid ones of every kind."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from pydantic_core import to_json

from shared.bus.carriers.transport import SignedBytes, TransportMessage
from shared.bus.messages import jws
from shared.bus.messages.gate import hop_payload
from shared.bus.messages.message import MessageInfo, MessageSender, MessageType, encode_message
from shared.bus.messages.trust import SystemIdentity
from tests.bus.kit import Counted


def body(author: str, n: int = 1, at: datetime | None = None, **info: Any) -> bytes:
    """The bytes of a message by ``author``; ``info`` replaces parts of the envelope."""
    envelope: dict[str, Any] = {
        "message_id": f"id-{n}",
        "correlation_id": "case-1",
        "service_id": "counting",
        "message_type": MessageType.UPDATE,
        "message_date": at or datetime.now(UTC),  # noqa: TID251 - beside a node with the machine's clock
        "sender": MessageSender(sender_id=author),
        **info,
    }
    return encode_message(MessageInfo(**envelope), Counted(n=n))


def signed(who: SystemIdentity, content: bytes, to: str, seq: int = 0, **claims: Any) -> str:
    """A JWS token over ``content`` for the address ``to``."""
    return jws.sign(who.key, who.thumbprint, content, {"to": to, "seq": seq, **claims})


def sealed(who: SystemIdentity, content: bytes, to: str, seq: int = 0, **claims: Any) -> SignedBytes:
    """A signed message directly from its sender."""
    return SignedBytes(content, signed(who, content, to, seq, **claims))


def forwarded(by: SystemIdentity, raw: SignedBytes, to: str, seq: int = 0) -> SignedBytes:
    """A message as a forwarder passes it on."""
    return SignedBytes(raw.body, raw.signature, signed(by, hop_payload(raw.signature, raw.body), to, seq))


def token(who: SystemIdentity, content: bytes, header: Mapping[str, Any]) -> str:
    """A token with exactly this header, signed with ES256 whatever the header says."""
    assert isinstance(who.key, ec.EllipticCurvePrivateKey)
    protected = jws.encode_base64url(to_json(dict(header)))
    signature = who.key.sign(protected.encode() + b"." + content, ec.ECDSA(SHA256()))
    r, s = decode_dss_signature(signature)
    return f"{protected}..{jws.encode_base64url(r.to_bytes(32) + s.to_bytes(32))}"


def header(who: SystemIdentity, address: str, **changes: Any) -> dict[str, Any]:
    """A valid header with changed entries; None leaves an entry out."""
    right = {"alg": "ES256", "x5t#S256": who.thumbprint, "b64": False, "crit": ["b64"], "to": address, "seq": 0}
    return {name: value for name, value in {**right, **changes}.items() if value is not None}


def posted(to: str, raw: SignedBytes) -> TransportMessage:
    """The transport message with ``raw`` for the address ``to``, whatever address the signature names."""
    return TransportMessage(to, "UPDATE", "id", "case", raw)
