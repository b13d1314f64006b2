"""A journal checked against the act: a planted fault is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.addresses import regional_gateway, system_address
from shared.contracts.cases import StepDone
from shared.regulations.model import Channel
from shared.regulations.process.conformance import ConformanceFinding, check_conformance
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from tests.regulations.graphs import EVERY, walked
from tests.regulations.graphs import graph as any_graph
from tests.regulations.unemployment import TABLED, graph

START = datetime(2012, 7, 2, 9, 0, tzinfo=UTC)
HALF_A_MINUTE = timedelta(seconds=30)

Journal = list[StepDone]


def in_time(walk: ProcessGraph, pause: timedelta = HALF_A_MINUTE) -> Journal:
    """Every step of a granted case by its holder, ``pause`` apart."""
    taken = [walk.get_node(one) for one in walked(walk) if walk.get_node(one).end is None]
    return [
        StepDone(step=node.id, at=START + n * pause, by=holder(node), answer=next(iter(node.chooses), None))
        for n, node in enumerate(taken)
    ]


def holder(node: ProcessNode) -> str:
    return regional_gateway("KZ-YUZ") if node.holder == "gateways" else system_address(node.holder)


def kinds(findings: list[ConformanceFinding]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.step) for finding in findings]


def changed(journal: Journal, step: str, **values: object) -> Journal:
    return [one.model_copy(update=values) if one.step == step else one for one in journal]


@pytest.mark.parametrize(("passport", "channel", "variant"), EVERY)
def test_conformance_of_a_journal_that_keeps_the_act_has_no_findings(
    passport: str, channel: Channel, variant: str
) -> None:
    walk = any_graph(passport, channel, variant)
    assert check_conformance(walk, in_time(walk, timedelta(milliseconds=1))) == []


@pytest.mark.parametrize("channel", TABLED)
def test_conformance_of_a_case_done_at_one_moment_holds_in_whatever_order_it_is_told(channel: Channel) -> None:
    journal = in_time(graph(channel), timedelta())
    assert check_conformance(graph(channel), journal[::-1]) == []


def test_conformance_finds_a_missing_step() -> None:
    journal = [step for step in in_time(graph("portal")) if step.step != "t15"]
    assert kinds(check_conformance(graph("portal"), journal)) == [("missing", "t15")]


def test_conformance_misses_nothing_yet_in_an_unfinished_case() -> None:
    begun = in_time(graph("portal"))[:9]
    assert check_conformance(graph("portal"), begun, is_finished=False) == []
    assert {kind for kind, _ in kinds(check_conformance(graph("portal"), begun))} == {"missing"}


def test_conformance_finds_a_repeated_step_where_it_repeats() -> None:
    again = START + timedelta(hours=1)
    journal = in_time(graph("portal"))
    repeated = next(step for step in journal if step.step == "t5").model_copy(update={"at": again})
    assert check_conformance(graph("portal"), [*journal, repeated]) == [
        ConformanceFinding("repeated", "t5", again)
    ]


def test_conformance_finds_a_step_before_its_turn_once_with_what_it_had_to_wait_for() -> None:
    journal = changed(
        in_time(graph("portal"), timedelta(milliseconds=1)), "t6", at=START + timedelta(microseconds=9_900)
    )
    (found,) = check_conformance(graph("portal"), journal)
    assert (found.kind, found.step, found.missing) == ("out-of-order", "t6", ("t5",))


def test_conformance_finds_a_late_step_with_its_excess() -> None:
    accepted = START + timedelta(minutes=12)
    journal = in_time(graph("portal"), timedelta())
    place = [step.step for step in journal].index("t5")
    journal = [*journal[:place], *(step.model_copy(update={"at": accepted}) for step in journal[place:])]
    late = [one for one in check_conformance(graph("portal"), journal) if one.step == "t5"]
    assert late == [ConformanceFinding("late", "t5", accepted, late_by=timedelta(minutes=2))]


def test_conformance_judges_by_the_calendar_what_the_clock_cannot() -> None:
    journal = in_time(graph("portal"))

    def due(node: ProcessNode, since: datetime) -> datetime | None:
        return since + timedelta(seconds=20) if node.id == "t6" else None

    assert check_conformance(graph("portal"), journal, due_rule=due) == [
        ConformanceFinding(
            "late", "t6", next(step.at for step in journal if step.step == "t6"), late_by=timedelta(seconds=10)
        )
    ]


def test_conformance_finds_a_step_at_another_system_than_its_holder() -> None:
    journal = changed(in_time(graph("portal")), "t6", by="is_con")
    assert [(one.kind, one.step, one.by) for one in check_conformance(graph("portal"), journal)] == [
        ("not-held", "t6", "is_con")
    ]


def test_conformance_lets_both_gateways_carry_and_a_stand_in_act_for_a_provider() -> None:
    carried = changed(in_time(graph("portal")), "t2", by="shep_gateway")
    assert check_conformance(graph("portal"), carried) == []
    stood_in = [replace_by(step, "is_mio", "is_stand_in") for step in carried]
    assert check_conformance(graph("portal"), stood_in, stand_ins=("is_stand_in",)) == []
    assert {one.kind for one in check_conformance(graph("portal"), stood_in)} == {"not-held"}


def replace_by(step: StepDone, old: str, new: str) -> StepDone:
    return step.model_copy(update={"by": new}) if step.by == old else step


def test_conformance_finds_steps_and_answers_that_the_act_lacks() -> None:
    journal = in_time(graph("portal"))
    strange = StepDone(step="t99", at=START, by="is_mio")
    assert kinds(check_conformance(graph("portal"), [*journal, strange])) == [("unknown", "t99")]
    found = check_conformance(graph("portal"), changed(journal, "t6", answer="perhaps"))
    assert found[0] == replace(ConformanceFinding("answer-unknown", "t6"), at=found[0].at)
