"""The way of a message inside a region."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

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


LocalRouteIndex = Mapping[tuple[str, str], LocalRoute]
"""The region's routes by service and channel."""


def index_routes(routes: Iterable[LocalRoute]) -> LocalRouteIndex:
    """The routes by service and channel."""
    return {(route.service_id, route.channel): route for route in routes}


def check_region(route_id: str | None, own: str) -> None:
    """Refused ``wrong-region`` for a message of another region."""
    if route_id != own:
        raise Refused("wrong-region", "this gateway serves another region", region=own)


def check_system(system: str) -> None:
    """Refused ``system-not-regional`` for a system that is not behind a regional gateway."""
    if system not in addresses.REGIONAL:
        raise Refused("system-not-regional", "this system is reached without a regional gateway", system=system)


def check_neighbour(neighbour: str) -> None:
    """Refused ``not-of-this-region`` for a neighbour that is neither ШЭП nor a system of the region."""
    if neighbour not in (addresses.GATEWAY, *addresses.REGIONAL):
        raise Refused("not-of-this-region", "the sender is no system of this region")


def choose_local_system(
    service_id: str, channel: str | None, named_system: str | None, route_index: LocalRouteIndex
) -> str:
    """The system that gets a message from ШЭП: the one that ШЭП names, if it is of this region; else the one of
    the service and channel, of the service, of the channel, of all others.

    NotFound ``no-local-system`` when there is none.
    """
    if named_system in addresses.REGIONAL:
        return named_system
    by = channel or ANY
    for key in ((service_id, by), (service_id, ANY), (ANY, by), (ANY, ANY)):
        if route := route_index.get(key):
            return route.system
    raise NotFound("no-local-system", "no system of this region provides the service", service=service_id)
