"""Invented people and moments of the scripts. No living person holds such an ИИН: the births lie before 1900."""

from __future__ import annotations

from functools import cache
from typing import Any

from shared.bus.clocks.clock import SystemClock
from shared.contracts.population import SyntheticPerson, make_population
from shared.contracts.registers import PERSON_SERVICE as PERSON_SERVICE

PEOPLE_IN_SCRIPTS = 8
NOBODY = "850101100022"
"""A right ИИН that nobody of the scripts has."""
WRONG_IIN = "850101100014"
"""Twelve digits with a wrong check digit."""


@cache
def list_people() -> tuple[SyntheticPerson, ...]:
    """The people of the scripts, all alive."""
    return tuple(person for person in make_population(1, PEOPLE_IN_SCRIPTS * 2) if person.is_alive)[
        :PEOPLE_IN_SCRIPTS
    ]


PEOPLE = range(3)
"""The places of the people for whom a participant of the REST door asks."""


def find_person(iin: str) -> dict[str, Any]:
    """The data of ``person-answer/1`` on an ИИН."""
    for person in list_people():
        if person.iin == iin:
            record = {
                "iin": person.iin,
                "surname": person.surname,
                "name": person.name,
                "patronymic": person.patronymic,
                "birthDate": person.birth_date.isoformat(),
                "sex": person.sex.value,
                "region": person.region,
                "address": person.address,
                "isAlive": True,
            }
            return {"person": record}
    return {"person": None}


def iso_now() -> str:
    """The present moment, with its zone."""
    return SystemClock().now().isoformat(timespec="milliseconds")
