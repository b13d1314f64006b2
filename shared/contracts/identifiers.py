"""ИИН and БИН: the twelve-digit numbers of persons and of organisations.

    ИИН  YYMMDD · century and sex · serial (4) · check digit, when the number is made by the holder's birth
    БИН  YYMM · kind of organisation · head or branch · serial (5) · check digit

A wrong twelfth digit is always detected. A wrong digit among the first ten is detected, unless the change moves
the number from the first pass of weights to the second (or back) and both give the same digit. The eleventh digit
has weight 11, which is 0 modulo 11: where the first pass decides, no error in it is detected.

An ИИН need not tell a date: НР ИИН also gives numbers whose first digits are no date, or another date than that
of birth (decree 853 of 2013). Nothing of a person is derived from the digits: the birth and the sex are what
НР ИИН says.

Errors raised here hold neither the number nor a part of it: numbers of persons do not belong in logs.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from shared.bus.errors import Malformed

IIN_ERRORS = (
    Malformed("iin-length"),
    Malformed("iin-digits"),
    Malformed("iin-check-digit"),
)
"""The errors of `check_iin`, for the declarations of endpoints."""
BIN_ERRORS = (
    Malformed("bin-length"),
    Malformed("bin-digits"),
    Malformed("bin-date"),
    Malformed("bin-kind"),
    Malformed("bin-check-digit"),
)
"""The errors of `check_bin`, for the declarations of endpoints."""

_LENGTH = 12
_FIRST_WEIGHTS = tuple(range(1, 12))
_SECOND_WEIGHTS = (3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2)


class Sex(StrEnum):
    """Sex as НР ИИН records it; the values are used in messages."""

    MALE = "male"
    FEMALE = "female"


class OrganisationKind(StrEnum):
    """The kind of organisation: digit 5 of a БИН."""

    RESIDENT = "4"
    NON_RESIDENT = "5"
    JOINT_ENTREPRENEUR = "6"


class OrganisationBranch(StrEnum):
    """Head or branch: digit 6 of a БИН."""

    HEAD = "0"
    BRANCH = "1"
    REPRESENTATIVE = "2"
    FARM = "3"


def check_digit(first_eleven: str) -> int | None:
    """The twelfth digit of an ИИН or БИН; None when no number with these eleven digits is ever issued."""
    digits = [int(character) for character in first_eleven]
    for weights in (_FIRST_WEIGHTS, _SECOND_WEIGHTS):
        remainder = sum(map(int.__mul__, digits, weights)) % 11
        if remainder < 10:
            return remainder
    return None


def check_iin(text: str) -> str:
    """`text` itself when it is a well-formed ИИН, whether or not its digits tell a date.

    Raises Malformed: iin-length, iin-digits, iin-check-digit, in this order.
    """
    _check_digits("iin", text)
    _check_last_digit("iin", text)
    return text


def check_bin(text: str) -> str:
    """`text` itself when it is a well-formed БИН.

    Raises Malformed: bin-length, bin-digits, bin-date, bin-kind, bin-check-digit, in this order.
    """
    _check_digits("bin", text)
    if not 1 <= int(text[2:4]) <= 12:
        raise Malformed("bin-date", "digits 3 and 4 of a БИН are the month of registration")
    if text[4] not in set(OrganisationKind) or text[5] not in set(OrganisationBranch):
        raise Malformed("bin-kind", "digit 5 of a БИН is 4, 5 or 6 and digit 6 is 0, 1, 2 or 3")
    _check_last_digit("bin", text)
    return text


def make_iin(birth: date, *, female: bool, serial: int) -> str | None:
    """The ИИН for a birth (1800–2099) and a serial number (0–9999); None when no such number is ever issued.

    ValueError for a year or a serial number outside these ranges.
    """
    if not 1800 <= birth.year <= 2099 or not 0 <= serial <= 9999:
        raise ValueError("an ИИН holds a birth from 1800 to 2099 and a serial from 0 to 9999")
    seventh = (birth.year - 1800) // 100 * 2 + (2 if female else 1)
    return _with_check_digit(f"{birth:%y%m%d}{seventh}{serial:04}")


def make_bin(
    year: int,
    month: int,
    *,
    serial: int,
    kind: OrganisationKind = OrganisationKind.RESIDENT,
    branch: OrganisationBranch = OrganisationBranch.HEAD,
) -> str | None:
    """The БИН of an organisation registered in this month with this serial number (0–99999); None when never
    issued.

    ValueError for a month or a serial number outside these ranges.
    """
    if not 1 <= month <= 12 or not 0 <= serial <= 99999:
        raise ValueError("a БИН holds a month from 1 to 12 and a serial from 0 to 99999")
    return _with_check_digit(f"{year % 100:02}{month:02}{kind}{branch}{serial:05}")


def _with_check_digit(first_eleven: str) -> str | None:
    last = check_digit(first_eleven)
    return None if last is None else f"{first_eleven}{last}"


def _check_digits(prefix: str, text: str) -> None:
    if len(text) != _LENGTH:
        raise Malformed(f"{prefix}-length", "the number has twelve digits", length=len(text))
    if not (text.isascii() and text.isdigit()):
        raise Malformed(f"{prefix}-digits", "the number has digits 0 to 9 only")


def _check_last_digit(prefix: str, text: str) -> None:
    expected = check_digit(text[:11])
    if expected is None:
        raise Malformed(f"{prefix}-check-digit", "a number with these eleven digits is never issued")
    if text[11] != str(expected):
        raise Malformed(f"{prefix}-check-digit", "the check digit does not agree with the other digits")
