"""Permits: their terms and states, and the synthetic ones."""

from __future__ import annotations

from datetime import date

from services.gbd_elicense.domain import (
    SEEDED,
    VARIANTS,
    PermitKind,
    PermitState,
    format_permit_number,
    mask_holder,
    state_on,
    synthetic_permits,
    year_on,
)
from shared.contracts.population import make_population
from shared.regulations.passport_book import PassportBook

TODAY = date(2026, 3, 2)
PEOPLE = list(make_population(1, 400))
PERMITS = list(synthetic_permits(PEOPLE, TODAY))


def test_permit_variants_are_those_of_the_acts() -> None:
    book = PassportBook.load()
    acts = {graph.variant for passport, graph in book.all_graphs() if passport.id in ("KZ-ATY.2", "KZ-AKM.1")}
    assert set(VARIANTS) == acts


def test_permit_runs_out_after_its_last_day_unless_another_took_its_place() -> None:
    last = date(2026, 3, 2)
    assert state_on(PermitState.ISSUED, last, last) is PermitState.ISSUED
    assert state_on(PermitState.EXTENDED, last, date(2026, 3, 3)) is PermitState.EXPIRED
    assert state_on(PermitState.REISSUED, last, date(2027, 1, 1)) is PermitState.REISSUED


def test_permit_year_is_a_year_from_the_29th_of_february_too() -> None:
    assert year_on(date(2028, 2, 29)) == date(2029, 3, 1)
    assert year_on(date(2026, 3, 2)) == date(2027, 3, 2)


def test_permits_of_each_kind_are_held_by_everybody_alive_with_an_even_number() -> None:
    even = {one.iin for one in PEOPLE if one.is_alive and int(one.iin[-1]) % 2 == 0}
    assert {(one.holder, one.kind) for one in PERMITS} == {(iin, kind) for iin in even for kind in PermitKind}
    assert {(one.valid_from, one.valid_to) for one in PERMITS} == {(date(2026, 1, 1), date(2027, 12, 31))}


def test_permit_number_is_never_given_twice() -> None:
    numbers = {one.number for one in PERMITS}
    assert len(numbers) == len(PERMITS) > 300
    assert min(numbers) == format_permit_number(2026, SEEDED + 1) == "KZ26EL5000001"


def test_permit_holder_is_told_by_four_digits_only() -> None:
    assert mask_holder("850101100022") == "…0022"
