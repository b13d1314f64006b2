"""Who is registered as what, and which vacancy somebody is sent to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.population import REGIONS, SyntheticPerson


class EmploymentStatus(StrEnum):
    """How a person stands in the register of the labour market."""

    UNEMPLOYED = "unemployed"
    """зарегистрирован в качестве безработного"""
    SEEKER = "seeker"
    """ищет работу, безработным не зарегистрирован"""
    EMPLOYED = "employed"
    """имеет работу"""


MAY_BE_REFERRED = frozenset({EmploymentStatus.UNEMPLOYED, EmploymentStatus.SEEKER})

CERTIFICATE = "unemployment-certificate"
REGISTRATION = "unemployed-registration"
REFERRAL = "employment-referral"


@dataclass(frozen=True)
class LabourRegistration:
    """One person of the register."""

    iin: str
    region: str
    standing: EmploymentStatus


@dataclass(frozen=True)
class Vacancy:
    """Places of one profession at one employer; ``places`` are those that nobody was sent to yet."""

    number: str
    region: str
    profession: str
    profession_kk: str
    employer: str
    places: int


def refusal_code(service_type: str, standing: EmploymentStatus | None, *, is_vacancy_open: bool) -> str | None:
    """The code of what the register has against a service, or None."""
    if service_type == CERTIFICATE and standing is not EmploymentStatus.UNEMPLOYED:
        return "not-unemployed"
    if service_type == REGISTRATION and standing is EmploymentStatus.EMPLOYED:
        return "has-work"
    if service_type == REFERRAL:
        if standing not in MAY_BE_REFERRED:
            return "not-registered"
        return None if is_vacancy_open else "no-vacancy"
    return None


def synthetic_registrations(people: Iterable[SyntheticPerson]) -> Iterator[LabourRegistration]:
    """Everybody alive: unemployed where the ИИН ends in an even digit, employed where it ends in an odd one."""
    for person in people:
        if person.is_alive:
            standing = EmploymentStatus.EMPLOYED if int(person.iin[-1]) % 2 else EmploymentStatus.UNEMPLOYED
            yield LabourRegistration(person.iin, person.region, standing)


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
