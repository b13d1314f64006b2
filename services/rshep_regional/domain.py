"""The way of a message inside a region."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from shared.bus.errors import NotFound, Refused
from shared.contracts import addresses

ANY = "*"


@dataclass(frozen=True, slots=True)
class LocalRoute:
    """The system of the region that provides a service in a channel; ``*`` stands for all others."""

    service_id: str
    channel: str
    system: str
    is_changed: bool = False


@dataclass(frozen=True)
class RegionalRegister:
    """What the gateway knows of its region: the routes by service and channel, and the systems behind it."""

    routes: Mapping[tuple[str, str], LocalRoute]
    systems: frozenset[str] = frozenset(addresses.REGIONAL)

    @classmethod
    def of_region(cls, routes: Iterable[LocalRoute], joined: Iterable[str] = ()) -> Self:
        """The register of these routes; ``joined`` are the systems of others that the operator let in."""
        by_key = {(route.service_id, route.channel): route for route in routes}
        return cls(by_key, frozenset((*addresses.REGIONAL, *joined)))


def check_region(route_id: str | None, own: str) -> None:
    """Refused ``wrong-region`` for a message of another region."""
    if route_id != own:
        raise Refused("wrong-region", "this gateway serves another region", region=own)


def check_system(system: str, systems: Collection[str]) -> None:
    """Refused ``system-not-regional`` for a system that is not behind this gateway."""
    if system not in systems:
        raise Refused("system-not-regional", "this system is reached without a regional gateway", system=system)


def check_neighbour(neighbour: str, systems: Collection[str]) -> None:
    """Refused ``not-of-this-region`` for a neighbour that is neither ШЭП nor a system of the region."""
    if neighbour != addresses.GATEWAY and neighbour not in systems:
        raise Refused("not-of-this-region", "the sender is no system of this region")


def choose_local_system(
    service_id: str, channel: str | None, named_system: str | None, register: RegionalRegister
) -> str:
    """The system that gets a message from ШЭП: the one that ШЭП names, if it is of this region; else the one of
    the service and channel, of the service, of the channel, of all others.

    NotFound ``no-local-system`` when there is none.
    """
    if named_system in register.systems:
        return str(named_system)
    by = channel or ANY
    for key in ((service_id, by), (service_id, ANY), (ANY, by), (ANY, ANY)):
        if route := register.routes.get(key):
            return route.system
    raise NotFound("no-local-system", "no system of this region provides the service", service=service_id)
