"""A journal checked against the act: a planted fault is found, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.contracts.addresses import of_system, regional_gateway
from shared.contracts.cases import StepDone
from shared.regulations.model import Channel
from shared.regulations.process.conformance import Finding, conformance
from shared.regulations.process.graph import Graph, Node
from tests.regulations.graphs import EVERY, walked
from tests.regulations.graphs import graph as any_graph
from tests.regulations.unemployment import TABLED, graph

START = datetime(2012, 7, 2, 9, 0, tzinfo=UTC)
HALF_A_MINUTE = timedelta(seconds=30)

Journal = list[StepDone]


def in_time(walk: Graph, pause: timedelta = HALF_A_MINUTE) -> Journal:
    """Every step of a granted case by its holder, ``pause`` apart."""
    taken = [walk.node(one) for one in walked(walk) if walk.node(one).end is None]
    return [
        StepDone(step=node.id, at=START + n * pause, by=holder(node), answer=next(iter(node.chooses), None))
        for n, node in enumerate(taken)
    ]


def holder(node: Node) -> str:
    return regional_gateway("KZ-YUZ") if node.holder == "gateways" else of_system(node.holder)


def kinds(findings: list[Finding]) -> list[tuple[str, str]]:
    return [(finding.kind, finding.step) for finding in findings]


def changed(journal: Journal, step: str, **values: object) -> Journal:
    return [one.model_copy(update=values) if one.step == step else one for one in journal]


@pytest.mark.parametrize(("passport", "channel", "variant"), EVERY)
def test_a_journal_that_keeps_the_act_has_no_findings(passport: str, channel: Channel, variant: str) -> None:
    walk = any_graph(passport, channel, variant)
    assert conformance(walk, in_time(walk, timedelta(milliseconds=1))) == []


@pytest.mark.parametrize("channel", TABLED)
def test_a_case_worked_off_at_one_moment_keeps_the_act_in_whatever_order_it_is_told(channel: Channel) -> None:
    journal = in_time(graph(channel), timedelta())
    assert conformance(graph(channel), journal[::-1]) == []


def test_a_missing_step_is_found() -> None:
    journal = [step for step in in_time(graph("portal")) if step.step != "t15"]
    assert kinds(conformance(graph("portal"), journal)) == [("missing", "t15")]


def test_an_unfinished_case_misses_nothing_yet() -> None:
    begun = in_time(graph("portal"))[:9]
    assert conformance(graph("portal"), begun, is_finished=False) == []
    assert {kind for kind, _ in kinds(conformance(graph("portal"), begun))} == {"missing"}


def test_a_repeated_step_is_found_where_it_repeats() -> None:
    again = START + timedelta(hours=1)
    journal = in_time(graph("portal"))
    repeated = next(step for step in journal if step.step == "t5").model_copy(update={"at": again})
    assert conformance(graph("portal"), [*journal, repeated]) == [Finding("repeated", "t5", again)]


def test_a_step_before_its_turn_is_found_once_with_what_it_should_have_waited_for() -> None:
    journal = changed(
        in_time(graph("portal"), timedelta(milliseconds=1)), "t6", at=START + timedelta(microseconds=9_900)
    )
    (found,) = conformance(graph("portal"), journal)
    assert (found.kind, found.step, found.missing) == ("out-of-order", "t6", ("t5",))


def test_a_late_step_is_found_with_its_excess() -> None:
    accepted = START + timedelta(minutes=12)
    journal = in_time(graph("portal"), timedelta())
    place = [step.step for step in journal].index("t5")
    journal = [*journal[:place], *(step.model_copy(update={"at": accepted}) for step in journal[place:])]
    late = [one for one in conformance(graph("portal"), journal) if one.step == "t5"]
    assert late == [Finding("late", "t5", accepted, late_by=timedelta(minutes=2))]


def test_a_calendar_judges_what_the_clock_cannot() -> None:
    journal = in_time(graph("portal"))

    def due(node: Node, since: datetime) -> datetime | None:
        return since + timedelta(seconds=20) if node.id == "t6" else None

    assert conformance(graph("portal"), journal, due=due) == [
        Finding(
            "late", "t6", next(step.at for step in journal if step.step == "t6"), late_by=timedelta(seconds=10)
        )
    ]


def test_a_step_at_another_system_than_its_holder_is_found() -> None:
    journal = changed(in_time(graph("portal")), "t6", by="is_con")
    assert [(one.kind, one.step, one.by) for one in conformance(graph("portal"), journal)] == [
        ("not-held", "t6", "is_con")
    ]


def test_both_gateways_carry_and_a_stand_in_may_act_for_a_provider() -> None:
    carried = changed(in_time(graph("portal")), "t2", by="shep_gateway")
    assert conformance(graph("portal"), carried) == []
    stood_in = [replace_by(step, "is_mio", "is_stand_in") for step in carried]
    assert conformance(graph("portal"), stood_in, stand_ins=("is_stand_in",)) == []
    assert {one.kind for one in conformance(graph("portal"), stood_in)} == {"not-held"}


def replace_by(step: StepDone, old: str, new: str) -> StepDone:
    return step.model_copy(update={"by": new}) if step.by == old else step


def test_steps_and_answers_that_the_act_lacks_are_found() -> None:
    journal = in_time(graph("portal"))
    strange = StepDone(step="t99", at=START, by="is_mio")
    assert kinds(conformance(graph("portal"), [*journal, strange])) == [("unknown", "t99")]
    found = conformance(graph("portal"), changed(journal, "t6", answer="perhaps"))
    assert found[0] == replace(Finding("answer-unknown", "t6"), at=found[0].at)
