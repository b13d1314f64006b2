"""The portal files applications by the graph of every passport that gives the portal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.portal_pep.domain import SENT, choose_variant
from services.portal_pep.operations import find_shown_status, needs_result
from services.portal_pep.storage import APPLICATIONS
from shared.bus.errors import Conflict, Malformed
from shared.bus.persistence.database import IntegrityError
from shared.contracts.cases import ApplicationMessage, StatusNotice
from shared.contracts.documents import read_application
from shared.pki.cms import signed_data
from shared.regulations.process.graph import ProcessGraph
from tests.pki.pki_centre import NOW
from tests.services.portal_pep.filing import Desk, book, named, payload, portal_graphs

GRAPHS = portal_graphs()
NAMES = [f"{graph.passport_id} {graph.variant}" for graph in GRAPHS]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk.at(tmp_path)
    yield made
    made.database.dispose()


def graph_of(passport: str, variant: str = "main") -> ProcessGraph:
    return book().get_graph(passport, "portal", variant)


def test_portal_runs_every_act_that_gives_the_portal_in_every_variant() -> None:
    assert len(GRAPHS) == 26
    assert len({graph.passport_id for graph in GRAPHS}) == 18


@pytest.mark.parametrize("graph", GRAPHS, ids=NAMES)
def test_filing_takes_the_portals_steps_of_the_walk_and_no_others(desk: Desk, graph: ProcessGraph) -> None:
    case = desk.file(graph)
    steps = case.steps
    expected = way_to_request(graph)
    assert [step.step for step in steps] == expected
    assert {step.by for step in steps} == {"portal_pep"}
    assert {step.answer for step in steps} == {None, "met"}, "every condition was met"
    moments = [step.at for step in steps]
    assert moments == sorted(moments)
    assert (case.status, case.outcome, case.variant) == (SENT, None, graph.variant)


@pytest.mark.parametrize("graph", GRAPHS, ids=NAMES)
def test_filing_sends_what_the_graph_names_and_nothing_else(desk: Desk, graph: ProcessGraph) -> None:
    case = desk.file(graph)
    filed = way_to_request(graph)
    expected = [(posting.kind, step) for step in filed for posting in graph.message_rules(step)]
    sent = [(intent.info.message_type.value, named(intent)[3]) for intent in desk.sent]
    assert sent == expected
    variant = None if graph.variant == "main" else graph.variant
    for intent in desk.sent:
        assert (intent.address, intent.info.correlation_id) == ("shep_gateway", case.case_id)
        assert named(intent)[:3] == (graph.passport_id, "portal", variant)
    request = payload(next(one for one in desk.sent if one.info.message_type == "REQUEST"))
    assert isinstance(request, ApplicationMessage)
    assert (request.variant, request.steps) == (graph.variant, case.steps)
    document = read_application(signed_data.open_signed(request.document).content)
    assert (document.application_id, document.variant, document.channel) == (case.case_id, graph.variant, "portal")


def way_to_request(graph: ProcessGraph) -> list[str]:
    """The portal's steps up to its REQUEST, every condition met, derived from the graph here."""
    found: list[str] = [graph.start_nodes[0]]
    while all(posting.kind != "REQUEST" for posting in graph.message_rules(found[-1])):
        ways = [edge.target for edge in graph.transitions_from(found[-1]) if edge.answer in (None, "met")]
        assert len(ways) == 1
        assert graph.get_node(ways[0]).holder == "portal_pep"
        found.append(ways[0])
    return found


def test_filing_dates_the_steps_before_the_signature_when_they_were_done(desk: Desk) -> None:
    steps = {step.step: step.at for step in desk.file(graph_of("KZ-YUZ.3")).steps}
    assert steps["w1"] == NOW - timedelta(days=30), "the account was opened"
    assert steps["w2"] == NOW, "the session began"
    assert steps["w3"] == steps["w2"]
    assert steps["w5"] == steps["w6"] == NOW + timedelta(seconds=1), "the draft was made and signed"
    assert steps["w7"] == steps["t1"] == NOW + timedelta(seconds=2) == desk.now


def test_filing_tells_the_centres_the_status_that_the_act_has_for_them(desk: Desk) -> None:
    desk.file(graph_of("KZ-YUZ.3"))
    notice = payload(desk.sent[1])
    assert isinstance(notice, StatusNotice)
    assert (notice.status, notice.step) == ("поступившие с ПЭП", "t1")
    assert find_shown_status(graph_of("KZ-AKM.1", "employer-issue"), "w8") is None


def test_application_is_not_filed_twice_while_the_first_is_open(desk: Desk) -> None:
    first = desk.file(graph_of("KZ-AKM.17"))
    with pytest.raises(Conflict) as caught:
        desk.file(graph_of("KZ-AKM.17"))
    assert caught.value.code == "application-open-already"
    assert caught.value.details == {"application_id": first.case_id}
    assert desk.file(graph_of("KZ-AKM.8")).case_id != first.case_id, "another service"


def test_application_of_another_variant_or_another_form_is_another(desk: Desk) -> None:
    variants = [graph for graph in GRAPHS if graph.passport_id == "KZ-ATY.2"]
    assert len({desk.file(graph).case_id for graph in variants}) == len(variants)
    garden = graph_of("KZ-YUZ.1")
    children = [desk.file(garden, phone=phone) for phone in ("87252000000", "87252000001")]
    assert len({case.case_id for case in children}) == 2


def test_application_table_itself_forbids_two_open_of_a_kind(desk: Desk) -> None:
    case = desk.file(graph_of("KZ-AKM.17"))
    other = replace(case, case_id="another", message_id="another")
    with pytest.raises(IntegrityError):
        desk.write(lambda uow: uow.hot_rows(APPLICATIONS).put(other))


def test_filing_a_service_of_several_variants_must_tell_which(desk: Desk) -> None:
    passport = book().get_passport("KZ-AKM.1")
    with pytest.raises(Malformed) as caught:
        choose_variant(passport, None)
    assert caught.value.code == "variant-needed"
    assert caught.value.details["variants"] == list(passport.variants)


def test_step_needs_the_result_where_the_act_has_the_response_before() -> None:
    garden, permits = graph_of("KZ-YUZ.1"), graph_of("KZ-ATY.2", "employer-issue")
    assert [one for one in ("t9", "t14", "w11") if needs_result(garden, one)] == ["t14"]
    assert needs_result(permits, "w13")
