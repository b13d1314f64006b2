"""The organisations of ГБД ЮЛ: right numbers, each once, and branches of organisations that exist."""

from __future__ import annotations

from services.gbd_ul.companies import list_authorities, make_companies
from services.gbd_ul.domain import RegistrationStatus, signature_fault
from shared.contracts.identifiers import check_bin
from shared.contracts.organisations import known_organisations
from shared.contracts.population import make_population

PEOPLE = tuple(make_population(1, 1000))
COMPANIES = tuple(make_companies(PEOPLE))


def test_companies_have_right_numbers_of_their_own_beside_the_organisations_of_the_acts() -> None:
    numbers = [entity.bin for entity in (*list_authorities(known_organisations(), PEOPLE), *COMPANIES)]
    assert len(set(numbers)) == len(numbers) > 200
    assert [check_bin(number) for number in numbers] == numbers


def test_number_of_a_company_tells_the_month_of_registration_and_whether_it_is_a_branch() -> None:
    assert {entity.bin[:4] == f"{entity.registered_on:%y%m}" for entity in COMPANIES} == {True}
    assert {entity.bin[5] for entity in COMPANIES if entity.head_bin is None} == {"0"}
    assert {entity.bin[5] for entity in COMPANIES if entity.head_bin is not None} == {"1"}


def test_branches_belong_to_companies_and_leaders_live() -> None:
    heads = {entity.bin for entity in COMPANIES if entity.head_bin is None}
    assert {entity.head_bin for entity in COMPANIES if entity.head_bin} <= heads
    living = {person.iin for person in PEOPLE if person.is_alive}
    assert {entity.leader_iin for entity in COMPANIES} <= living
    assert {entity.registration for entity in COMPANIES} == set(RegistrationStatus)


def test_companies_are_the_same_for_the_same_people_and_named_apart() -> None:
    assert tuple(make_companies(PEOPLE)) == COMPANIES
    assert len({entity.name_ru for entity in COMPANIES}) == len(COMPANIES)
    assert len({entity.name_kk for entity in COMPANIES}) == len(COMPANIES)


def test_register_is_made_for_a_population_of_one() -> None:
    one = PEOPLE[:1]
    assert len(tuple(make_companies(one))) == len(COMPANIES)
    assert len(tuple(list_authorities(known_organisations(), one))) == len(tuple(known_organisations()))


def test_signature_that_is_absent_stale_or_wrong_has_a_code_of_its_own() -> None:
    codes = ("eds-missing", "eds-revoked", "eds-expired", "eds-signature-invalid", "eds-bin-mismatch")
    assert [signature_fault(code) for code in codes] == ["SCE017", "SCE015", "SCE015", "SCE016", "SCE016"]
