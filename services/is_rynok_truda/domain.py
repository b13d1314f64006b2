"""Who is registered as what, and which vacancy somebody is sent to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.population import REGIONS, Person


class Standing(StrEnum):
    """How a person stands in the register of the labour market."""

    UNEMPLOYED = "unemployed"
    """зарегистрирован в качестве безработного"""
    SEEKER = "seeker"
    """ищет работу, безработным не зарегистрирован"""
    EMPLOYED = "employed"
    """имеет работу"""


MAY_BE_REFERRED = frozenset({Standing.UNEMPLOYED, Standing.SEEKER})

CERTIFICATE = "unemployment-certificate"
REGISTRATION = "unemployed-registration"
REFERRAL = "employment-referral"


@dataclass(frozen=True)
class Registration:
    """One person of the register."""

    iin: str
    region: str
    standing: Standing


@dataclass(frozen=True)
class Vacancy:
    """Places of one profession at one employer; ``places`` are those that nobody was sent to yet."""

    number: str
    region: str
    profession: str
    profession_kk: str
    employer: str
    places: int


def refusal(service_type: str, standing: Standing | None, *, is_vacancy_open: bool) -> str | None:
    """The code of what the register has against a service, or None."""
    if service_type == CERTIFICATE and standing is not Standing.UNEMPLOYED:
        return "not-unemployed"
    if service_type == REGISTRATION and standing is Standing.EMPLOYED:
        return "has-work"
    if service_type == REFERRAL:
        if standing not in MAY_BE_REFERRED:
            return "not-registered"
        return None if is_vacancy_open else "no-vacancy"
    return None


def synthetic_registrations(people: Iterable[Person]) -> Iterator[Registration]:
    """Everybody alive: unemployed where the ИИН ends in an even digit, employed where it ends in an odd one."""
    for person in people:
        if person.is_alive:
            standing = Standing.EMPLOYED if int(person.iin[-1]) % 2 else Standing.UNEMPLOYED
            yield Registration(person.iin, person.region, standing)


def synthetic_vacancies() -> Iterator[Vacancy]:
    """Every region's vacancies, of invented employers."""
    for region in REGIONS:
        for n, (ru, kk) in enumerate(_PROFESSIONS, 1):
            yield Vacancy(f"{region}-V{n:04}", region, ru, kk, f"ТОО «Вымысел-{n}»", PLACES)


PLACES = 500
"""At each synthetic vacancy."""
_PROFESSIONS = (
    ("бухгалтер", "бухгалтер"),
    ("водитель", "жүргізуші"),
    ("воспитатель детского сада", "балабақша тәрбиешісі"),
    ("медицинская сестра", "медбике"),
    ("сварщик", "дәнекерлеуші"),
    ("учитель", "мұғалім"),
    ("электрик", "электрик"),
)
