"""Faults on demand: their scope, share and count."""

from __future__ import annotations

import pytest

from shared.bus.errors import Malformed, Refused
from shared.contracts.identifiers import check_iin
from shared.contracts.population import make_population
from shared.pki.faults import MAGIC_SUBJECTS, OTHER_IIN, FaultArea, PkiFault, find_magic_subject
from shared.sandbox.fault_board import MOST_RULES, FaultBoard, FaultRule

ONE, OTHER = "850101100022", "850101100304"


def hits(board: FaultBoard, times: int, area: FaultArea = FaultArea.OCSP, iin: str | None = None) -> str:
    return "".join("x" if board.draw_fault(area, iin) else "." for _ in range(times))


def test_fault_always_belongs_to_its_area() -> None:
    assert {fault.area for fault in PkiFault} == set(FaultArea)
    assert PkiFault.TSA_SILENT.area is FaultArea.TSA


def test_fault_rule_strikes_in_its_area_and_nowhere_else() -> None:
    board = FaultBoard()
    board.put_rule(FaultRule(PkiFault.CRL_STALE))
    assert board.draw_fault(FaultArea.CRL) is PkiFault.CRL_STALE
    assert [board.draw_fault(area) for area in (FaultArea.OCSP, FaultArea.TSA, FaultArea.CERTIFICATE)] == [
        None
    ] * 3
    assert (board.has_faults(FaultArea.CRL), board.has_faults(FaultArea.OCSP)) == (True, False)


def test_fault_scope_names_one_person_or_one_certificate() -> None:
    board = FaultBoard()
    board.put_rule(FaultRule(PkiFault.OCSP_STALE, iin=ONE))
    board.put_rule(FaultRule(PkiFault.OCSP_TRY_LATER, serial=7))
    assert board.draw_fault(FaultArea.OCSP, ONE, 1) is PkiFault.OCSP_STALE
    assert board.draw_fault(FaultArea.OCSP, OTHER, 1) is None
    assert board.draw_fault(FaultArea.OCSP, OTHER, 7) is PkiFault.OCSP_TRY_LATER
    assert board.draw_fault(FaultArea.OCSP, None, None) is None


@pytest.mark.parametrize(
    ("percent", "expected"), [(100, "xxxxxxxxxx"), (50, "x.x.x.x.x."), (30, "x..x..x..."), (1, "x.........")]
)
def test_fault_share_is_spread_evenly_and_begins_at_once(percent: int, expected: str) -> None:
    board = FaultBoard()
    board.put_rule(FaultRule(PkiFault.OCSP_MALFORMED, percent=percent))
    assert hits(board, 10) == expected


def test_fault_share_of_a_hundred_occasions_is_exact() -> None:
    for percent in (1, 7, 33, 99):
        board = FaultBoard()
        board.put_rule(FaultRule(PkiFault.OCSP_MALFORMED, percent=percent))
        assert hits(board, 100).count("x") == percent


def test_fault_count_is_used_up_and_the_rule_goes() -> None:
    board = FaultBoard()
    board.put_rule(FaultRule(PkiFault.OCSP_SILENT, percent=50, count=2))
    assert hits(board, 1) == "x"
    assert [rule.count for rule in board.active_rules()] == [1]
    assert hits(board, 5) == ".x..."
    assert board.active_rules() == []


def test_fault_rule_is_replaced_by_the_same_name_and_scope_and_ended_by_its_name() -> None:
    board = FaultBoard()
    board.put_rule(FaultRule(PkiFault.OCSP_SILENT, iin=ONE, count=1))
    board.put_rule(FaultRule(PkiFault.OCSP_SILENT, iin=ONE, count=5))
    board.put_rule(FaultRule(PkiFault.OCSP_SILENT, iin=OTHER))
    board.put_rule(FaultRule(PkiFault.CRL_MISSING))
    assert [rule.count for rule in board.active_rules()] == [5, None, None]
    board.end_fault(PkiFault.OCSP_SILENT)
    assert [rule.fault for rule in board.active_rules()] == [PkiFault.CRL_MISSING]
    board.end_fault()
    assert board.active_rules() == []


@pytest.mark.parametrize(
    "scope",
    [
        {"fault": PkiFault.CRL_STALE, "iin": ONE},
        {"fault": PkiFault.TSA_SILENT, "iin": ONE},
        {"fault": PkiFault.CRL_STALE, "serial": 1},
        {"fault": PkiFault.CERTIFICATE_EXPIRED, "serial": 1},
        {"fault": PkiFault.OCSP_STALE, "iin": ONE, "serial": 1},
    ],
)
def test_fault_scope_that_is_impossible_is_refused(scope: dict[str, object]) -> None:
    with pytest.raises(Malformed) as caught:
        FaultRule(**scope)  # type: ignore[arg-type]
    assert caught.value.code == "fault-scope"


def test_fault_rules_are_so_many_and_no_more() -> None:
    board = FaultBoard()
    for serial in range(MOST_RULES):
        board.put_rule(FaultRule(PkiFault.OCSP_STALE, serial=serial))
    with pytest.raises(Malformed) as caught:
        board.put_rule(FaultRule(PkiFault.OCSP_STALE, serial=MOST_RULES))
    assert caught.value.code == "fault-limit"
    board.put_rule(FaultRule(PkiFault.OCSP_STALE, serial=0, count=1))
    assert len(board.active_rules()) == MOST_RULES


def test_faults_cannot_be_ordered_and_nobody_is_magic_without_the_sandbox() -> None:
    board = FaultBoard(is_on=False)
    with pytest.raises(Refused) as caught:
        board.put_rule(FaultRule(PkiFault.CRL_MISSING))
    assert caught.value.code == "faults-off"
    assert board.magic_subject(MAGIC_SUBJECTS[0].iin) is None
    assert FaultBoard().magic_subject(MAGIC_SUBJECTS[0].iin) is MAGIC_SUBJECTS[0]


def test_magic_subjects_have_right_numbers_that_nobody_of_the_population_has() -> None:
    numbers = [one.iin for one in MAGIC_SUBJECTS] + [OTHER_IIN]
    assert len(set(numbers)) == len(numbers)
    assert all(check_iin(iin) == iin and iin[:2] < "50" and iin[6] in "12" for iin in numbers)
    assert {person.iin for person in make_population(1, 1000)}.isdisjoint(numbers)
    assert find_magic_subject(OTHER_IIN) is None
    assert find_magic_subject(None) is None


def test_magic_subject_of_every_personal_fault_is_described_in_three_languages() -> None:
    personal = {fault for fault in PkiFault if fault.area in (FaultArea.CERTIFICATE, FaultArea.OCSP)}
    assert {one.fault for one in MAGIC_SUBJECTS} == personal
    for one in MAGIC_SUBJECTS:
        assert list(one.explanations) == ["ru", "kk", "en"]
        assert len(set(one.explanations.values())) == 3
