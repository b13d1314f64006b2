"""ИИН and БИН: the published rules, test vectors, and the errors that the check digit detects."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.bus.errors import Malformed
from shared.contracts import identifiers
from shared.contracts.identifiers import OrganisationBranch, OrganisationKind

births = st.dates(date(1800, 1, 1), date(2099, 12, 31))
elevens = st.text("0123456789", min_size=11, max_size=11)


def code_of(check: Callable[[str], str], text: str) -> str:
    with pytest.raises(Malformed) as caught:
        check(text)
    return caught.value.code


@pytest.mark.parametrize("iin", ["850101100022", "850101100304", "990228200904"])
def test_iin_of_the_contract_is_accepted(iin: str) -> None:
    assert identifiers.check_iin(iin) == iin


@pytest.mark.parametrize("iin", ["850230200010", "851399100017", "850101000016", "850100900038", "123456789013"])
def test_iin_whose_digits_are_no_date_is_accepted_by_its_check_digit(iin: str) -> None:
    assert identifiers.check_iin(iin) == iin
    wrong = f"{iin[:11]}{(int(iin[11]) + 1) % 10}"
    assert code_of(identifiers.check_iin, wrong) == "iin-check-digit"


def test_iin_that_both_passes_reject_is_never_issued() -> None:
    assert identifiers.check_digit("85010110033") is None
    assert identifiers.make_iin(date(1885, 1, 1), female=False, serial=33) is None
    for last in range(10):
        assert code_of(identifiers.check_iin, f"85010110033{last}") == "iin-check-digit"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "iin-length"),
        ("85010110002", "iin-length"),
        ("8501011000220", "iin-length"),
        (" 850101100022", "iin-length"),
        ("85010110002x", "iin-digits"),
        ("85010110002 ", "iin-digits"),
        ("+50101100022", "iin-digits"),
        ("٨٥٠١٠١١٠٠٠٢٢", "iin-digits"),
        ("85010110002²", "iin-digits"),
        ("850101100014", "iin-check-digit"),
        ("850101100023", "iin-check-digit"),
        ("123456789011", "iin-check-digit"),
    ],
)
def test_iin_that_is_wrong_is_told_by_its_first_fault(text: str, code: str) -> None:
    assert code_of(identifiers.check_iin, text) == code


def test_iin_never_appears_in_its_error() -> None:
    for iin in ("850101100014", "850101900022", "85010110002x", "85010110002"):
        with pytest.raises(Malformed) as caught:
            identifiers.check_iin(iin)
        told = f"{caught.value} {caught.value.message} {caught.value.details!r} {caught.value.__cause__!r}"
        assert iin not in told
        assert iin[:6] not in told


@given(births, st.booleans(), st.integers(0, 9999))
def test_iin_that_is_made_is_accepted_and_tells_birth_and_sex(born: date, female: bool, serial: int) -> None:
    iin = identifiers.make_iin(born, female=female, serial=serial)
    assume(iin is not None)
    assert iin is not None
    assert identifiers.check_iin(iin) == iin
    century = (born.year - 1800) // 100
    assert iin[:7] == f"{born:%y%m%d}{2 * century + (2 if female else 1)}"


@pytest.mark.parametrize(
    ("born", "serial"), [(date(1799, 1, 1), 1), (date(2100, 1, 1), 1), (date(1885, 1, 1), 10000)]
)
def test_iin_is_not_made_of_what_it_cannot_hold(born: date, serial: int) -> None:
    with pytest.raises(ValueError, match="ИИН holds"):
        identifiers.make_iin(born, female=False, serial=serial)


@given(elevens, st.integers(1, 9))
def test_check_digit_that_is_wrong_is_always_caught(eleven: str, shift: int) -> None:
    right = identifiers.check_digit(eleven)
    assume(right is not None)
    assert right is not None
    assert identifiers.check_digit(eleven) != (right + shift) % 10


def first_pass(eleven: str) -> int:
    return sum(place * int(digit) for place, digit in enumerate(eleven, 1)) % 11


def with_digit(eleven: str, place: int, shift: int) -> str:
    wrong = (int(eleven[place - 1]) + shift) % 10
    return f"{eleven[: place - 1]}{wrong}{eleven[place:]}"


@given(elevens, st.integers(1, 11), st.integers(1, 9))
@example("85010110002", 11, 1)
def test_check_digit_misses_one_wrong_digit_only_in_the_two_documented_ways(
    eleven: str, place: int, shift: int
) -> None:
    mistyped = with_digit(eleven, place, shift)
    right, wrong = identifiers.check_digit(eleven), identifiers.check_digit(mistyped)
    if right is None or right != wrong:
        return
    by_second_pass = (first_pass(eleven) == 10, first_pass(mistyped) == 10)
    eleventh_digit_in_the_first_pass = place == 11 and by_second_pass == (False, False)
    passes_differ = place <= 10 and by_second_pass in {(True, False), (False, True)}
    assert eleventh_digit_in_the_first_pass or passes_differ


def test_check_digits_two_documented_misses_exist() -> None:
    assert identifiers.check_digit("85010110002") == identifiers.check_digit("85010110001")
    escape = next(
        (eleven, mistyped)
        for eleven in (f"8501011{serial:04}" for serial in range(10_000))
        for mistyped in (with_digit(eleven, 10, shift) for shift in range(1, 10))
        if first_pass(mistyped) == 10
        and first_pass(eleven) == identifiers.check_digit(eleven) == identifiers.check_digit(mistyped)
    )
    assert escape[0] != escape[1]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("05034000012", "bin-length"),
        ("05034000012a", "bin-digits"),
        ("051340000125", "bin-date"),
        ("050040000125", "bin-date"),
        ("050330000125", "bin-kind"),
        ("050370000125", "bin-kind"),
        ("050344000125", "bin-kind"),
        ("123456789021", "bin-date"),
    ],
)
def test_bin_that_is_wrong_is_told_by_its_first_fault(text: str, code: str) -> None:
    assert code_of(identifiers.check_bin, text) == code


@given(
    st.integers(1990, 2089),
    st.integers(1, 12),
    st.sampled_from(OrganisationKind),
    st.sampled_from(OrganisationBranch),
    st.integers(0, 99_999),
)
def test_bin_that_is_made_is_accepted_and_its_check_digit_guards_it(
    year: int, month: int, kind: OrganisationKind, branch: OrganisationBranch, serial: int
) -> None:
    number = identifiers.make_bin(year, month, kind=kind, branch=branch, serial=serial)
    assume(number is not None)
    assert number is not None
    assert identifiers.check_bin(number) == number
    assert code_of(identifiers.check_bin, number[:11] + str((int(number[11]) + 1) % 10)) == "bin-check-digit"


@pytest.mark.parametrize(("month", "serial"), [(0, 1), (13, 1), (1, -1), (1, 100_000)])
def test_bin_is_not_made_of_what_it_cannot_hold(month: int, serial: int) -> None:
    with pytest.raises(ValueError, match="БИН holds"):
        identifiers.make_bin(2005, month, serial=serial)


@given(st.text(max_size=20))
def test_identifier_of_any_text_is_either_accepted_or_refused_with_a_code(text: str) -> None:
    assert outcome(identifiers.check_iin, text).startswith("iin-") or text.isascii()
    assert outcome(identifiers.check_bin, text).startswith("bin-") or text.isascii()


def outcome(check: Callable[[str], str], text: str) -> str:
    try:
        return check(text)
    except Malformed as error:
        return error.code
