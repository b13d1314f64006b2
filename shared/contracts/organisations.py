"""The register of organisations: office, БИН and name of each, and the systems that may vouch for its people.

    kz-yuz.employment.15:
      bin: "990140000768"
      name: "…"
      systems: [is_mio]

``organisations.yaml`` has the organisations of the acts; НУЦ may be given another file of the same form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shared.bus.errors import BusError
from shared.contracts.identifiers import check_bin

FILE = Path(__file__).with_name("organisations.yaml")
MOST_BYTES = 4 * 1024 * 1024
LONGEST_NAME = 300
"""In characters."""
_OFFICE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}", re.ASCII)
_SYSTEM = re.compile(r"[a-z0-9][a-z0-9_.-]{0,90}", re.ASCII)
_FIELDS = {"bin", "name", "systems"}


class OrganisationsInvalid(ValueError):
    """An invalid register of organisations: the message names the file, the office and the fault."""


@dataclass(frozen=True)
class Organisation:
    """An organisation of the acts. ``office`` is the code by which passports and cases name it as an authority."""

    office: str
    bin: str
    name: str
    systems: frozenset[str]
    """The bus addresses of the systems that may vouch for its employees."""


class OrganisationRegister:
    """Organisations by their office and by their БИН; each has one of either."""

    def __init__(self, organisations: Mapping[str, Organisation]) -> None:
        self._by_office = MappingProxyType(dict(organisations))

    def __iter__(self) -> Iterator[Organisation]:
        return iter(self._by_office.values())

    @cached_property
    def _by_bin(self) -> Mapping[str, Organisation]:
        return {organisation.bin: organisation for organisation in self}

    def find_by_office(self, office: str) -> Organisation | None:
        """The organisation of an office or authority by its code; None for an unknown one."""
        return self._by_office.get(office)

    def get_by_office(self, office: str) -> Organisation:
        """The organisation of an office that the acts have; KeyError for another."""
        return self._by_office[office]

    def find_by_bin(self, bin_: str) -> Organisation | None:
        """The organisation with this БИН; None for an unknown one."""
        return self._by_bin.get(bin_)

    def with_systems(self, added: Mapping[str, Iterable[str]]) -> OrganisationRegister:
        """The register in which further systems may vouch, by office; unknown offices are passed over."""
        if not added:
            return self
        return OrganisationRegister(
            {
                office: replace(organisation, systems=organisation.systems.union(added.get(office, ())))
                for office, organisation in self._by_office.items()
            }
        )

    @cached_property
    def employers(self) -> frozenset[str]:
        """The systems that may vouch for an employee."""
        return frozenset(system for organisation in self for system in organisation.systems)

    def organisations_of(self, system: str) -> frozenset[Organisation]:
        """The organisations for whose employees the system with this bus address may vouch."""
        return frozenset(organisation for organisation in self if system in organisation.systems)

    def may_vouch(self, system: str, bin_: str, name: str) -> bool:
        """Whether the system may vouch for an employee of the organisation with exactly this БИН and this name."""
        organisation = self.find_by_bin(bin_)
        return organisation is not None and organisation.name == name and system in organisation.systems


@cache
def known_organisations() -> OrganisationRegister:
    """The organisations of the acts, read once, when first needed."""
    return read_organisations(FILE)


def read_organisations(path: Path) -> OrganisationRegister:
    """The checked register of a file; OrganisationsInvalid."""
    import yaml

    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _invalid(path, f"larger than {MOST_BYTES} bytes")
        # S506 - both loaders are safe
        content = yaml.load(path.read_text(encoding="utf-8"), fast)  # noqa: S506
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise _invalid(path, str(error)) from None
    if not isinstance(content, dict) or not content:
        raise _invalid(path, "no offices with organisations")
    organisations = {office: _read_organisation(path, office, row) for office, row in content.items()}
    numbers = [organisation.bin for organisation in organisations.values()]
    if repeated := sorted({number for number in numbers if numbers.count(number) > 1}):
        raise _invalid(path, f"several offices have the БИН {', '.join(repeated)}")
    return OrganisationRegister(organisations)


def _read_organisation(path: Path, office: Any, row: Any) -> Organisation:
    if not isinstance(office, str) or not _OFFICE.fullmatch(office):
        raise _invalid(path, f"{office!r} is no code of an office")
    if not isinstance(row, dict) or set(row) != _FIELDS:
        raise _invalid(path, f"{office}: bin, name and systems, and nothing else")
    name, systems = row["name"], row["systems"]
    if not isinstance(name, str) or not 0 < len(name.strip()) <= LONGEST_NAME or not name.isprintable():
        raise _invalid(path, f"{office}: a name of 1 to {LONGEST_NAME} printable characters")
    if not isinstance(systems, list) or not all(isinstance(s, str) and _SYSTEM.fullmatch(s) for s in systems):
        raise _invalid(path, f"{office}: systems are a list of bus addresses")
    try:
        number = check_bin(str(row["bin"]))
    except BusError as error:
        raise _invalid(path, f"{office}: {error.code}") from None
    return Organisation(office, number, name, frozenset(systems))


def _invalid(path: Path, fault: str) -> OrganisationsInvalid:
    return OrganisationsInvalid(f"{path.name}: {fault}")
