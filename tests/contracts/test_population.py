"""The synthetic population: valid, unique, repeatable, spread over the regions, and without living persons'
numbers.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import pairwise

import pytest

from shared.contracts.addresses import REGIONS
from shared.contracts.identifiers import Sex, check_iin
from shared.contracts.population import SyntheticPerson, make_population, odd_people


@pytest.fixture(scope="module")
def people() -> list[SyntheticPerson]:
    return list(make_population(seed=7, size=10_000))


def test_population_has_valid_iins_that_tell_birth_and_sex_of_their_holders(people: list[SyntheticPerson]) -> None:
    for person in people:
        assert check_iin(person.iin) == person.iin
        assert person.iin[:7] == f"{person.birth_date:%y%m%d}{2 if person.sex is Sex.FEMALE else 1}"


def test_population_knows_a_few_whose_number_is_valid_and_does_not_tell_their_birth(
    people: list[SyntheticPerson],
) -> None:
    numbers = {person.iin for person in odd_people()}
    assert len(numbers) == len(odd_people())
    assert numbers.isdisjoint(person.iin for person in people)
    for person in odd_people():
        assert check_iin(person.iin) == person.iin
        assert person.iin[:7] != f"{person.birth_date:%y%m%d}{2 if person.sex is Sex.FEMALE else 1}"
        assert person.iin[6] in "012", "no number of anybody alive"


def test_population_has_no_number_twice(people: list[SyntheticPerson]) -> None:
    assert len({person.iin for person in people}) == len(people) == 10_000


def test_population_has_no_number_that_anybody_alive_can_hold(people: list[SyntheticPerson]) -> None:
    assert {person.iin[6] for person in people} == {"1", "2"}
    assert all(date(1850, 1, 1) <= person.birth_date <= date(1899, 12, 31) for person in people)


def test_population_of_the_same_seed_is_the_same_people(people: list[SyntheticPerson]) -> None:
    assert list(make_population(seed=7, size=10_000)) == people


def test_population_that_is_smaller_is_the_beginning_of_a_larger_one(people: list[SyntheticPerson]) -> None:
    assert list(make_population(seed=7, size=10)) == people[:10]


def test_population_of_another_seed_is_other_people(people: list[SyntheticPerson]) -> None:
    others = {person.iin for person in make_population(seed=8, size=10_000)}
    assert len(others & {person.iin for person in people}) < 10


def test_population_has_even_shares_of_the_regions(people: list[SyntheticPerson]) -> None:
    assert Counter(person.region for person in people) == dict.fromkeys(REGIONS, 2_500)


def test_population_has_both_sexes_and_all_decades(people: list[SyntheticPerson]) -> None:
    women = sum(person.sex is Sex.FEMALE for person in people)
    assert 4_500 < women < 5_500
    assert min(Counter(person.birth_date.year // 10 for person in people).values()) > 1_500


def test_population_has_a_few_who_have_died(people: list[SyntheticPerson]) -> None:
    assert 50 < sum(not person.is_alive for person in people) < 200


def test_names_end_as_the_sex_asks(people: list[SyntheticPerson]) -> None:
    for person in people:
        is_female = person.sex is Sex.FEMALE
        endings = ("на", "қызы") if is_female else ("ич", "ұлы")
        assert person.patronymic.endswith(endings)
        assert person.surname.endswith(("ва", "на", "ая", "ко") if is_female else ("в", "н", "ий", "ко"))


def test_name_fits_the_common_name_of_a_certificate(people: list[SyntheticPerson]) -> None:
    assert max(len(f"{person.surname} {person.name}".encode()) for person in people) <= 64


def test_population_numbers_do_not_follow_one_another(people: list[SyntheticPerson]) -> None:
    assert all(abs(int(one.iin[:6]) - int(next_.iin[:6])) > 1 for one, next_ in pairwise(people[:1000]))


def test_address_lies_in_a_place_of_the_region(people: list[SyntheticPerson]) -> None:
    places = {region: {p.address.split(",")[0] for p in people if p.region == region} for region in REGIONS}
    assert all(not places[one] & places[other] for one in REGIONS for other in REGIONS if one != other)


def test_population_of_none_has_nobody_and_an_impossible_size_is_refused() -> None:
    assert list(make_population(seed=7, size=0)) == []
    for size in (-1, 100_000_001):
        with pytest.raises(ValueError, match="0 to 100,000,000"):
            next(make_population(seed=7, size=size))
