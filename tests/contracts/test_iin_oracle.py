"""Our ИИН check against an independent validator: ten thousand numbers each way, and as many damaged ones."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from kz_iin_validator import generate_iin, safe_validate_iin
from kz_iin_validator.exceptions import IINParseError

from shared.bus.errors import Malformed
from shared.contracts.identifiers import check_iin, make_iin
from shared.contracts.population import make_population

pytestmark = pytest.mark.thorough

COUNT = 10_000
CHANCE = 20_261_122


def is_ours(text: str) -> bool:
    try:
        return check_iin(text) == text
    except Malformed:
        return False


def is_theirs(text: str) -> bool:
    return safe_validate_iin(text)[1] is None


def agrees(text: str) -> bool:
    """Whether the oracle says the same as we, but for a date, century or sex that it cannot read: it asks for them
    before the check digit, and decree 853 of 2013 asks for none.
    """
    error = safe_validate_iin(text)[1]
    return isinstance(error, IINParseError) or is_ours(text) == (error is None)


def test_oracle_accepts_the_population_with_the_same_birth_and_sex() -> None:
    for person in make_population(1, COUNT):
        told, error = safe_validate_iin(person.iin)
        assert error is None
        assert told is not None
        assert told.born_date.datetime.date() == person.birth_date
        assert told.gender.name == person.sex.value


def test_oracle_accepts_numbers_of_all_three_centuries() -> None:
    chance, passed = random.Random(CHANCE), 0  # noqa: S311 - the same numbers each time
    first, days = date(1800, 1, 1), (date(2100, 1, 1) - date(1800, 1, 1)).days
    while passed < COUNT:
        born = first + timedelta(days=chance.randrange(days))
        iin = make_iin(born, female=chance.random() < 0.5, serial=chance.randrange(10_000))
        if iin is not None:
            assert is_theirs(iin), born
            passed += 1


def test_oracles_numbers_pass_our_check() -> None:
    state = random.getstate()
    random.seed(CHANCE)  # the other generator uses the module's global one
    try:
        assert all(is_ours(generate_iin()) for _ in range(COUNT))
    finally:
        random.setstate(state)


def test_oracle_and_we_agree_on_damaged_numbers() -> None:
    """One random digit changed: an invalid date, century or check digit, or by chance a valid number."""
    chance, refused = random.Random(CHANCE), 0  # noqa: S311 - the same damage each time
    for person in make_population(2, COUNT):
        at = chance.randrange(12)
        damaged = person.iin[:at] + str(chance.randrange(10)) + person.iin[at + 1 :]
        assert agrees(damaged), at
        refused += not is_ours(damaged)
    assert COUNT // 2 < refused < COUNT


def test_oracle_and_we_agree_on_twelve_digits_at_random() -> None:
    chance = random.Random(CHANCE)  # noqa: S311 - the same numbers each time
    for _ in range(COUNT):
        text = f"{chance.randrange(10**12):012}"
        assert agrees(text)


@pytest.mark.parametrize("text", ["", "85010110002", "8501011000222", "85010110002x", "85 101100022"])
def test_oracle_and_we_refuse_what_is_no_twelve_digits(text: str) -> None:
    assert not is_ours(text)
    assert not is_theirs(text)


def test_oracle_differs_from_us_only_in_digits_that_are_not_ascii() -> None:
    """The other rule uses Python's ``int``, which reads digits of any script; ours accepts ASCII only."""
    arabic = "850101100022".translate({ord("0") + n: 0x660 + n for n in range(10)})
    assert not is_ours(arabic)
    assert is_theirs(arabic)
