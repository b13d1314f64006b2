"""Requests that offer another protocol (``Upgrade: h2c`` of Java's HttpClient) are read as requests of HTTP/1.1.

A server may ignore the offer (RFC 9110, section 7.8). httptools stops reading after the header of such a request:
its body would be lost, and so would the next request on the connection.
"""

from __future__ import annotations

from typing import Any, Protocol

import httptools

_OFFERS = (b"upgrade", b"http2-settings")


class ParsedConnection(Protocol):
    """The connection that a parser calls: the target and the headers of the request that is being read."""

    url: bytes
    headers: list[tuple[bytes, bytes]]


class OfferIgnoringParser:
    """A parser of requests that reads a request once more without the protocol that it offers."""

    def __init__(self, connection: ParsedConnection) -> None:
        self._connection = connection
        self._begin()

    def _begin(self) -> None:
        self._parser: Any = httptools.HttpRequestParser(self._connection)
        self.should_keep_alive = self._parser.should_keep_alive
        self.should_upgrade = self._parser.should_upgrade
        self.get_method = self._parser.get_method
        self.get_http_version = self._parser.get_http_version

    @property
    def ignores_offer(self) -> bool:
        """Whether the present header is one that will be read once more."""
        return bool(self.should_upgrade()) and any(name == b"upgrade" for name, _ in self._connection.headers)

    def feed_data(self, data: bytes) -> None:
        """Read bytes; the errors of httptools."""
        while True:
            try:
                self._parser.feed_data(data)
            except httptools.HttpParserUpgrade as stopped:
                if not self.ignores_offer:  # CONNECT
                    raise
                data = self._compose_header() + data[stopped.args[0] :]
                self._begin()
            else:
                return

    def _compose_header(self) -> bytes:
        """The header of the request without the offer."""
        version = self.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.get_method(), self._connection.url, version)]
        for name, value in self._connection.headers:
            if name not in _OFFERS:
                lines.append(b"%s: %s" % (name, _without_offers(value) if name == b"connection" else value))
        return b"\r\n".join((*lines, b"", b""))


def _without_offers(value: bytes) -> bytes:
    return b",".join(option for option in value.split(b",") if option.strip().lower() not in _OFFERS)
