"""The JSON Schema that clients get of a form and the check that the portal makes of the form are one rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from shared.bus.errors import Malformed
from shared.regulations.flk import NOT_BLANK, check_form, form_schema
from shared.regulations.model import FieldRule, Passport
from shared.regulations.passport_book import PassportBook

PASSPORTS = PassportBook.load().passports
WITH_RULES = [passport for passport in PASSPORTS if passport.flk]
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


def values_of(rule: FieldRule) -> st.SearchStrategy[str]:
    """Values that fit, values just outside of the limit, and odd values."""
    spaces = st.text("\t\n\r \x0b\x0c\x1c\x1f\x85\xa0\u2003\u2028\u3000\ufeff\u200b", max_size=4)
    digits = st.text("0123456789", max_size=rule.size + 2)
    numbers = st.sampled_from([VALID_IIN, "600101300015", "600231300014", "600101700014", "６00101300014"])
    around = st.builds("{}{}{}".format, spaces, st.one_of(digits, numbers), spaces)
    texts = st.text(max_size=rule.size + 2)
    edges = st.sampled_from(["0" * rule.size, "0" * (rule.size + 1), "я" * rule.size, "😀" * (rule.size + 1)])
    return st.one_of(digits, numbers, numbers, around, spaces, texts, edges)


def forms_of(passport: Passport) -> st.SearchStrategy[dict[str, str]]:
    known = {rule.key: values_of(rule) for rule in passport.flk}
    unknown = st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20), max_size=2)
    filled = {
        rule.key: st.just(VALID_IIN if rule.key.endswith("iin") else "1" * min(rule.size, 3))
        for rule in passport.flk
    }
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
        max_examples=120 if passport.flk else 20, suppress_health_check=[HealthCheck.too_slow], deadline=None
    )
    @given(fields=forms_of(passport))
    @example(fields={})
    @example(fields={rule.key: "1\n" for rule in passport.flk})
    def agree(fields: dict[str, str]) -> None:
        assert schema_accepts(passport, fields) is check_accepts(passport, fields), fields

    Draft202012Validator.check_schema(form_schema(passport))
    agree()


@pytest.mark.parametrize("passport", WITH_RULES, ids=lambda passport: passport.id)
def test_form_that_is_filled_as_the_act_says_is_accepted_and_each_gap_refused(passport: Passport) -> None:
    whole = {rule.key: VALID_IIN if rule.key.endswith("iin") else "1" * rule.size for rule in passport.flk}
    assert schema_accepts(passport, whole)
    assert check_accepts(passport, whole)
    for rule in passport.flk:
        rest = {key: value for key, value in whole.items() if key != rule.key}
        assert schema_accepts(passport, rest) is check_accepts(passport, rest) is not rule.mandatory
        for broken in (" ", "1" * (rule.size + 1)):
            form = {**whole, rule.key: broken}
            assert schema_accepts(passport, form) is check_accepts(passport, form)
        assert not check_accepts(passport, {**whole, rule.key: "1" * (rule.size + 1)})


def test_pattern_of_a_blank_value_knows_every_space() -> None:
    blank = [chr(code) for code in range(0x110000) if not re.fullmatch(NOT_BLANK, chr(code))]
    assert blank == [chr(code) for code in range(0x110000) if chr(code).isspace()]
