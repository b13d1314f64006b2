"""The process state of a case: allowed and refused steps, in whatever order they become known."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.bus.errors import BusError, Malformed
from shared.contracts.cases import StepDone
from shared.regulations.model import Channel
from shared.regulations.process.process_state import ProcessState
from tests.regulations.graphs import graph as any_graph
from tests.regulations.unemployment import TABLED, graph

AT = datetime(2012, 7, 2, 9, 0, tzinfo=UTC)
FILED = ("w1", "w2", "w3", "w5", "w6", "w7", "t1")


def course(*steps: str, channel: Channel = "portal") -> ProcessState:
    """A case in which these steps were taken, each with its favourable answer."""
    made = ProcessState(graph(channel))
    for step in steps:
        take(made, step)
    return made


def take(made: ProcessState, step: str) -> None:
    made.take_step(step, AT, "somebody", next(iter(made.graph.get_node(step).chooses), None))


def code(made: ProcessState, step: str, answer: str | None = None) -> str | None:
    try:
        made.check_step(step, answer)
    except BusError as error:
        return error.code
    return None


@given(channel=st.sampled_from(TABLED), data=st.data())
def test_process_state_ends_and_never_repeats_by_any_choice_of_allowed_steps(
    channel: Channel, data: st.DataObject
) -> None:
    made, done = ProcessState(graph(channel)), list[str]()
    while made.end_node is None:
        step = data.draw(st.sampled_from(made.allowed_nodes))
        node = made.graph.get_node(step)
        made.take_step(step, AT, "somebody", data.draw(st.sampled_from(node.chooses)) if node.chooses else None)
        done.append(step)
    assert len(done) == len(set(done))
    assert made.end_node.end in ("completed", "refused")


def test_process_state_shows_notices_of_one_route_in_parallel() -> None:
    assert course(*FILED, "t2").allowed_nodes == ("t3", "t4")
    assert set(course(*FILED, *(f"t{n}" for n in range(2, 9))).allowed_nodes) == {"t9", "t10", "t11"}
    assert set(course(*FILED, *(f"t{n}" for n in range(2, 14))).allowed_nodes) == {"t14", "t15"}


def test_process_state_refuses_what_may_not_be_taken_and_says_why() -> None:
    begun = course(*FILED)
    assert code(begun, "t1", "met") == "step-already-done"
    assert code(begun, "t99") == "step-not-found"
    assert code(begun, "t2") is None
    assert code(begun, "t5") == "step-out-of-order"
    assert code(course(*FILED, "t2", "t3", "t5"), "t6", "perhaps") == "answer-needed"
    with pytest.raises(BusError) as caught:
        begun.check_step("t5")
    assert caught.value.details == {"step": "t5", "missing": ["t3"]}


def test_process_state_is_not_held_up_by_the_empty_row_of_the_act() -> None:
    served = ProcessState(graph("con"))
    while served.end_node is None:
        take(served, served.allowed_nodes[0])
    assert "t10" not in served.answers
    assert {"t9", "t11"} <= served.answers.keys()


@given(st.permutations([*FILED, *(f"t{n}" for n in range(2, 16))]))
def test_process_state_is_the_same_learned_in_any_order_and_twice(order: list[str]) -> None:
    whole = course(*FILED, *(f"t{n}" for n in range(2, 16)))
    steps = {step.step: step for step in whole.done_steps}
    learned = ProcessState(graph("portal"))
    for step in [*order, *order[:5]]:
        learned.learn_steps([steps[step]])
    assert learned.done_steps == whole.done_steps
    assert learned.end_node == whole.end_node is not None


def test_process_state_does_not_learn_a_step_of_another_act() -> None:
    with pytest.raises(Malformed) as caught:
        course().learn_steps([StepDone(step="t99", at=AT, by="is_mio")])
    assert caught.value.code == "step-unknown"


def test_process_state_learns_a_gateways_step_by_what_was_carried_if_the_act_has_one() -> None:
    filed = course(*FILED)
    filed.learn_route("t1", AT, "shep_gateway")
    assert [step.by for step in filed.done_steps if step.step == "t2"] == ["shep_gateway"]
    registered = course(*FILED, "t2", "t3")
    registered.learn_route("t3", AT, "shep_gateway")
    assert "t4" not in registered.answers
    assert registered.answers == course(*FILED, "t2", "t3").answers


def test_process_state_makes_a_loop_again_and_tells_its_iterations_apart() -> None:
    queue = ProcessState(any_graph("KZ-YUZ.1", "portal"))
    for step in (*FILED, "t2", "t3", "t5", "t6", "q10", "w10:wait", "w10"):
        queue.take_step(step, AT, "somebody", next(iter(queue.graph.get_node(step).chooses), None))
    queue.take_step("w11", AT, "portal_pep", "unmet")
    queue.take_step("w12", AT, "portal_pep")
    for step in ("w10:wait", "w10", "w11"):
        take(queue, step)
    assert [(step.lap, step.answer) for step in queue.done_steps if step.step == "w11"] == [
        (0, "unmet"),
        (1, "met"),
    ]
    assert "t7" in queue.allowed_nodes
    assert ProcessState(queue.graph, queue.done_steps).answers == queue.answers
