"""Who may send what, and where it goes: decided from the register's data alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from shared.bus.errors import NotFound, Refused, Untrusted

INITIATOR = "@initiator"
"""A recipient that is not named: whoever sent the first message of the chain."""


@dataclass(frozen=True, slots=True)
class Member:
    """A system connected to the gateway; a regional one is reached through its region's РШЭП."""

    address: str
    title: str
    is_regional: bool
    is_active: bool


@dataclass(frozen=True, slots=True)
class Route:
    """Where messages go: (service, region, type), and channel and step where the passport tells them apart."""

    service_id: str
    region: str | None
    message_type: str
    channel: str | None
    step: int | None
    recipient: str


@dataclass(frozen=True, slots=True)
class Right:
    """``sender`` may send messages of this type of this service."""

    sender: str
    service_id: str
    message_type: str


RouteKey = tuple[str, str | None, str, str | None, int | None]


@dataclass(frozen=True)
class Directions:
    """The register as the gateway uses it: indexed, frozen, replaced whole when its data change."""

    members: Mapping[str, Member]
    rights: frozenset[tuple[str, str, str]]
    routes: Mapping[RouteKey, tuple[str, ...]]
    services: frozenset[str] = field(default_factory=frozenset)
    regions: Mapping[str, frozenset[str | None]] = field(default_factory=dict)

    @classmethod
    def of(cls, members: Iterable[Member], rights: Iterable[Right], routes: Iterable[Route]) -> Directions:
        index: dict[RouteKey, list[str]] = {}
        regions: dict[str, set[str | None]] = {}
        for route in routes:
            key = (route.service_id, route.region, route.message_type, route.channel, route.step)
            index.setdefault(key, []).append(route.recipient)
            regions.setdefault(route.service_id, set()).add(route.region)
        return cls(
            members={member.address: member for member in members},
            rights=frozenset((r.sender, r.service_id, r.message_type) for r in rights),
            routes={key: tuple(recipients) for key, recipients in index.items()},
            services=frozenset(regions),
            regions={service: frozenset(known) for service, known in regions.items()},
        )

    def check_sender(self, sender: str, neighbour: str, way_in: str) -> None:
        """Untrusted ``sender-not-registered``; Refused ``member-stopped`` or ``wrong-way-in``.

        ``way_in`` is the neighbour that must bring this sender's messages if the sender is a regional one.
        """
        member = self.members.get(sender)
        if member is None:
            raise Untrusted("sender-not-registered", "the gateway's register does not hold this system")
        if not member.is_active:
            raise Refused("member-stopped", "this system is switched off in the register")
        if neighbour != (way_in if member.is_regional else sender):
            raise Refused("wrong-way-in", "this system's messages come another way")

    def check_right(self, sender: str, service_id: str, region: str | None, message_type: str) -> None:
        """NotFound ``service-unknown`` or ``service-not-in-region``; Refused ``no-right``."""
        if service_id not in self.services:
            raise NotFound("service-unknown", "no such service in the register", service=service_id)
        if not self.regions[service_id] & {region, None}:
            raise NotFound("service-not-in-region", "the service is not provided there", service=service_id)
        if (sender, service_id, message_type) not in self.rights:
            raise Refused("no-right", "the sender may not send this", service=service_id, type=message_type)

    def recipients(
        self, service_id: str, region: str | None, message_type: str, channel: str | None, step: int | None
    ) -> tuple[str, ...]:
        """From the most particular route to the most general; NotFound ``no-route``."""
        for key in (
            (service_id, region, message_type, channel, step),
            (service_id, region, message_type, None, None),
            (service_id, None, message_type, None, None),
        ):
            if found := self.routes.get(key):
                return found
        raise NotFound("no-route", "the register has no route for this message", service=service_id)


def chained(previous: str, entry: bytes) -> str:
    """The hash of a journal entry: SHA-256 over the previous one's hash and the entry's own bytes, in hex."""
    return sha256(previous.encode() + b"\n" + entry).hexdigest()
