"""The BPMN of every graph: valid against the OMG schema, and run by SpiffWorkflow along the graph's path."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest
import SpiffWorkflow.bpmn.parser
from lxml import etree

from shared.regulations.bpmn import to_bpmn
from shared.regulations.model import Channel
from tests.regulations.graphs import EVERY, graph, passport
from tests.regulations.spiff import Pair, started

SCHEMA = Path(SpiffWorkflow.bpmn.parser.__file__).parent / "schema" / "BPMN20.xsd"
"""The OMG schema with its parts Semantic, BPMNDI, DC and DI, as SpiffWorkflow ships them."""
SPACES = {"b": "http://www.omg.org/spec/BPMN/20100524/MODEL", "e": "urn:egov-bus:bpmn"}
SAMPLE: list[tuple[str, Channel, str]] = [
    ("KZ-YUZ.1", "portal", "main"),
    ("KZ-AKM.2", "con", "main"),
    ("KZ-ATY.2", "provider", "employer-issue"),
]


@functools.cache
def bpmn(passport_id: str, channel: Channel, variant: str = "main") -> bytes:
    return to_bpmn(graph(passport_id, channel, variant), passport(passport_id))


def flow_nodes(passport_id: str, channel: Channel, variant: str = "main") -> dict[str, str]:
    """The tags of the flow nodes by id."""
    root = etree.fromstring(bpmn(passport_id, channel, variant))
    return {
        one.get("id", ""): etree.QName(one).localname
        for one in root.iterfind(".//b:process/*[b:incoming]", SPACES)
    }


@functools.cache
def schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(SCHEMA)))


@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_bpmn_file_is_valid_against_the_schema(passport_id: str, channel: Channel, variant: str) -> None:
    file = etree.fromstring(bpmn(passport_id, channel, variant))
    assert schema().validate(file), schema().error_log


def test_bpmn_schema_refuses_what_is_no_bpmn() -> None:
    file = bpmn("KZ-YUZ.3", "portal").replace(b"bpmn:userTask", b"bpmn:task-of-a-user")
    assert not schema().validate(etree.fromstring(file))
    dangling = bpmn("KZ-YUZ.3", "portal").replace(b'targetRef="w2"', b'targetRef="1 w2"')
    assert not schema().validate(etree.fromstring(dangling))


@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_bpmn_has_a_flow_node_with_its_clause_for_every_step_of_the_graph(
    passport_id: str, channel: Channel, variant: str
) -> None:
    root = etree.fromstring(bpmn(passport_id, channel, variant))
    marks = {one.get("node"): one for one in root.iterfind(".//e:step", SPACES)}
    made = graph(passport_id, channel, variant)
    steps = [one for one in root.iterfind(".//b:process/*", SPACES) if one.find(".//e:step", SPACES) is not None]
    assert set(marks) == {node.id for node in made.nodes}
    for node in made.nodes:
        (step,) = (one for one in steps if marks[node.id] in one.iterfind(".//e:step", SPACES))
        assert marks[node.id].get("clause") == node.clause
        assert (node.clause or "") in (step.findtext("b:documentation", "", SPACES))
        lane = root.find(f".//b:lane[@id='lane.{node.holder}']", SPACES)
        is_in_lane = lane is not None and step.get("id") in [one.text for one in lane]
        assert is_in_lane or node.end is not None


def test_bpmn_of_the_same_graph_has_the_same_bytes() -> None:
    one, other = (to_bpmn(graph("KZ-YUZ.1", "portal"), passport("KZ-YUZ.1")) for _ in range(2))
    assert one == other


def test_bpmn_task_of_a_step_is_of_the_kind_of_who_takes_the_step() -> None:
    tags = flow_nodes("KZ-AKM.2", "con")
    assert [tags[name] for name in ("w1", "w2", "w4", "p4", "p6")] == [
        "manualTask",
        "sendTask",
        "userTask",
        "manualTask",
        "userTask",
    ]
    assert (tags["w5.wait"], tags["end.completed"]) == ("intermediateCatchEvent", "endEvent")
    portal = flow_nodes("KZ-AKM.1", "portal", "employer-issue")
    assert [portal[name] for name in ("w3", "w3.choice", "w8")] == ["serviceTask", "exclusiveGateway", "sendTask"]


def test_bpmn_pins_a_media_break_to_its_step() -> None:
    root = etree.fromstring(bpmn("KZ-ATY.6", "con"))
    notes = {
        pin.get("sourceRef"): root.findtext(
            f".//b:textAnnotation[@id='{pin.get('targetRef')}']/b:text", "", SPACES
        )
        for pin in root.iterfind(".//b:association", SPACES)
    }
    assert notes == {"w1": "лично, на бумаге", "p5": "курьером", "w9": "лично, на бумаге"}


def test_bpmn_boards_run_beside_the_case_and_its_outcome_is_read_after_them_all() -> None:
    root = etree.fromstring(bpmn("KZ-YUZ.3", "portal"))
    flows = [(one.get("sourceRef"), one.get("targetRef")) for one in root.iterfind(".//b:sequenceFlow", SPACES)]
    assert {source for source, target in flows if target == "end.completed.join"} == {
        "t4",
        "t9",
        "t10",
        "t14",
        "t15",
    }
    assert [target for source, target in flows if source == "t2.fork"] == ["t3", "t4"]
    ways = {
        one.get("targetRef"): one.findtext("b:conditionExpression", "", SPACES)
        for one in root.iterfind(".//b:sequenceFlow[@sourceRef='end.completed.join.choice']", SPACES)
    }
    assert ways == {"end.completed": 'outcome == "granted"', "end.refused": 'outcome == "refused"'}


def test_bpmn_tells_a_deadline_in_words_and_in_iso_where_it_can_be() -> None:
    root = etree.fromstring(bpmn("KZ-AKM.1", "provider", "employer-issue"))
    told = {
        one.get("id"): one.findtext("b:documentation", "", SPACES).split("\n")
        for one in root.iterfind(".//b:process/*[@name]", SPACES)
    }
    assert [line for line in told["p1"] if line.startswith("PT")] == ["PT20M"]
    step = root.find(".//e:step[@node='p3']", SPACES)
    assert step is not None
    assert (step.get("limit"), step.get("unit")) == ("40", "working_day")
    assert not [line for line in told["p3"] if line.startswith("P")]


def test_bpmn_with_a_swapped_answer_does_not_run_like_the_graph() -> None:
    made = graph("KZ-YUZ.3", "portal")
    file = bpmn("KZ-YUZ.3", "portal").decode()
    swapped = file.replace('== "met"', '== "?"').replace('== "unmet"', '== "met"').replace('== "?"', '== "unmet"')
    with pytest.raises(AssertionError, match="w4"):
        Pair(made, started(swapped.encode()), {}).run()


@pytest.mark.parametrize(("passport_id", "channel", "variant"), SAMPLE)
def test_bpmn_sample_runs_in_spiffworkflow_as_the_graph_does(
    passport_id: str, channel: Channel, variant: str
) -> None:
    run_every_way(passport_id, channel, variant)


@pytest.mark.thorough
@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_bpmn_files_all_run_in_spiffworkflow_as_the_graph_does(
    passport_id: str, channel: Channel, variant: str
) -> None:
    run_every_way(passport_id, channel, variant)


def run_every_way(passport_id: str, channel: Channel, variant: str) -> None:
    """Run with favourable answers, and with each other answer once, parallel steps in two orders; every end is
    reached.
    """
    made = graph(passport_id, channel, variant)
    others = [{node.id: [answer]} for node in made.nodes for answer in node.chooses[1:]]
    ends: set[str] = set()
    for answers in [{}, *others]:
        first, last = (
            Pair(made, started(bpmn(passport_id, channel, variant)), answers).run(pick) for pick in (0, -1)
        )
        assert sorted(first) == sorted(last)
        assert answers or first[-1] == "end:completed"
        ends.add(first[-1])
    assert ends == {end.id for end in made.end_nodes}


def test_queue_for_kindergartens_goes_around_until_a_place_is_taken() -> None:
    made = graph("KZ-YUZ.1", "portal")
    taken = Pair(made, started(bpmn("KZ-YUZ.1", "portal")), {"w11": ["unmet", "unmet"]}).run()
    assert [taken.count(step) for step in ("t6", "w10:wait", "w10", "w11", "w12", "t7")] == [1, 3, 3, 3, 2, 1]
    assert taken[-1] == "end:completed"
