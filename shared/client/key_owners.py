"""Owners of certificates: people of the synthetic population, and magic subjects of НУЦ's sandbox."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, islice

from shared.bus.errors import NotFound
from shared.contracts.population import SyntheticPerson, make_population, odd_people
from shared.pki import faults

_IIN = re.compile(r"[0-9]{12}", re.ASCII)
_PLACE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True)
class CertificateOwner:
    """A person as a certificate names the person."""

    iin: str
    surname: str
    name: str
    patronymic: str = ""

    @classmethod
    def from_person(cls, person: SyntheticPerson) -> CertificateOwner:
        return cls(person.iin, person.surname, person.name, person.patronymic)


def find_owner(iin_or_place: str, seed: int, size: int) -> CertificateOwner:
    """The person with this ИИН (twelve digits), or the n-th living person, counted from 1.

    `seed` and `size` are those of the population (EGOV_POPULATION_SEED, EGOV_POPULATION_SIZE). The ИИН of a magic
    subject (see `shared.pki.faults`) brings a fault on demand. NotFound person-unknown for anything else.
    """
    if _PLACE.fullmatch(iin_or_place) and not _IIN.fullmatch(iin_or_place):
        living = (person for person in make_population(seed, size) if person.is_alive)
        for person in islice(living, int(iin_or_place) - 1, int(iin_or_place)):
            return CertificateOwner.from_person(person)
    elif magic := faults.find_magic_subject(iin_or_place):
        return CertificateOwner(magic.iin, magic.surname, magic.name)
    for person in chain(odd_people(), make_population(seed, size)):
        if person.iin == iin_or_place:
            return CertificateOwner.from_person(person)
    raise NotFound("person-unknown", "no person of the synthetic population: give a place from 1, or an ИИН")
