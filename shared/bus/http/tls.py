"""How a client reaches its server: verified by the machine's authorities over TLS, at home without a proxy."""

from __future__ import annotations

import ssl
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit


def server_check(url: str) -> ssl.SSLContext | bool:
    """The value of httpx's ``verify`` for this URL.

    Loading the machine's authorities costs 40 ms a client, a context of its own 3 ms: a plain URL needs neither.
    """
    return _trust_nobody() if url.startswith("http://") else True


def uses_proxies(url: str) -> bool:
    """The value of httpx's ``trust_env`` for this URL: whether HTTP_PROXY and its like apply.

    They never apply to this machine's own systems: a proxy elsewhere cannot reach them, and httpx fails at once
    on a proxy that it does not understand.
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return True


@cache
def _trust_nobody() -> ssl.SSLContext:
    """One context for all plain connections; it trusts no authority, so a TLS connection would fail."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
