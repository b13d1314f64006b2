"""How a client verifies its server: not at all over plain HTTP, by the machine's authorities over TLS."""

from __future__ import annotations

import ssl
from functools import cache


def server_check(url: str) -> ssl.SSLContext | bool:
    """The value of httpx's ``verify`` for this URL.

    Loading the machine's authorities costs 40 ms a client, a context of its own 3 ms: a plain URL needs neither.
    """
    return _trust_nobody() if url.startswith("http://") else True


@cache
def _trust_nobody() -> ssl.SSLContext:
    """One context for all plain connections; it trusts no authority, so a TLS connection would fail."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
