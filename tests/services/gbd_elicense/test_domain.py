"""Permits: their terms and states, and who holds one from the beginning."""

from __future__ import annotations

from datetime import date

from services.gbd_elicense.domain import (
    SEEDED,
    VARIANTS,
    Kind,
    State,
    masked,
    number,
    state_on,
    synthetic_permits,
    year_on,
)
from shared.contracts.population import population
from shared.regulations.book import PassportBook

TODAY = date(2026, 3, 2)
PEOPLE = list(population(1, 400))
PERMITS = list(synthetic_permits(PEOPLE, TODAY))


def test_the_variants_are_those_of_the_acts() -> None:
    book = PassportBook.load()
    acts = {graph.variant for passport, graph in book.all_graphs() if passport.id in ("KZ-ATY.2", "KZ-AKM.1")}
    assert set(VARIANTS) == acts


def test_a_permit_runs_out_after_its_last_day_unless_another_took_its_place() -> None:
    last = date(2026, 3, 2)
    assert state_on(State.ISSUED, last, last) is State.ISSUED
    assert state_on(State.EXTENDED, last, date(2026, 3, 3)) is State.EXPIRED
    assert state_on(State.REISSUED, last, date(2027, 1, 1)) is State.REISSUED


def test_a_year_is_a_year_from_the_29th_of_february_too() -> None:
    assert year_on(date(2028, 2, 29)) == date(2029, 3, 1)
    assert year_on(date(2026, 3, 2)) == date(2027, 3, 2)


def test_everybody_alive_with_an_even_number_holds_a_permit_of_each_kind() -> None:
    even = {one.iin for one in PEOPLE if one.is_alive and int(one.iin[-1]) % 2 == 0}
    assert {(one.holder, one.kind) for one in PERMITS} == {(iin, kind) for iin in even for kind in Kind}
    assert {(one.valid_from, one.valid_to) for one in PERMITS} == {(date(2026, 1, 1), date(2027, 12, 31))}


def test_no_number_is_given_twice() -> None:
    numbers = {one.number for one in PERMITS}
    assert len(numbers) == len(PERMITS) > 300
    assert min(numbers) == number(2026, SEEDED + 1) == "KZ26EL5000001"


def test_a_holder_is_told_by_four_digits_only() -> None:
    assert masked("850101100022") == "…0022"
