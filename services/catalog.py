"""All systems of the bus in one list, in the order in which a request travels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from shared.contracts import addresses
from shared.texts.catalog import Translations, read_texts

if TYPE_CHECKING:  # commands that only name instances need not import the kernel
    from shared.bus.service import ServiceDefinition
    from shared.bus.settings import Settings


@dataclass(frozen=True)
class ServiceInstance:
    """One instance to run: a service, its port, its own settings."""

    name: str
    service: str
    port: int
    address: str | None
    """The address on the bus; None for a system that speaks HTTP only."""
    settings: Mapping[str, object] = field(default_factory=dict)
    module: str = "app"
    """The module of the package that holds the ``ServiceDefinition``: one package may define two systems."""

    def load_service(self) -> ServiceDefinition:
        """The ``ServiceDefinition`` of the instance; imports only this service."""
        service: ServiceDefinition = import_module(f"services.{self.service}.{self.module}").service
        return service

    def load_title(self) -> Translations:
        """The title of the system by language, from the service's own texts; imports no service."""
        folder = Path(__file__).parent.joinpath(self.service, *self.module.split(".")[:-1])
        return read_texts(folder / "texts.yaml")["system-title"]

    def load_settings(self) -> type[Settings]:
        """The class of the instance's settings, from the one module that defines them: nothing else is imported.

        A system without a module ``settings`` of its own is a workplace.
        """
        from shared.bus.settings import Settings

        package = f"services.{self.service}.{self.module}".rpartition(".")[0]
        place = f"{package}.settings"
        if find_spec(place) is None:
            place = "shared.workplace.settings"
        (kind,) = (
            kind
            for kind in vars(import_module(place)).values()
            if isinstance(kind, type) and issubclass(kind, Settings) and kind.__module__ == place
        )
        return kind


def _regional_instance(short: str, region: str, port: int) -> ServiceInstance:
    return ServiceInstance(
        f"rshep_{short}", "rshep_regional", port, addresses.regional_gateway(region), {"region": region}
    )


_ON_THE_BUS: tuple[ServiceInstance, ...] = (
    ServiceInstance("portal_pep", "portal_pep", 8001, addresses.PORTAL),
    ServiceInstance("shep_gateway", "shep_gateway", 8002, addresses.GATEWAY),
    _regional_instance("akm", "KZ-AKM", 8010),
    _regional_instance("aty", "KZ-ATY", 8011),
    _regional_instance("sev", "KZ-SEV", 8012),
    _regional_instance("yuz", "KZ-YUZ", 8013),
    ServiceInstance("is_mio", "is_mio", 8003, addresses.MIO),
    ServiceInstance("is_con", "is_con", 8004, addresses.CON),
    ServiceInstance("nr_iin", "nr_iin", 8005, addresses.NR_IIN),
    ServiceInstance("enis", "enis", 8006, addresses.ENIS),
    ServiceInstance("is_esobes", "is_esobes", 8014, addresses.ESOBES),
    ServiceInstance("is_rynok_truda", "is_rynok_truda", 8015, addresses.RYNOK),
    ServiceInstance("gbd_elicense", "gbd_elicense", 8016, addresses.ELICENSE),
    ServiceInstance("arm_shep", "shep_gateway", 8017, addresses.ARM_SHEP, module="arm.app"),
    ServiceInstance("arm_rshep", "rshep_regional", 8018, addresses.ARM_RSHEP, module="arm.app"),
    ServiceInstance("is_cgo", "is_cgo", 8008, addresses.CGO),
    ServiceInstance("gcvp", "gcvp", 8009, addresses.GCVP),
    ServiceInstance("kdp", "kdp", 8019, addresses.KDP),
    ServiceInstance("gbd_ul", "gbd_ul", 8020, addresses.GBD_UL),
    ServiceInstance("temp_files", "temp_files", 8021, addresses.TEMP_FILES),
)

INSTANCES: tuple[ServiceInstance, ...] = (
    *_ON_THE_BUS,
    ServiceInstance(
        "is_nuc",
        "is_nuc",
        8007,
        None,
        {"systems": ",".join(str(instance.address) for instance in _ON_THE_BUS)},
    ),
)
"""All instances. НУЦ issues certificates to the addresses in this list and to no others."""


def find_instance(name: str) -> ServiceInstance | None:
    """The instance called ``name``, or None."""
    return next((instance for instance in INSTANCES if instance.name == name), None)
