"""Which way a message goes inside a region."""

from __future__ import annotations

from collections.abc import Mapping

from shared.bus.errors import NotFound, Refused
from shared.contracts import addresses

ANY = "*"


def check_region(route_id: str | None, own: str) -> None:
    """Refused ``wrong-region`` for a message that belongs to another region's gateway."""
    if route_id != own:
        raise Refused("wrong-region", "this gateway serves another region", region=own)


def next_hop(neighbour: str, service_id: str, locals_: Mapping[str, str]) -> str:
    """From ШЭП to the local system of the service, from a local system to ШЭП.

    ``locals_`` maps services to local systems, ``*`` for all others. Refused ``not-of-this-region`` for a sender
    that is neither; NotFound ``no-local-system`` when no local system provides the service.
    """
    if neighbour == addresses.GATEWAY:
        found = locals_.get(service_id) or locals_.get(ANY)
        if found is None:
            raise NotFound("no-local-system", "no system of this region provides the service")
        return found
    if neighbour not in locals_.values():
        raise Refused("not-of-this-region", "the sender is no system of this region")
    return addresses.GATEWAY
