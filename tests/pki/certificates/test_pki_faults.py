"""Troubles on demand: for whom, how often, how many times."""

from __future__ import annotations

import pytest

from shared.bus.errors import Malformed, Refused
from shared.contracts.identifiers import birth_date, check_iin
from shared.contracts.population import population
from shared.pki.faults import MAGIC_SUBJECTS, MOST_RULES, OTHER_IIN, Area, Board, Fault, Rule, magic

ONE, OTHER = "850101100022", "850101100304"


def hits(board: Board, times: int, area: Area = Area.OCSP, iin: str | None = None) -> str:
    return "".join("x" if board.strike(area, iin) else "." for _ in range(times))


def test_every_fault_belongs_to_its_area() -> None:
    assert {fault.area for fault in Fault} == set(Area)
    assert Fault.TSA_SILENT.area is Area.TSA


def test_a_rule_strikes_in_its_area_and_nowhere_else() -> None:
    board = Board()
    board.put(Rule(Fault.CRL_STALE))
    assert board.strike(Area.CRL) is Fault.CRL_STALE
    assert [board.strike(area) for area in (Area.OCSP, Area.TSA, Area.CERTIFICATE)] == [None] * 3
    assert (board.touches(Area.CRL), board.touches(Area.OCSP)) == (True, False)


def test_a_scope_names_one_person_or_one_certificate() -> None:
    board = Board()
    board.put(Rule(Fault.OCSP_STALE, iin=ONE))
    board.put(Rule(Fault.OCSP_TRY_LATER, serial=7))
    assert board.strike(Area.OCSP, ONE, 1) is Fault.OCSP_STALE
    assert board.strike(Area.OCSP, OTHER, 1) is None
    assert board.strike(Area.OCSP, OTHER, 7) is Fault.OCSP_TRY_LATER
    assert board.strike(Area.OCSP, None, None) is None


@pytest.mark.parametrize(
    ("percent", "expected"), [(100, "xxxxxxxxxx"), (50, "x.x.x.x.x."), (30, "x..x..x..."), (1, "x.........")]
)
def test_a_share_is_spread_evenly_and_begins_at_once(percent: int, expected: str) -> None:
    board = Board()
    board.put(Rule(Fault.OCSP_MALFORMED, percent=percent))
    assert hits(board, 10) == expected


def test_a_share_of_a_hundred_occasions_is_exact() -> None:
    for percent in (1, 7, 33, 99):
        board = Board()
        board.put(Rule(Fault.OCSP_MALFORMED, percent=percent))
        assert hits(board, 100).count("x") == percent


def test_a_count_is_used_up_and_the_rule_goes() -> None:
    board = Board()
    board.put(Rule(Fault.OCSP_SILENT, percent=50, count=2))
    assert hits(board, 1) == "x"
    assert [rule.count for rule in board.rules()] == [1]
    assert hits(board, 5) == ".x..."
    assert board.rules() == []


def test_a_rule_is_replaced_by_the_same_name_and_scope_and_ended_by_its_name() -> None:
    board = Board()
    board.put(Rule(Fault.OCSP_SILENT, iin=ONE, count=1))
    board.put(Rule(Fault.OCSP_SILENT, iin=ONE, count=5))
    board.put(Rule(Fault.OCSP_SILENT, iin=OTHER))
    board.put(Rule(Fault.CRL_MISSING))
    assert [rule.count for rule in board.rules()] == [5, None, None]
    board.drop(Fault.OCSP_SILENT)
    assert [rule.fault for rule in board.rules()] == [Fault.CRL_MISSING]
    board.drop()
    assert board.rules() == []


@pytest.mark.parametrize(
    "scope",
    [
        {"fault": Fault.CRL_STALE, "iin": ONE},
        {"fault": Fault.TSA_SILENT, "iin": ONE},
        {"fault": Fault.CRL_STALE, "serial": 1},
        {"fault": Fault.CERTIFICATE_EXPIRED, "serial": 1},
        {"fault": Fault.OCSP_STALE, "iin": ONE, "serial": 1},
    ],
)
def test_an_impossible_scope_is_refused(scope: dict[str, object]) -> None:
    with pytest.raises(Malformed) as caught:
        Rule(**scope)  # type: ignore[arg-type]
    assert caught.value.code == "fault-scope"


def test_there_are_so_many_rules_and_no_more() -> None:
    board = Board()
    for serial in range(MOST_RULES):
        board.put(Rule(Fault.OCSP_STALE, serial=serial))
    with pytest.raises(Malformed) as caught:
        board.put(Rule(Fault.OCSP_STALE, serial=MOST_RULES))
    assert caught.value.code == "fault-limit"
    board.put(Rule(Fault.OCSP_STALE, serial=0, count=1))
    assert len(board.rules()) == MOST_RULES


def test_where_there_is_no_sandbox_nothing_is_ordered_and_nobody_is_magic() -> None:
    board = Board(is_on=False)
    with pytest.raises(Refused) as caught:
        board.put(Rule(Fault.CRL_MISSING))
    assert caught.value.code == "faults-off"
    assert board.magic(MAGIC_SUBJECTS[0].iin) is None
    assert Board().magic(MAGIC_SUBJECTS[0].iin) is MAGIC_SUBJECTS[0]


def test_magic_subjects_have_right_numbers_that_nobody_of_the_population_has() -> None:
    numbers = [one.iin for one in MAGIC_SUBJECTS] + [OTHER_IIN]
    assert len(set(numbers)) == len(numbers)
    assert all(check_iin(iin) == iin and 1800 <= birth_date(iin).year < 1850 for iin in numbers)
    assert {person.iin for person in population(1, 1000)}.isdisjoint(numbers)
    assert magic(OTHER_IIN) is None
    assert magic(None) is None


def test_every_trouble_that_a_person_can_have_has_its_magic_subject_described_in_three_languages() -> None:
    personal = {fault for fault in Fault if fault.area in (Area.CERTIFICATE, Area.OCSP)}
    assert {one.fault for one in MAGIC_SUBJECTS} == personal
    for one in MAGIC_SUBJECTS:
        assert list(one.told) == ["ru", "kk", "en"]
        assert len(set(one.told.values())) == 3
