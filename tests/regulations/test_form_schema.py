"""The JSON Schema that clients get of a form and the check that the portal makes of the form are one rule."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from shared.bus.errors import Malformed
from shared.regulations.flk import NOT_BLANK, check_form, form_schema
from shared.regulations.forms.fields import FormField, list_form_fields, read_notes
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook

PASSPORTS = PassportBook.load().passports
WITH_RULES = [passport for passport in PASSPORTS if list_form_fields(passport)]
VALID_IIN = "600101300014"
FORMATS = FormatChecker(formats=())


@FORMATS.checks("iin")  # type: ignore[untyped-decorator]
def is_iin(value: object) -> bool:
    """Twelve digits, the last of them a check digit by two rows of weights (decree 853 of 2013: no date)."""
    if not isinstance(value, str) or not re.fullmatch("[0-9]{12}", value, re.ASCII):
        return False
    digits = [int(digit) for digit in value]
    for weights in (range(1, 12), (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)):
        rest = sum(weight * digit for weight, digit in zip(weights, digits, strict=False)) % 11
        if rest < 10:
            return rest == digits[11]
    return False


@FORMATS.checks("date")  # type: ignore[untyped-decorator]
def is_day(value: object) -> bool:
    """A full date of RFC 3339; the year 0000, which Python does not know, is left out."""
    if not isinstance(value, str) or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value, re.ASCII):
        return False
    year, month, day = map(int, value.split("-"))
    return year > 0 and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]


def match_as_ecma(_: Any, pattern: str, value: object, __: Any) -> Iterator[ValidationError]:
    """In the patterns of JSON Schema ``$`` is the end; in Python it also matches before a last line feed."""
    if isinstance(value, str) and not re.search(pattern.replace("$", r"\Z"), value):
        yield ValidationError(f"{value!r} does not match {pattern!r}")


Validator = extend(Draft202012Validator, {"pattern": match_as_ecma})


def schema_accepts(passport: Passport, fields: dict[str, str]) -> bool:
    return bool(Validator(form_schema(passport), format_checker=FORMATS).is_valid(fields))


def check_accepts(passport: Passport, fields: dict[str, str]) -> bool:
    try:
        check_form(passport, fields)
    except Malformed:
        return False
    return True


def values_of(rule: FormField) -> st.SearchStrategy[str]:
    """Values that fit, values just outside of the limit, and odd values."""
    spaces = st.text("\t\n\r \x0b\x0c\x1c\x1f\x85\xa0\u2003\u2028\u3000\ufeff\u200b", max_size=4)
    digits = st.text("0123456789", max_size=rule.size + 2)
    numbers = st.sampled_from([VALID_IIN, "600101300015", "600231300014", "600101700014", "６00101300014"])
    around = st.builds("{}{}{}".format, spaces, st.one_of(digits, numbers), spaces)
    texts = st.text(max_size=rule.size + 2)
    edges = st.sampled_from(["0" * rule.size, "0" * (rule.size + 1), "я" * rule.size, "😀" * (rule.size + 1)])
    whole = st.sampled_from([*rule.options, "2014-02-28", "2014-02-29", "2014-2-28", "0000-01-01", "2014-03-31\n"])
    return st.one_of(digits, numbers, numbers, around, spaces, texts, edges, whole)


def forms_of(passport: Passport) -> st.SearchStrategy[dict[str, str]]:
    known = {rule.key: values_of(rule) for rule in list_form_fields(passport)}
    unknown = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=2)
    filled = {rule.key: st.just(VALID_IIN if rule.is_iin else rule.example) for rule in list_form_fields(passport)}
    mostly_right = st.one_of(
        st.fixed_dictionaries(filled),
        *(st.fixed_dictionaries({**filled, key: value}) for key, value in known.items()),
    )
    anything = st.fixed_dictionaries({}, optional=known)
    extra: st.SearchStrategy[dict[str, str]] = st.one_of(st.just({}), st.just({}), unknown)
    return st.builds(lambda form, more: {**more, **form}, st.one_of(mostly_right, anything), extra)


@pytest.mark.parametrize("passport", PASSPORTS, ids=lambda passport: passport.id)
def test_form_schema_and_check_accept_the_same_forms(passport: Passport) -> None:
    @settings(
        max_examples=120 if list_form_fields(passport) else 20,
        suppress_health_check=[HealthCheck.too_slow],
        deadline=None,
    )
    @given(fields=forms_of(passport))
    @example(fields={})
    @example(fields={rule.key: "1\n" for rule in list_form_fields(passport)})
    def agree(fields: dict[str, str]) -> None:
        assert schema_accepts(passport, fields) is check_accepts(passport, fields), fields

    Draft202012Validator.check_schema(form_schema(passport))
    agree()


@pytest.mark.parametrize("passport", WITH_RULES, ids=lambda passport: passport.id)
def test_form_that_is_filled_as_its_rules_say_is_accepted_and_each_gap_refused(passport: Passport) -> None:
    whole = make_valid_form(passport, VALID_IIN)
    assert schema_accepts(passport, whole)
    assert check_accepts(passport, whole)
    for rule in list_form_fields(passport):
        rest = {key: value for key, value in whole.items() if key != rule.key}
        assert schema_accepts(passport, rest) is check_accepts(passport, rest) is not rule.mandatory
        for broken in (" ", "1" * (rule.size + 1)):
            form = {**whole, rule.key: broken}
            assert schema_accepts(passport, form) is check_accepts(passport, form)
        assert not check_accepts(passport, {**whole, rule.key: "1" * (rule.size + 1)})


def test_every_service_of_the_portal_has_a_form_that_an_empty_one_does_not_pass() -> None:
    by_portal = [passport for passport in PASSPORTS if "portal" in passport.channels.accept]
    assert len(by_portal) == 18
    assert by_portal == WITH_RULES
    assert [passport.id for passport in by_portal if check_accepts(passport, {})] == []


def test_window_asks_for_the_fields_of_an_act_only() -> None:
    at_window = {passport.id for passport in PASSPORTS if list_form_fields(passport, "provider")}
    assert at_window == {"KZ-YUZ.1", "KZ-YUZ.3", "KZ-YUZ.4"}


def test_act_that_lists_its_fields_gets_none_of_ours() -> None:
    for passport in PASSPORTS:
        fields = list_form_fields(passport)
        is_of_act = {field.is_of_act for field in fields}
        assert is_of_act in ({True}, {False}, set()), passport.id
        if passport.flk:
            expected = [(rule.key, rule.field, rule.mandatory, rule.size, rule.format) for rule in passport.flk]
            assert [(one.key, one.field, one.mandatory, one.size, one.format) for one in fields] == expected


def test_every_field_of_the_file_is_in_a_form_and_has_a_rule_there() -> None:
    used = {field.key for passport in PASSPORTS for field in list_form_fields(passport)}
    assert used == set(read_notes())
    assert [field for passport in PASSPORTS for field in list_form_fields(passport) if not field.label.kk] == []


def test_pattern_of_a_blank_value_knows_every_space() -> None:
    blank = [chr(code) for code in range(0x110000) if not re.fullmatch(NOT_BLANK, chr(code))]
    assert blank == [chr(code) for code in range(0x110000) if chr(code).isspace()]
