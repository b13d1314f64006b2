"""Entitlement: judged by the number in the form, refused before a message is sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shared.bus.errors import Malformed, Refused
from shared.contracts.identifiers import make_iin
from shared.regulations.entitlement import age_on, check_entitled
from shared.regulations.loader import PASSPORT_FOLDER, load_passport
from shared.regulations.passport_book import PassportBook
from tests.regulations.unemployment import spoiled

BOOK = PassportBook.load()
BORN = date(1897, 5, 10)
CHILD = make_iin(BORN, female=True, serial=1)
"""A person who was a child long ago: no test uses the number of a living child."""


def refusal(regulation: str, day: date) -> Refused | None:
    assert CHILD is not None
    try:
        check_entitled(BOOK.get_passport(regulation), {"child_iin": CHILD}, day)
    except Refused as error:
        return error
    return None


@pytest.mark.parametrize(("regulation", "years"), [("KZ-YUZ.1", 7), ("KZ-AKM.2", 18), ("KZ-ATY.6", 18)])
def test_entitlement_of_a_child_lasts_until_the_birthday_that_the_act_says(regulation: str, years: int) -> None:
    birthday = BORN.replace(year=BORN.year + years)
    assert refusal(regulation, BORN) is None
    assert refusal(regulation, birthday.replace(day=9)) is None
    late = refusal(regulation, birthday)
    assert late is not None
    assert (late.code, late.details["under"], late.details["clause"]) == ("not-entitled", years, "п. 1")
    early = refusal(regulation, BORN.replace(day=9))
    assert early is not None
    assert early.code == "not-entitled", "a child that is not born yet"


def test_entitlement_takes_an_empty_field_for_no_child_and_needs_a_real_number() -> None:
    garden = BOOK.get_passport("KZ-YUZ.1")
    for fields in ({}, {"child_iin": "  "}):
        check_entitled(garden, fields, BORN)
    with pytest.raises(Malformed) as caught:
        check_entitled(garden, {"child_iin": "97051030001"}, BORN)
    assert caught.value.code == "iin-length"


def test_entitlement_by_the_other_acts_names_nobody_that_a_form_could_tell() -> None:
    named = {one.id for one in BOOK.passports if one.entitled}
    assert named == {"KZ-YUZ.1", "KZ-AKM.2", "KZ-ATY.6"}


def test_birthday_of_a_person_born_on_a_leap_day_comes_every_year() -> None:
    leap = date(1896, 2, 29)
    assert [age_on(leap, date(1903, 2, 28)), age_on(leap, date(1903, 3, 1))] == [6, 7]


def test_entitlement_by_a_number_the_form_does_not_have_is_refused_at_the_start(tmp_path: Path) -> None:
    file = PASSPORT_FOLDER / "kz-yuz" / "01-kindergarten-queue.yaml"
    wrong = spoiled(tmp_path, "{field: child_iin", "{field: son_iin", file)
    with pytest.raises(Malformed) as caught:
        load_passport(wrong)
    assert "field son_iin is not in the form" in str(caught.value)
