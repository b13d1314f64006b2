"""Somebody of the synthetic population, by his place in it or by his ИИН."""

from __future__ import annotations

import re
from itertools import islice

from shared.bus.errors import NotFound
from shared.contracts.population import Person, population

_IIN = re.compile(r"[0-9]{12}", re.ASCII)
_PLACE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


def pick(wanted: str, seed: int, size: int) -> Person:
    """The person with this ИИН (twelve digits), or the n-th living one, counted from 1.

    `seed` and `size` are those of the country (EGOV_POPULATION_SEED, EGOV_POPULATION_SIZE). NotFound
    person-unknown when there is nobody.
    """
    people = population(seed, size)
    if _IIN.fullmatch(wanted):
        found = next((person for person in people if person.iin == wanted), None)
    elif _PLACE.fullmatch(wanted):
        living = (person for person in people if person.is_alive)
        found = next(islice(living, int(wanted) - 1, None), None)
    else:
        found = None
    if found is None:
        raise NotFound("person-unknown", "nobody of the synthetic population: give a place from 1, or an ИИН")
    return found
