"""The hosts to which ШЭП may push: a request of ШЭП's own must reach nothing that the operator did not list.

A name is resolved at each call, each address is checked, and the call goes to the checked address itself: a name
that changes its address between check and call gains nothing.
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from shared.bus.errors import Refused

Address = IPv4Address | IPv6Address

THIS_MACHINE = "localhost,127.0.0.0/8,::1"
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class AllowedHosts:
    """Names, and networks of addresses. A listed name may lead to public addresses and to listed networks."""

    names: frozenset[str]
    networks: tuple[IPv4Network | IPv6Network, ...]

    @classmethod
    def of_list(cls, text: str) -> AllowedHosts:
        """The hosts of a list with commas: names, addresses, networks (``10.1.0.0/16``)."""
        names, networks = set(), []
        for part in filter(None, (part.strip().lower() for part in text.split(","))):
            try:
                networks.append(ip_network(part))
            except ValueError:
                names.add(part)
        return cls(frozenset(names), tuple(networks))

    @property
    def is_empty(self) -> bool:
        """Whether ШЭП pushes to nobody."""
        return not (self.names or self.networks)

    def check_url(self, url: str) -> SplitResult:
        """The parts of an endpoint's address; Refused ``push-host-refused`` for a host that is not listed."""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
        except ValueError:
            raise Refused("push-host-refused", "the address is malformed") from None
        has_extras = parts.username is not None or parts.password is not None or bool(parts.fragment)
        if parts.scheme not in DEFAULT_PORTS or has_extras or not host:
            raise Refused("push-host-refused", "an endpoint is an http or https address without a login")
        address = _read_address(host)
        is_listed = host in self.names if address is None else self._is_in_network(address)
        if not is_listed:
            raise Refused("push-host-refused", "the operator has not listed this host", host=host)
        return parts

    async def resolve(self, parts: SplitResult) -> list[str]:
        """The addresses to call for a checked host; Refused ``push-host-refused`` when each leads elsewhere.

        OSError when the name has no address.
        """
        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [_read_address(str(place[0])) for *_, place in found]
        listed = [str(address) for address in addresses if address is not None and self._may_be_called(address)]
        if not listed:
            raise Refused("push-host-refused", "the host's name leads to an address that is not listed", host=host)
        return listed

    def _may_be_called(self, address: Address) -> bool:
        return self._is_in_network(address) or (address.is_global and not address.is_multicast)

    def _is_in_network(self, address: Address) -> bool:
        return any(address in network for network in self.networks if network.version == address.version)


def _read_address(host: str) -> Address | None:
    """The address that a host is, an IPv4 one also where it is written as IPv6; None for a name."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
