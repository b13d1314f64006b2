"""The cabinet's view of a case as the other systems proceed, for every act and every decision in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from services.portal_pep import storage, submission
from services.portal_pep.domain import COMPLETED, REFUSED
from services.portal_pep.operations import CitizenReply
from services.portal_pep.storage import PortalCase
from shared.bus.errors import BusError, Conflict, Malformed
from shared.bus.messages.message import MessageType
from shared.contracts.cases import CaseResult, DecisionOutcome, StatusChanged
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState
from tests.pki.pki_centre import IIN
from tests.services.portal_pep.filing import Desk, Others, book, payload, portal_graphs

GRAPHS = portal_graphs()
WORDLESS = {"KZ-AKM.8", "KZ-AKM.17"}
"""The acts that have a refusal in a condition and no text for this refusal."""


def decisions(graph: ProcessGraph) -> list[tuple[str, str]]:
    """The conditions and decisions of other systems in which the citizen may be refused."""
    return [
        (node.id, answer)
        for node in graph.nodes
        if node.holder != "portal_pep"
        for answer in node.chooses
        if answer in ("unmet", "refused")
    ]


REFUSALS = [(graph, *chosen) for graph in GRAPHS for chosen in decisions(graph)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk.at(tmp_path)
    yield made
    made.database.dispose()


def graph_of(passport: str, variant: str = "main") -> ProcessGraph:
    return book().get_graph(passport, "portal", variant)


def play(desk: Desk, graph: ProcessGraph, answers: dict[str, str] | None = None) -> Others:
    """Play the whole case; the citizen accepts every offer."""
    others = Others.of(desk, graph, desk.file(graph), answers)
    while others.play().outcome is None and (asked := asked_of(desk, others)):
        answer(desk, others.case, asked[0], "met")
    return others


def asked_of(desk: Desk, others: Others) -> list[ProcessNode]:
    course = ProcessState(others.course.graph, desk.case(others.case).steps)
    nodes = map(course.graph.get_node, course.allowed_nodes)
    return [node for node in nodes if (node.holder, node.op) == ("portal_pep", "answer")]


def answer(desk: Desk, case: str, node: ProcessNode, given: str | None, text: str | None = None) -> PortalCase:
    said = (
        CitizenReply(given, text)
        if node.wait is None
        else CitizenReply("received", signed_document=b"papers, signed")
    )
    return desk.write(lambda uow: submission.answer_question(uow, case, IIN, node.id, said))


def document(desk: Desk, case: PortalCase) -> bytes | None:
    return desk.read(lambda session: storage.get_document(session, case.case_id, "result"))


@pytest.mark.parametrize("graph", GRAPHS, ids=lambda graph: f"{graph.passport_id} {graph.variant}")
def test_cabinet_shows_the_document_at_the_end_of_a_granted_service(desk: Desk, graph: ProcessGraph) -> None:
    others = play(desk, graph)
    case = desk.case(others.case)
    assert (case.outcome, case.status, case.number) == (DecisionOutcome.POSITIVE, COMPLETED, "N-1")
    assert case.refusal is case.reason is case.open_key is None
    assert document(desk, case) is not None
    known = {step.step for step in case.steps}
    shown = {node.id for node in graph.nodes if (node.holder, node.is_automatic) == ("portal_pep", True)}
    assert known >= {node for node in shown if graph.get_node(node).op in ("show", "deliver")}
    assert {node.op for node in map(graph.get_node, known) if node.holder == "portal_pep"} & {"show", "deliver"}


@pytest.mark.parametrize(
    ("graph", "node", "chosen"),
    REFUSALS,
    ids=lambda one: one.passport_id if isinstance(one, ProcessGraph) else one,
)
def test_cabinet_shows_the_refusal_at_the_end_of_a_refused_service(
    desk: Desk, graph: ProcessGraph, node: str, chosen: str
) -> None:
    others = play(desk, graph, {node: chosen})
    case = desk.case(others.case)
    assert others.told[-1].endswith("RESPONSE")
    assert (case.outcome, case.open_key) == (DecisionOutcome.NEGATIVE, None)
    is_wordless = graph.passport_id in WORDLESS
    if chosen == "unmet":
        assert (case.status, case.reason) == (REFUSED, "нет документов")
        assert ("отказ" in case.refusal or "не будет оказана" in case.refusal) if case.refusal else is_wordless
        assert document(desk, case) is None
    else:
        assert (case.status, case.reason) == (COMPLETED, "не положено")
        assert document(desk, case) is not None


def test_statuses_of_the_provider_are_shown_and_told_as_they_come(desk: Desk) -> None:
    others = play(desk, graph_of("KZ-YUZ.3"))
    events = desk.read(lambda session: storage.list_events(session, iin=IIN, case_id=others.case))
    assert [(event.kind, event.status) for event in events] == [
        ("sent", "отправлено"),
        ("status", "поступившие"),
        ("status", "в работе"),
        ("completed", "завершение оказания услуги"),
    ]
    assert others.told == ["t3 UPDATE", "t7 UPDATE", "t12 RESPONSE"]


def test_refusal_without_a_document_is_told_as_one(desk: Desk) -> None:
    others = play(desk, graph_of("KZ-AKM.5"), {"w9": "unmet"})
    events = desk.read(lambda session: storage.list_events(session, iin=IIN, case_id=others.case))
    assert [event.kind for event in events] == ["sent", "status", "status", "refused"]


def test_result_that_is_second_is_refused(desk: Desk) -> None:
    others = play(desk, graph_of("KZ-YUZ.3"))
    again = others.message(others.course.graph.get_node("t12"), MessageType.RESPONSE)
    assert code(lambda: desk.hear(again, others.case), Conflict) == "step-already-done"


def test_result_without_a_document_grants_nothing(desk: Desk) -> None:
    graph = graph_of("KZ-AKM.17")
    case = desk.file(graph)
    empty = CaseResult(
        regulation=graph.passport_id, channel="portal", step="p3", outcome=DecisionOutcome.POSITIVE, steps=()
    )
    assert code(lambda: desk.hear(empty, case.case_id), Malformed) == "result-without-document"
    assert desk.case(case.case_id).outcome is None


def test_document_of_another_application_is_refused(desk: Desk) -> None:
    graph = graph_of("KZ-AKM.17")
    mine, other = desk.file(graph), desk.file(graph_of("KZ-AKM.8"))
    stray = Others.of(desk, graph, other).message(graph.get_node("p3"), MessageType.RESPONSE)
    assert code(lambda: desk.hear(stray, mine.case_id), BusError) == "envelope-mismatch"


def test_document_is_not_delivered_before_being_there(desk: Desk) -> None:
    graph = graph_of("KZ-AKM.17")
    others = Others.of(desk, graph, desk.file(graph))
    for node in ("p1", "w9", "p2", "p3"):
        others.course.take_step(node, desk.now, "arm_rshep", "met" if graph.get_node(node).chooses else None)
    told = others.message(graph.get_node("p3"), MessageType.UPDATE)
    assert code(lambda: desk.hear(told, others.case), BusError) == "not-a-participant"
    case = desk.case(others.case)
    assert case.outcome is None
    assert "w10" not in {step.step for step in case.steps}


def test_parent_who_declines_a_place_stays_in_the_queue_and_may_take_the_next(desk: Desk) -> None:
    graph = graph_of("KZ-YUZ.1")
    others = Others.of(desk, graph, desk.file(graph))
    others.play()
    (offer,) = asked_of(desk, others)
    answer(desk, others.case, offer, "unmet")
    (letter,) = asked_of(desk, others)
    assert letter.chooses == ()
    assert code(lambda: answer(desk, others.case, letter, None), Malformed) == "words-missing"
    answer(desk, others.case, letter, None, "Далеко от дома")
    told = payload(desk.sent[-1])
    assert isinstance(told, StatusChanged)
    assert (told.step, told.text) == (letter.id, "Далеко от дома")
    assert others.play().outcome is None
    (second,) = asked_of(desk, others)
    answer(desk, others.case, second, "met")
    assert others.play().outcome == DecisionOutcome.POSITIVE
    laps = [(step.lap, step.answer) for step in others.course.done_steps if step.step == offer.id]
    assert laps == [(0, "unmet"), (1, "met")]
    events = desk.read(lambda session: storage.list_events(session, iin=IIN, case_id=others.case))
    assert [event.kind for event in events].count("asked") == 2


def test_citizen_answer_that_nobody_asked_for_is_refused(desk: Desk) -> None:
    graph = graph_of("KZ-YUZ.1")
    case = desk.file(graph)

    def tries(step: str, given: str | None) -> str:
        node = replace(graph.get_node("w11"), id=step)
        return code(lambda: answer(desk, case.case_id, node, given), BusError)

    assert tries("w11", "met") == "step-out-of-order"
    assert tries("t6", "granted") == "step-not-found"
    assert tries("x1", None) == "step-not-found"
    Others.of(desk, graph, case).play()
    assert tries("w11", "perhaps") == "answer-needed"
    assert tries("w11", "met") == ""
    assert tries("w11", "met") == "step-already-done"


def test_citizen_cannot_answer_for_another(desk: Desk) -> None:
    case = desk.file(graph_of("KZ-YUZ.1"))
    stranger: Any = "850101100304"
    asked = lambda: desk.write(  # noqa: E731
        lambda uow: submission.answer_question(uow, case.case_id, stranger, "w11", CitizenReply("met"))
    )
    assert code(asked, BusError) == "application-unknown"


def code(act: Any, kind: type[BusError]) -> str:
    """The code of a refusal; empty when there is no refusal."""
    try:
        act()
    except kind as error:
        return error.code
    return ""
