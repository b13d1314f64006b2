"""Who is to be certified: somebody of the synthetic population, or a magic subject of НУЦ's sandbox."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from shared.bus.errors import NotFound
from shared.contracts.population import Person, population
from shared.pki import faults

_IIN = re.compile(r"[0-9]{12}", re.ASCII)
_PLACE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True)
class Owner:
    """A person as a certificate names him."""

    iin: str
    surname: str
    name: str
    patronymic: str = ""

    @classmethod
    def of(cls, person: Person) -> Owner:
        return cls(person.iin, person.surname, person.name, person.patronymic)


def owner(wanted: str, seed: int, size: int) -> Owner:
    """The person with this ИИН (twelve digits), or the n-th living one, counted from 1.

    `seed` and `size` are those of the country (EGOV_POPULATION_SEED, EGOV_POPULATION_SIZE). The ИИН of a magic
    subject (see `shared.pki.faults`) brings its trouble. NotFound person-unknown when there is nobody.
    """
    if _PLACE.fullmatch(wanted) and not _IIN.fullmatch(wanted):
        living = (person for person in population(seed, size) if person.is_alive)
        for person in islice(living, int(wanted) - 1, int(wanted)):
            return Owner.of(person)
    elif magic := faults.magic(wanted):
        return Owner(magic.iin, magic.surname, magic.name)
    for person in population(seed, size):
        if person.iin == wanted:
            return Owner.of(person)
    raise NotFound("person-unknown", "nobody of the synthetic population: give a place from 1, or an ИИН")
