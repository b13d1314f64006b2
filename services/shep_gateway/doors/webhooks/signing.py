"""Secrets and signatures of webhooks, as Standard Webhooks has them (HMAC-SHA256, ``whsec_`` and ``v1``)."""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable

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


def _sign(content: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, content, "sha256")).decode()
