"""The refusals by the register of the labour market."""

from __future__ import annotations

import pytest

from services.is_rynok_truda.domain import (
    CERTIFICATE,
    REFERRAL,
    REGISTRATION,
    EmploymentStatus,
    refusal_code,
    synthetic_registrations,
    synthetic_vacancies,
)
from shared.contracts.addresses import REGIONS
from shared.contracts.population import make_population
from shared.regulations.passport_book import PassportBook

UNEMPLOYED, SEEKER, EMPLOYED = EmploymentStatus.UNEMPLOYED, EmploymentStatus.SEEKER, EmploymentStatus.EMPLOYED


@pytest.mark.parametrize(
    ("service", "standing", "is_vacancy_open", "code"),
    [
        (CERTIFICATE, UNEMPLOYED, False, None),
        (CERTIFICATE, SEEKER, True, "not-unemployed"),
        (CERTIFICATE, EMPLOYED, True, "not-unemployed"),
        (CERTIFICATE, None, True, "not-unemployed"),
        (REGISTRATION, None, False, None),
        (REGISTRATION, SEEKER, False, None),
        (REGISTRATION, UNEMPLOYED, False, None),
        (REGISTRATION, EMPLOYED, False, "has-work"),
        (REFERRAL, UNEMPLOYED, True, None),
        (REFERRAL, SEEKER, True, None),
        (REFERRAL, UNEMPLOYED, False, "no-vacancy"),
        (REFERRAL, EMPLOYED, True, "not-registered"),
        (REFERRAL, None, False, "not-registered"),
        ("child-allowance", None, False, None),
    ],
)
def test_labour_register_refuses_people_not_known_as_the_service_needs(
    service: str, standing: EmploymentStatus | None, is_vacancy_open: bool, code: str | None
) -> None:
    assert refusal_code(service, standing, is_vacancy_open=is_vacancy_open) == code


def test_labour_services_are_those_of_the_acts() -> None:
    known = {passport.service_type for passport, _ in PassportBook.load().all_graphs()}
    assert {CERTIFICATE, REGISTRATION, REFERRAL} <= known


def test_labour_seed_keeps_the_rule_of_the_last_digit() -> None:
    people = list(make_population(1, 400))
    found = {one.iin: one.standing for one in synthetic_registrations(people)}
    assert set(found) == {one.iin for one in people if one.is_alive}
    for service in (CERTIFICATE, REGISTRATION, REFERRAL):
        granted = {iin for iin, one in found.items() if refusal_code(service, one, is_vacancy_open=True) is None}
        assert granted == {iin for iin in found if int(iin[-1]) % 2 == 0}


def test_vacancies_exist_in_every_region_with_numbers_of_its_own() -> None:
    vacancies = list(synthetic_vacancies())
    assert {one.region for one in vacancies} == set(REGIONS)
    assert len({one.number for one in vacancies}) == len(vacancies)
    assert all(one.number.startswith(f"{one.region}-") and one.places > 0 for one in vacancies)
