"""The statuses of people in the register, and the vacancies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.addresses import REGIONS
from shared.contracts.population import SyntheticPerson
from shared.texts.catalog import select_texts, texts_beside


class EmploymentStatus(StrEnum):
    """The status of a person in the register of the labour market."""

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
    """Places of one profession at one employer; ``places`` counts the free ones."""

    number: str
    region: str
    profession: str
    profession_kk: str
    employer: str
    places: int


def refusal_code(service_type: str, standing: EmploymentStatus | None, *, is_vacancy_open: bool) -> str | None:
    """The code for which the register refuses a service, or None."""
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
    """All living people: unemployed for an even last digit of the ИИН, employed for an odd one."""
    for person in people:
        if person.is_alive:
            standing = EmploymentStatus.EMPLOYED if int(person.iin[-1]) % 2 else EmploymentStatus.UNEMPLOYED
            yield LabourRegistration(person.iin, person.region, standing)


def synthetic_vacancies() -> Iterator[Vacancy]:
    """The vacancies of every region, at invented employers."""
    employer, professions = VACANCY_TEXTS["employer"]["ru"], select_texts(VACANCY_TEXTS, "profession-")
    for region in REGIONS:
        for n, name in enumerate(professions.values(), 1):
            yield Vacancy(f"{region}-V{n:04}", region, name["ru"], name["kk"], employer.format(n=n), PLACES)


PLACES = 500
"""The places of each synthetic vacancy."""

VACANCY_TEXTS = texts_beside(__file__, file="vacancy_texts.yaml", languages=("kk", "ru"))
