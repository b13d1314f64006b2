"""A journal checked against the passport: a planted fault is found, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.regulations.interpreter import Finding, conformance
from shared.regulations.model import Channel
from tests.regulations.unemployment import TABLED, procedure

START = datetime(2012, 7, 2, 9, 0, tzinfo=UTC)
HALF_A_MINUTE = timedelta(seconds=30)

Journal = list[tuple[int, datetime]]


def in_time(channel: Channel) -> Journal:
    """Every step that is taken, half a minute apart."""
    taken = [step.n for step in procedure(channel).steps if step.performs.op != "nothing"]
    return [(n, START + index * HALF_A_MINUTE) for index, n in enumerate(taken)]


def kinds(findings: list[Finding]) -> list[tuple[str, int]]:
    return [(finding.kind, finding.step) for finding in findings]


def at_once(*steps: int) -> Journal:
    return [(n, START) for n in steps]


@pytest.mark.parametrize("channel", TABLED)
def test_a_journal_that_keeps_the_act_has_no_findings(channel: Channel) -> None:
    assert conformance(procedure(channel), in_time(channel)) == []


def test_a_case_worked_off_at_once_keeps_the_act() -> None:
    for channel in TABLED:
        assert conformance(procedure(channel), at_once(*(n for n, _ in in_time(channel)))) == []


def test_a_missing_step_is_found() -> None:
    journal = at_once(1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12)
    assert kinds(conformance(procedure("provider"), journal)) == [("missing", 8)]


def test_an_unfinished_case_misses_nothing_yet() -> None:
    walk = procedure("portal")
    assert conformance(walk, at_once(1, 2, 3), is_finished=False) == []
    assert len(conformance(walk, at_once(1, 2, 3))) == 12


def test_a_repeated_step_is_found_where_it_repeats() -> None:
    again = START + timedelta(hours=1)
    journal = [*in_time("provider"), (5, again)]
    assert conformance(procedure("provider"), journal) == [Finding("repeated", 5, again)]


def test_a_step_before_its_turn_is_found_once_with_what_it_should_have_waited_for() -> None:
    journal = at_once(1, 2, 4, 3, 6, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15)
    assert conformance(procedure("portal"), journal) == [Finding("out-of-order", 6, START, missing=(5,))]


def test_a_late_step_is_found_with_its_excess() -> None:
    accepted = START + timedelta(minutes=12)
    journal = [(n, START if n < 5 else accepted) for n, _ in in_time("portal")]
    expected = Finding("late", 5, accepted, late_by=timedelta(minutes=2))
    assert conformance(procedure("portal"), journal) == [expected]


@pytest.mark.parametrize("channel", TABLED)
def test_a_case_worked_off_line_by_line_with_every_limit_used_up_is_not_late(channel: Channel) -> None:
    walk = procedure(channel)
    now, journal = START, []
    for n, _ in in_time(channel):
        now += walk.planned(n) or timedelta(days=3)
        journal.append((n, now))
    assert conformance(walk, journal) == []


def test_a_step_before_its_neighbour_in_print_is_due_from_when_it_was_allowed() -> None:
    walk = procedure("portal")
    times = {n: START + n * HALF_A_MINUTE for n in range(1, 8)}
    assert walk.due(11, times) == times[7] + timedelta(minutes=1)
    assert walk.due(11, times | {8: START, 10: START + timedelta(hours=1)}) == START + timedelta(minutes=61)
    assert walk.due(12, times) is None
    assert walk.due(1, {}) is None


def test_the_last_of_two_parallel_notices_is_late_by_its_own_limit() -> None:
    shown = START + timedelta(minutes=1, seconds=30)
    journal = [(n, shown if n == 15 else START) for n, _ in in_time("portal")]
    expected = Finding("late", 15, shown, late_by=timedelta(seconds=30))
    assert conformance(procedure("portal"), journal) == [expected]


def test_a_decision_of_days_is_left_to_the_calendar() -> None:
    later = START + timedelta(days=30)
    journal = [(n, START if n < 6 else later) for n, _ in in_time("con")]
    assert conformance(procedure("con"), journal) == []


def test_steps_that_the_table_lacks_or_leaves_empty_are_found() -> None:
    journal = [*in_time("con"), (10, START), (16, START)]
    assert kinds(conformance(procedure("con"), journal)) == [("empty", 10), ("unknown", 16)]
