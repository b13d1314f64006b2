"""The rules of rights and routes, decided from the register's data alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from shared.bus.errors import Conflict, NotFound, Refused, Untrusted

WHOLE_COUNTRY = "KZ"
"""The region of a service that is the same in all regions."""
INITIATOR = "@initiator"
"""A recipient that the register does not name: the sender of the first message of the chain."""


@dataclass(frozen=True, slots=True)
class GatewayMember:
    """A system connected to ШЭП; a regional system is reached through its region's РШЭП, a system at a door
    through its mailbox, unless it has a queue of its own.
    """

    address: str
    title: str
    is_regional: bool
    is_active: bool
    is_at_door: bool = False
    """Whether it is a participant of the doors: a system of somebody else, for which ШЭП has a door key."""


@dataclass(frozen=True, slots=True)
class GatewayRoute:
    """A route by service, region and message type, and by channel and step where the passport distinguishes them.

    ``step`` is the place of a step, including its variant: ``t5``, ``worker-reissue/p10``. Messages to the
    service's provider (``is_provider``) go to another system when the operator says so.
    """

    service_id: str
    region: str | None
    message_type: str
    channel: str | None
    step: str | None
    recipient: str
    is_provider: bool = False


@dataclass(frozen=True, slots=True)
class RouteTarget:
    """One recipient of a message.

    ``is_named``: the recipient is fixed; a regional gateway does not choose among its systems.
    """

    recipient: str
    is_provider: bool = False
    is_named: bool = False


@dataclass(frozen=True, slots=True)
class ServiceRoute:
    """The provider of a service in a region and channel: by the passport, and now.

    A service of a register has the region ``WHOLE_COUNTRY`` and no channel ("").
    """

    service_type: str
    region: str
    channel: str
    passport: str
    recipient: str
    is_changed: bool

    @property
    def service_key(self) -> ServiceKey:
        """The key of the route in the register."""
        return make_service_key(self.service_type, self.region, self.channel)


@dataclass(frozen=True, slots=True)
class AccessRight:
    """The right of ``sender`` to send messages of this type of this service."""

    sender: str
    service_id: str
    message_type: str


RouteKey = tuple[str, str | None, str, str | None, str | None]
ServiceKey = tuple[str, str | None, str | None]
"""Service, region, channel."""


def make_service_key(service_type: str, region: str, channel: str) -> ServiceKey:
    """The key of a service by the words of ``ServiceRoute``."""
    return service_type, None if region == WHOLE_COUNTRY else region, channel or None


@dataclass(frozen=True)
class ParticipantFacts:
    """What the register knows of the participants of the doors; the names are those of ``RegisterSnapshot``."""

    queues: frozenset[str] = frozenset()
    tenants: Mapping[str, str] = field(default_factory=dict)
    tenant_places: Mapping[tuple[str, ServiceKey], str] = field(default_factory=dict)


@dataclass(frozen=True)
class RegisterSnapshot:
    """The register as ШЭП uses it: indexed, frozen, replaced as a whole when its data change."""

    members: Mapping[str, GatewayMember]
    rights: frozenset[tuple[str, str, str]]
    routes: Mapping[RouteKey, tuple[RouteTarget, ...]]
    services: frozenset[str] = field(default_factory=frozenset)
    regions: Mapping[str, frozenset[str | None]] = field(default_factory=dict)
    providers: Mapping[ServiceKey, str] = field(default_factory=dict)
    changes: Mapping[ServiceKey, str] = field(default_factory=dict)
    queues: frozenset[str] = frozenset()
    """The participants whose messages come to queues of their own at the broker."""
    tenants: Mapping[str, str] = field(default_factory=dict)
    """The tenants by participant."""
    tenant_places: Mapping[tuple[str, ServiceKey], str] = field(default_factory=dict)
    """The participants that provide a service in the cases of their own tenant."""

    @classmethod
    def from_register(
        cls,
        members: Iterable[GatewayMember],
        rights: Iterable[AccessRight],
        routes: Iterable[GatewayRoute],
        changes: Mapping[ServiceKey, str] | None = None,
        participants: ParticipantFacts | None = None,
    ) -> RegisterSnapshot:
        """The snapshot of the register's data; ``changes`` names the providers that replace those of the
        passports.
        """
        facts = participants or ParticipantFacts()
        index: dict[RouteKey, list[RouteTarget]] = {}
        regions: dict[str, set[str | None]] = {}
        providers: dict[ServiceKey, str] = {}
        for route in routes:
            service_key = (route.service_id, route.region, route.channel)
            changed = changes.get(service_key) if changes and route.is_provider else None
            target = RouteTarget(changed or route.recipient, route.is_provider, changed is not None)
            index.setdefault((*service_key[:2], route.message_type, route.channel, route.step), []).append(target)
            regions.setdefault(route.service_id, set()).add(route.region)
            if route.is_provider and route.message_type == "REQUEST":
                providers.setdefault(service_key, route.recipient)
        return cls(
            members={member.address: member for member in members},
            rights=frozenset((r.sender, r.service_id, r.message_type) for r in rights),
            routes={key: tuple(targets) for key, targets in index.items()},
            services=frozenset(regions),
            regions={service: frozenset(region_codes) for service, region_codes in regions.items()},
            providers=providers,
            changes=changes or {},
            queues=facts.queues,
            tenants=facts.tenants,
            tenant_places=facts.tenant_places,
        )

    def find_tenant_provider(self, beginner: str, service_key: ServiceKey) -> str | None:
        """The participant that provides a service in the cases of the tenant of ``beginner``; None where there is
        none.
        """
        tenant = self.tenants.get(beginner)
        return None if tenant is None else self.tenant_places.get((tenant, service_key))

    def check_sender(self, sender: str, neighbour: str, way_in: str) -> None:
        """Check the sender and its way: Untrusted ``sender-not-registered``; Refused ``member-stopped`` or
        ``wrong-way-in``.

        ``way_in`` is the neighbour that must bring the messages of a regional sender.
        """
        member = self.members.get(sender)
        if member is None:
            raise Untrusted("sender-not-registered", "the gateway's register does not have this system")
        if not member.is_active:
            raise Refused("member-stopped", "this system is switched off in the register")
        if neighbour != (way_in if member.is_regional else sender):
            raise Refused("wrong-way-in", "the messages of this system must come from another neighbour")

    def check_right(self, sender: str, service_id: str, region: str | None, message_type: str) -> None:
        """NotFound ``service-unknown`` or ``service-not-in-region``; Refused ``no-right``."""
        self.check_service(service_id, region)
        if (sender, service_id, message_type) not in self.rights:
            raise Refused(
                "no-right", "the sender has no right to this message", service=service_id, type=message_type
            )

    def check_service(self, service_id: str, region: str | None) -> None:
        """NotFound ``service-unknown`` or ``service-not-in-region``."""
        if service_id not in self.services:
            raise NotFound("service-unknown", "no such service in the register", service=service_id)
        if not self.regions[service_id] & {region, None}:
            raise NotFound("service-not-in-region", "the region does not provide the service", service=service_id)

    def may_stand_in(self, sender: str, taker: str | None, service_key: ServiceKey, message_type: str) -> bool:
        """Whether ``sender`` has the rights of the service's provider in a case that went to ``taker``."""
        provider = self.providers.get(service_key) or self.find_register(service_key[0]) or ""
        return sender == taker and (provider, service_key[0], message_type) in self.rights

    def find_register(self, service_id: str) -> str | None:
        """The system that answers queries of this service by the initial register; None for another service."""
        return self.providers.get((service_id, None, None))

    def is_regional(self, address: str | None) -> bool:
        """Whether the system stands behind a РШЭП."""
        member = self.members.get(address or "")
        return member is not None and member.is_regional

    def is_at_door(self, address: str) -> bool:
        """Whether the system is a participant of the doors."""
        member = self.members.get(address)
        return member is not None and member.is_at_door

    def has_mailbox(self, address: str) -> bool:
        """Whether the system takes its messages from a mailbox of ШЭП."""
        return self.is_at_door(address) and address not in self.queues

    def find_targets(
        self, service_id: str, region: str | None, message_type: str, channel: str | None, step: str | None
    ) -> tuple[RouteTarget, ...]:
        """The recipients of the most specific route; NotFound ``no-route``."""
        for key in (
            (service_id, region, message_type, channel, step),
            (service_id, region, message_type, None, None),
            (service_id, None, message_type, None, None),
        ):
            if targets := self.routes.get(key):
                return targets
        raise NotFound("no-route", "the register has no route for this message", service=service_id)

    def list_service_routes(
        self, service_id: str | None = None, region: str | None = None
    ) -> tuple[ServiceRoute, ...]:
        """The providers of all services, in order, or of one service or region."""
        return tuple(
            ServiceRoute(
                service_key[0],
                service_key[1] or WHOLE_COUNTRY,
                service_key[2] or "",
                passport,
                self.changes.get(service_key, passport),
                service_key in self.changes,
            )
            for service_key, passport in sorted(
                self.providers.items(), key=lambda item: [part or "" for part in item[0]]
            )
            if service_id in (None, service_key[0]) and region in (None, service_key[1] or WHOLE_COUNTRY)
        )

    def check_recipient(self, service_key: ServiceKey, recipient: str, able: Iterable[str]) -> None:
        """Check that ``recipient`` can provide a service; ``able`` are the systems that provide services at all.

        NotFound ``recipient-unknown`` or ``recipient-stopped``; Refused ``recipient-cannot-serve`` for a system
        outside ``able``; Conflict ``recipient-takes-part`` for a system with another part in the process.
        """
        member = self.members.get(recipient)
        if member is None:
            raise NotFound("recipient-unknown", "no such system in the register", recipient=recipient)
        if recipient not in able:
            raise Refused("recipient-cannot-serve", "this system provides no services", recipient=recipient)
        if not member.is_active:
            raise NotFound("recipient-stopped", "the recipient is switched off", recipient=recipient)
        for (service, region, _, channel, _), targets in self.routes.items():
            other_recipients = {target.recipient for target in targets if not target.is_provider}
            if (service, region, channel) == service_key and recipient in other_recipients:
                raise Conflict(
                    "recipient-takes-part", "the recipient already has another part", recipient=recipient
                )


@dataclass(frozen=True)
class SentBefore:
    """How a message passed before: its numbers by recipient, and the recipients that need no copy."""

    numbers: Mapping[str, int]
    settled: frozenset[str]
