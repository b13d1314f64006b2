"""Whom the kit calls: the system that a person names, and no place to which that system sends the kit."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from shared.bus.errors import Malformed, Refused, Unavailable
from shared.phone.links import read_link

SCHEMES = ("http", "https", "amqp", "amqps")
LOOPBACK = IPv4Address("127.0.0.1")


async def require_target(target: str) -> None:
    """Require the address of a system: of this machine, of its network, or a public one.

    Malformed ``conformance-target-malformed`` for what is no address; Refused ``conformance-target-refused`` for
    an address that belongs to no system (0.0.0.0, multicast, link-local: the metadata of a cloud); Unavailable
    ``conformance-target-unknown`` for a name without an address.
    """
    parts = _split_target(target)
    host = parts.hostname or ""
    addresses = await _find_addresses(parts)
    if not addresses:
        raise Unavailable("conformance-target-unknown", f"{host} has no address", host=host)
    if any(_is_nobodys(address) for address in addresses):
        raise Refused("conformance-target-refused", f"{host} is no address of a system", host=host)


async def is_led_astray(target: str, url: str) -> bool:
    """Whether a system sends the kit to an inner place that is not its own, as API 1 of a phone's server may."""
    own, led = [await _find_addresses(_split_target(one)) for one in (target, url)]
    return not all(address.is_global or address in own for address in led)


async def _find_addresses(parts: SplitResult) -> set[IPv4Address | IPv6Address]:
    """The addresses of the host; empty for an unknown name. The loopback addresses are one."""
    try:
        places = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, parts.port or 0, type=socket.SOCK_STREAM
        )
    except OSError:
        return set()
    addresses = {ip_address(str(place[0]).partition("%")[0]) for *_, place in places}
    return {LOOPBACK if address.is_loopback else address for address in addresses}


def _is_nobodys(address: IPv4Address | IPv6Address) -> bool:
    return address.is_link_local or address.is_multicast or address.is_unspecified or address.is_reserved


def _split_target(target: str) -> SplitResult:
    """The parts of an address; a link for phones leads to the address of API 1. Malformed."""
    try:
        url = read_link(target).url
    except Malformed:
        url = target
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if parts.scheme not in SCHEMES or not host:
        raise Malformed(
            "conformance-target-malformed", f"{target[:200]} is no address of a system", name=target[:200]
        )
    return parts
