"""The exchanges of a run: every call between the kit and the participant, with all its bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from lxml import etree

from shared.bus.errors import BusError
from shared.pki.encoding.xmltree import XmlElement, parse_document


@dataclass(frozen=True)
class CarriedPart:
    """One direction of an exchange: the first line, the headers by lower-case name, the bytes of the body."""

    head: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def to_bytes(self) -> bytes:
        """The part as it is kept in a file."""
        lines = [self.head, *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body

    @cached_property
    def json(self) -> Any:
        """The body as JSON; None for anything else."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @cached_property
    def xml(self) -> XmlElement | None:
        """The root of the body as XML; None for anything else, and for a document with a DTD."""
        try:
            return parse_document(self.body)
        except BusError:
            return None

    def find_all(self, name: str) -> list[XmlElement]:
        """The elements of this local name."""
        return [] if self.xml is None else list(self.xml.iter(f"{{*}}{name}"))

    def text_of(self, name: str) -> str | None:
        """The text of the first element of this local name, as it stands; None without one."""
        return next((element.text or "" for element in self.find_all(name)), None)

    def body_child(self) -> XmlElement | None:
        """The first element in the Body of an envelope; None without one."""
        for body in self.find_all("Body"):
            return next((child for child in body if isinstance(child.tag, str)), None)
        return None


NOTHING = CarriedPart("")


@dataclass
class KeptExchange:
    """A call: ``operation`` is its name in the contract, ``probe`` what the kit tries by it, "" for nothing.

    ``status`` is that of the answer, 0 where none came. ``facts`` are what the kit knows of it.
    """

    number: int
    door: str
    operation: str
    began_at: datetime
    request: CarriedPart
    response: CarriedPart = NOTHING
    status: int = 0
    seconds: float = 0.0
    probe: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def header(self, name: str) -> str:
        """A header of the request; "" where it is absent."""
        return self.request.headers.get(name, "")


@dataclass
class ExchangeBook:
    """The exchanges of a run in their order."""

    kept: list[KeptExchange] = field(default_factory=list)

    def open_exchange(self, door: str, operation: str, at: datetime, request: CarriedPart) -> KeptExchange:
        """Begin an exchange; its answer is filled in by the one who makes it."""
        exchange = KeptExchange(len(self.kept) + 1, door, operation, at, request)
        self.kept.append(exchange)
        return exchange

    def select(self, door: str, *operations: str, probe: str | None = None) -> Iterator[KeptExchange]:
        """The exchanges of a door; of some operations only, or with one probe only."""
        for exchange in self.kept:
            is_wanted = not operations or exchange.operation in operations
            if exchange.door == door and is_wanted and probe in (None, exchange.probe):
                yield exchange


def local_names(parent: XmlElement) -> list[str]:
    """The local names of the children that are elements."""
    return [etree.QName(child).localname for child in parent if isinstance(child.tag, str)]
