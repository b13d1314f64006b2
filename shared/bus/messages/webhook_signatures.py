"""Secrets and signatures of webhooks, as Standard Webhooks has them (HMAC-SHA256, ``whsec_`` and ``v1``)."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping

from shared.bus.errors import Untrusted

SECRET_PREFIX = "whsec_"  # noqa: S105 - the beginning of every secret, by which scanners of secrets know it
SECRET_BYTES = 32


def new_secret() -> str:
    """A new secret: the prefix, and 256 random bits in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign_webhook(event_id: str, timestamp: int, body: bytes, keys: Iterable[str]) -> dict[str, str]:
    """The headers of a webhook, with a signature by each secret; ``timestamp`` in seconds of the epoch."""
    content = f"{event_id}.{timestamp}.".encode() + body
    signatures = (f"v1,{_sign(content, key)}" for key in keys)
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


MOST_SECONDS_APART = 300
"""How far the time of a webhook may lie from the receiver's clock, as Standard Webhooks recommends."""


def verify_webhook(headers: Mapping[str, str], body: bytes, secret: str, now: int) -> str:
    """The id of a webhook that was signed by ``secret``, within five minutes of ``now`` (seconds of the epoch).

    The names of ``headers`` are in small letters. Untrusted ``webhook-signature``, ``webhook-stale``.
    """
    event_id, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    expected = f"v1,{_sign(f'{event_id}.{moment}.'.encode() + body, secret)}"
    signatures = headers.get("webhook-signature", "").split(" ")
    if not any(hmac.compare_digest(expected.encode(), one.encode()) for one in signatures):
        raise Untrusted("webhook-signature", "no signature is by this secret over these bytes")
    if not moment.isdigit() or abs(now - int(moment)) > MOST_SECONDS_APART:
        raise Untrusted("webhook-stale", "the webhook is older than five minutes, or from the future")
    return event_id


def _sign(content: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()
