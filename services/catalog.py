"""Every system of the country, in the order a request travels: the architecture in one list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from shared.bus.service import Service
from shared.contracts import addresses


@dataclass(frozen=True)
class Instance:
    """One process to run: a service, where it listens, what is particular about it."""

    name: str
    service: str
    port: int
    address: str | None
    """Its address on the bus; None for one that speaks HTTP only."""
    settings: Mapping[str, object] = field(default_factory=dict)
    module: str = "app"
    """The module of the package that holds the service's value: a package may wire two systems."""

    def load(self) -> Service:
        """The service's value; imports the service, and only it."""
        service: Service = import_module(f"services.{self.service}.{self.module}").service
        return service


def _regional(short: str, region: str, port: int) -> Instance:
    return Instance(
        f"rshep_{short}", "rshep_regional", port, addresses.regional_gateway(region), {"region": region}
    )


_ON_THE_BUS: tuple[Instance, ...] = (
    Instance("portal_pep", "portal_pep", 8001, addresses.PORTAL),
    Instance("shep_gateway", "shep_gateway", 8002, addresses.GATEWAY),
    _regional("akm", "KZ-AKM", 8010),
    _regional("aty", "KZ-ATY", 8011),
    _regional("sev", "KZ-SEV", 8012),
    _regional("yuz", "KZ-YUZ", 8013),
    Instance("is_mio", "is_mio", 8003, addresses.MIO),
    Instance("is_con", "is_con", 8004, addresses.CON),
    Instance("nr_iin", "nr_iin", 8005, addresses.NR_IIN),
    Instance("enis", "enis", 8006, addresses.ENIS),
    Instance("is_esobes", "is_esobes", 8014, addresses.ESOBES),
    Instance("is_rynok_truda", "is_rynok_truda", 8015, addresses.RYNOK),
    Instance("gbd_elicense", "gbd_elicense", 8016, addresses.ELICENSE),
    Instance("arm_shep", "shep_gateway", 8017, addresses.ARM_SHEP, module="arm.app"),
    Instance("arm_rshep", "rshep_regional", 8018, addresses.ARM_RSHEP, module="arm.app"),
    Instance("is_cgo", "is_cgo", 8008, addresses.CGO),
    Instance("gcvp", "gcvp", 8009, addresses.GCVP),
)

INSTANCES: tuple[Instance, ...] = (
    *_ON_THE_BUS,
    Instance(
        "is_nuc",
        "is_nuc",
        8007,
        None,
        {"systems": ",".join(str(one.address) for one in _ON_THE_BUS)},
    ),
)
"""All of them. НУЦ issues certificates to whatever address stands here, and to no other."""


def find(name: str) -> Instance | None:
    """The instance of this name."""
    return next((instance for instance in INSTANCES if instance.name == name), None)
