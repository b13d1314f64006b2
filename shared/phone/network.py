"""Which hosts the phone may call, and the calls themselves.

A phone on a desk calls whatever the person scans. A server that plays the phone for a page must not become a way
into its own network: a name is resolved at each call, each address is checked, and the call goes to the checked
address itself. Redirects are not followed, proxies do not apply.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

import httpx

from shared.bus.errors import Malformed, Refused, Unavailable
from shared.bus.http.tls import server_check
from shared.phone.steps import PhoneExchange

CALL_SECONDS = 30.0
LONGEST_ANSWER = 64 * 1024 * 1024
NAT64 = ip_network("64:ff9b::/96")
"""IPv6 addresses that lead to an IPv4 address (RFC 6052)."""
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class PhoneRequest:
    """One request of the app; ``pieces`` and ``pause`` send the body slowly."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""
    pieces: int = 1
    pause: float = 0.0


@dataclass(frozen=True)
class PhoneNetwork:
    """The hosts that the phone may call.

    ``inner_places`` are the places of the inner network (``host:port``) that are open; None opens all of them, as
    on a phone of one's own. ``domains`` is the app's list of allowed domains; None allows every domain.
    """

    inner_places: frozenset[str] | None = None
    domains: frozenset[str] | None = None

    def check_domain(self, url: str) -> None:
        """Refused ``phone-domain-refused`` for a domain that is not on the app's list."""
        host = (urlsplit(url).hostname or "").lower()
        if self.domains is not None and host not in self.domains:
            raise Refused("phone-domain-refused", "the domain is not on the app's list", domain=host)

    async def call(self, request: PhoneRequest) -> PhoneExchange:
        """The answer of the server, whatever its status.

        Malformed ``phone-url-malformed``; Refused ``phone-host-refused`` for an inner address that is not open;
        Unavailable ``phone-server-silent``, ``phone-answer-long``.
        """
        parts = _split_url(request.url)
        try:
            async with asyncio.timeout(CALL_SECONDS + request.pause * request.pieces):
                address = await self._choose_address(parts)
                return await _send(request, parts, address)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
            raise Unavailable(
                "phone-server-silent", "the server does not answer", reason=type(error).__name__
            ) from None

    async def _choose_address(self, parts: SplitResult) -> str:
        """The address to call; OSError when the name has none."""
        host, port = (parts.hostname or "").lower(), parts.port or DEFAULT_PORTS[parts.scheme]
        places = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(place[0]).partition("%")[0] for *_, place in places]
        if self.inner_places is None or self.inner_places & {f"{host}:{port}", f"[{host}]:{port}"}:
            return addresses[0]
        public = [address for address in addresses if _is_public(address)]
        if len(public) != len(addresses) or not public:
            raise Refused("phone-host-refused", "the link leads into the inner network", host=host, port=port)
        return public[0]


def _is_public(address: str) -> bool:
    number = ip_address(address)
    if isinstance(number, IPv6Address):
        embedded = number.ipv4_mapped or number.sixtofour or (number.teredo or (None, None))[1]
        if number in NAT64:
            embedded = IPv4Address(int(number) & 0xFFFFFFFF)
        if embedded is not None:
            return _is_public(str(embedded))
    return number.is_global and not number.is_multicast


def _split_url(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Malformed("phone-url-malformed", "the address is no URL", url=url[:200]) from None
    if parts.scheme not in DEFAULT_PORTS or not host or parts.username is not None:
        raise Malformed("phone-url-malformed", "the address is no http or https URL", url=url[:200])
    return parts


async def _send(request: PhoneRequest, parts: SplitResult, address: str) -> PhoneExchange:
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    place = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
    transport = httpx.AsyncHTTPTransport(verify=server_check(request.url), trust_env=False)
    outgoing = httpx.Request(
        request.method,
        parts._replace(netloc=place, fragment="").geturl(),
        headers={**request.headers, "Host": parts.netloc, "Content-Length": str(len(request.body))},
        content=_break_body(request) if request.pieces > 1 else request.body,
        extensions={
            "sni_hostname": parts.hostname or "",
            "timeout": dict.fromkeys(("connect", "read", "write", "pool"), CALL_SECONDS),
        },
    )
    async with transport:
        answer = await transport.handle_async_request(outgoing)
        try:
            content = await _read_answer(answer)
        finally:
            await answer.aclose()
    return PhoneExchange(request.method, request.url, answer.status_code, request.body, content)


async def _break_body(request: PhoneRequest) -> AsyncIterator[bytes]:
    size = max(1, -(-len(request.body) // request.pieces))
    for begin in range(0, len(request.body), size):
        await asyncio.sleep(request.pause)
        yield request.body[begin : begin + size]


async def _read_answer(answer: httpx.Response) -> bytes:
    content = bytearray()
    async for part in answer.aiter_raw():
        content += part
        if len(content) > LONGEST_ANSWER:
            raise Unavailable("phone-answer-long", "the answer has more than 64 MiB")
    return bytes(content)
