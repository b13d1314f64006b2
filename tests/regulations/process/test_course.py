"""Holding a case against its graph: what is allowed, what is refused, whatever the order in which it is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.errors import BusError, Malformed
from shared.contracts.cases import StepDone
from shared.regulations.model import Channel
from shared.regulations.process.process_state import Course
from tests.regulations.graphs import graph as any_graph
from tests.regulations.unemployment import TABLED, graph

AT = datetime(2012, 7, 2, 9, 0, tzinfo=UTC)
FILED = ("w1", "w2", "w3", "w5", "w6", "w7", "t1")


def course(*steps: str, channel: Channel = "portal") -> Course:
    """A case in which these steps were taken, each answered well."""
    made = Course(graph(channel))
    for step in steps:
        take(made, step)
    return made


def take(made: Course, step: str) -> None:
    made.take(step, AT, "somebody", next(iter(made.graph.node(step).chooses), None))


def code(made: Course, step: str, answer: str | None = None) -> str | None:
    try:
        made.check(step, answer)
    except BusError as error:
        return error.code
    return None


@given(channel=st.sampled_from(TABLED), data=st.data())
def test_any_choice_among_the_allowed_steps_comes_to_an_end_and_never_repeats(
    channel: Channel, data: st.DataObject
) -> None:
    made, done = Course(graph(channel)), list[str]()
    while made.end is None:
        step = data.draw(st.sampled_from(made.allowed))
        node = made.graph.node(step)
        made.take(step, AT, "somebody", data.draw(st.sampled_from(node.chooses)) if node.chooses else None)
        done.append(step)
    assert len(done) == len(set(done))
    assert made.end.end in ("completed", "refused")


def test_notices_of_one_route_are_shown_in_parallel() -> None:
    assert course(*FILED, "t2").allowed == ("t3", "t4")
    assert set(course(*FILED, *(f"t{n}" for n in range(2, 9))).allowed) == {"t9", "t10", "t11"}
    assert set(course(*FILED, *(f"t{n}" for n in range(2, 14))).allowed) == {"t14", "t15"}


def test_what_may_not_be_taken_is_refused_and_says_why() -> None:
    begun = course(*FILED)
    assert code(begun, "t1", "met") == "step-already-done"
    assert code(begun, "t99") == "step-not-found"
    assert code(begun, "t2") is None
    assert code(begun, "t5") == "step-out-of-order"
    assert code(course(*FILED, "t2", "t3", "t5"), "t6", "perhaps") == "answer-needed"
    with pytest.raises(BusError) as caught:
        begun.check("t5")
    assert caught.value.details == {"step": "t5", "missing": ["t3"]}


def test_the_empty_row_of_the_act_holds_up_nobody() -> None:
    served = Course(graph("con"))
    while served.end is None:
        take(served, served.allowed[0])
    assert "t10" not in served.given
    assert {"t9", "t11"} <= served.given.keys()


@given(st.permutations([*FILED, *(f"t{n}" for n in range(2, 16))]))
def test_what_is_learned_in_any_order_and_twice_gives_the_same_course(order: list[str]) -> None:
    whole = course(*FILED, *(f"t{n}" for n in range(2, 16)))
    steps = {step.step: step for step in whole.steps}
    learned = Course(graph("portal"))
    for step in [*order, *order[:5]]:
        learned.learn([steps[step]])
    assert learned.steps == whole.steps
    assert learned.text == whole.text
    assert learned.end == whole.end is not None


def test_a_step_of_another_act_is_not_learned() -> None:
    with pytest.raises(Malformed) as caught:
        course().learn([StepDone(step="t99", at=AT, by="is_mio")])
    assert caught.value.code == "step-unknown"


def test_the_gateways_step_is_learned_from_what_they_carried_and_only_where_the_act_has_one() -> None:
    filed = course(*FILED)
    filed.learn_route("t1", AT, "shep_gateway")
    assert [step.by for step in filed.steps if step.step == "t2"] == ["shep_gateway"]
    registered = course(*FILED, "t2", "t3")
    registered.learn_route("t3", AT, "shep_gateway")
    assert "t4" not in registered.given
    assert registered.given == course(*FILED, "t2", "t3").given


def test_a_loop_is_made_again_and_its_laps_are_told_apart() -> None:
    queue = Course(any_graph("KZ-YUZ.1", "portal"))
    for step in (*FILED, "t2", "t3", "t5", "t6", "w10:wait", "w10"):
        queue.take(step, AT, "somebody", next(iter(queue.graph.node(step).chooses), None))
    queue.take("w11", AT, "portal_pep", "unmet")
    queue.take("w12", AT, "portal_pep")
    for step in ("w10:wait", "w10", "w11"):
        take(queue, step)
    assert [(step.lap, step.answer) for step in queue.steps if step.step == "w11"] == [(0, "unmet"), (1, "met")]
    assert "t7" in queue.allowed
    assert Course.read(queue.graph, queue.text).given == queue.given
