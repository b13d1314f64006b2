"""The address of a caller in the form in which budgets and counters use it."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import Annotated

from fastapi import Depends, Request
from starlette.types import Scope

IPV6_NETWORK = 64
"""The bits of an IPv6 address that identify a caller: one subscriber has all addresses with these bits."""


async def caller_address(request: Request) -> str:
    """The address of the caller of a request; see ``read_address``."""
    return read_address(request.scope)


def read_address(scope: Scope) -> str:
    """The caller's address; the network of 64 bits for IPv6, an empty text where the server knows none.

    The HTTP server gives the address of the connection, or the one that a trusted proxy forwards.
    """
    client = scope.get("client")
    host = str(client[0]) if client else ""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:64]
    if address.version == 4:
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ip_network((int(address), IPV6_NETWORK), strict=False))


CallerAddress = Annotated[str, Depends(caller_address)]
