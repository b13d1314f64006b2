"""Entitlement: judged by the number in the form, refused before a message is sent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shared.bus.errors import Malformed, Refused
from shared.contracts.population import odd_people
from shared.regulations.entitlement import age_on, check_entitled, named_people
from shared.regulations.loader import PASSPORT_FOLDER, load_passport
from shared.regulations.passport_book import PassportBook
from tests.regulations.unemployment import spoiled

BOOK = PassportBook.load()
BORN = date(1897, 5, 10)
CHILD = odd_people()[3].iin
"""A number whose digits are no date: НР ИИН tells the date."""


def refusal(regulation: str, day: date) -> Refused | None:
    try:
        check_entitled(BOOK.get_passport(regulation), {"child_iin": CHILD}, {CHILD: BORN}, day)
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
        assert named_people(garden, fields) == ()
        check_entitled(garden, fields, {}, BORN)
    with pytest.raises(Malformed) as caught:
        check_entitled(garden, {"child_iin": "97051030001"}, {}, BORN)
    assert caught.value.code == "iin-length"


def test_entitlement_asks_about_the_child_and_refuses_one_whom_the_register_does_not_know() -> None:
    garden, fields = BOOK.get_passport("KZ-YUZ.1"), {"child_iin": f" {CHILD} ", "iin": odd_people()[0].iin}
    assert named_people(garden, fields) == (CHILD,)
    assert named_people(BOOK.get_passport("KZ-YUZ.3"), fields) == (), "the act names no age"
    with pytest.raises(Refused) as caught:
        check_entitled(garden, fields, {}, BORN)
    assert caught.value.code == "not-entitled"


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
