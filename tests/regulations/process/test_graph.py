"""Every passport and channel compiles to a graph that can run from its start to an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.bus.errors import Malformed, NotFound
from shared.regulations.loader import PASSPORT_FOLDER, load_passport
from shared.regulations.model import DECISIONS, Channel
from shared.regulations.process.compiler import compile_graph
from tests.regulations.graphs import EVERY, graph, passport, walked
from tests.regulations.unemployment import FILE, spoiled

SEV = PASSPORT_FOLDER / "kz-sev" / "01-targeted-social-assistance.yaml"
AKM = PASSPORT_FOLDER / "kz-akm" / "01-foreign-labour-permit.yaml"
ATY = PASSPORT_FOLDER / "kz-aty" / "02-foreign-labour-permit.yaml"


@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_graph_nodes_are_all_reached_and_lead_to_an_end(passport_id: str, channel: Channel, variant: str) -> None:
    made = graph(passport_id, channel, variant)
    assert made.unreachable_nodes() == frozenset()
    assert made.endless_nodes() == frozenset()
    assert all(not made.transitions_from(end.id) for end in made.end_nodes)


@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_graph_completes_a_case_with_good_answers(passport_id: str, channel: Channel, variant: str) -> None:
    made = graph(passport_id, channel, variant)
    done = walked(made)
    assert done[-1] == "end:completed"
    assert len(done) == len(set(done))


@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_graph_ends_every_other_answer_than_the_good_one_in_a_refusal_of_its_kind(
    passport_id: str, channel: Channel, variant: str
) -> None:
    made = graph(passport_id, channel, variant)
    for node in made.nodes:
        for answer in node.chooses[1:] if node.op != "enqueue" else ():  # with a place and without one it goes on
            done = walked(made, {node.id: answer})
            last = made.get_node(done[-1])
            is_loop = any(edge.target in done for edge in made.transitions_from(last.id))
            assert is_loop or last.end == "refused", node.id
            assert last.refusal is not None, node.id


@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_graph_steps_all_have_a_source_in_the_act(passport_id: str, channel: Channel, variant: str) -> None:
    for node in graph(passport_id, channel, variant).nodes:
        assert node.origin == "ours" or node.clause, node.id


def test_graph_of_a_walk_leads_to_the_rows_of_the_table_which_run_in_parallel() -> None:
    made = graph("KZ-YUZ.3", "portal")
    assert walked(made)[:9] == ["w1", "w2", "w3", "w5", "w6", "w7", "t1", "t2", "t3"]
    assert {edge.target for edge in made.transitions_from("t2")} == {"t3", "t4"}
    assert {edge.target for edge in made.transitions_from("t7")} == {"t8", "t11"}
    assert made.get_node("t8").join == "all"
    assert {edge.source for edge in made.transitions_into("end:completed")} == {"t4", "t9", "t10", "t14", "t15"}


def test_graph_goes_no_further_with_a_form_that_is_turned_down_at_once() -> None:
    made = graph("KZ-YUZ.3", "portal")
    assert walked(made, {"t1": "unmet"})[-2:] == ["t1", "end:t1"]
    assert made.get_node("end:t1").refusal == "invalid_data"


def test_graph_has_no_node_for_an_empty_row_and_nobody_waits_for_that_row() -> None:
    made = graph("KZ-SEV.1", "provider")
    assert [node.n for node in made.nodes if node.origin == "table"] == [1, 2, 3, 4, 5, 8, 7]
    assert [edge.source for edge in made.transitions_into("t7")] == ["t5"]


def test_graph_of_a_channel_without_steps_runs_like_another_with_its_own_limit() -> None:
    provider, akim = graph("KZ-SEV.1", "provider"), graph("KZ-SEV.1", "akim")
    assert [node.id for node in akim.nodes] == [node.id for node in provider.nodes]
    limits = [made.get_node("t4").limit for made in (provider, akim)]
    assert [(one.amount, one.unit) for one in limits if one] == [(7, "working_day"), (22, "working_day")]


def test_graph_runs_the_providers_procedure_between_two_steps_of_the_portals_walk() -> None:
    done = walked(graph("KZ-AKM.1", "portal", "employer-issue"))
    assert done[done.index("w8") :] == ["w8", "p1", "p2", "p3", "w9", "p4", "p5", "w11", "end:completed"]


def test_graph_has_the_provider_in_the_system_that_the_portal_sends_to() -> None:
    held = {
        region: {
            node.holder for node in graph(region, "portal", "employer-issue").nodes if node.origin == "procedure"
        }
        for region in ("KZ-AKM.1", "KZ-ATY.2")
    }
    assert held == {"KZ-AKM.1": {"arm_rshep"}, "KZ-ATY.2": {"gbd_elicense"}}
    in_person = graph("KZ-ATY.2", "provider", "employer-issue")
    assert {node.holder for node in in_person.nodes if node.origin == "procedure"} == {"is_mio"}


def test_graph_makes_a_change_of_holder_a_message_unless_a_binding_says_which() -> None:
    sent = [
        (one.step, one.kind, one.sender, one.recipient)
        for one in graph("KZ-AKM.1", "portal", "employer-issue").message_routes()
    ]
    assert sent == [
        ("w8", "REQUEST", "portal_pep", "arm_rshep"),
        ("p1", "UPDATE", "arm_rshep", "portal_pep"),
        ("p2", "UPDATE", "arm_rshep", "portal_pep"),
        ("w9", "RESPONSE", "arm_rshep", "portal_pep"),
        ("p5", "RESPONSE", "arm_rshep", "portal_pep"),
    ]
    tables = [(one.step, one.kind, one.recipient) for one in graph("KZ-SEV.1", "provider").message_routes()]
    assert tables == [("t2", "REQUEST", "is_cgo")]


@pytest.mark.parametrize(
    ("variant", "days"),
    [
        ("employer-issue", 40),
        ("employer-reissue", 30),
        ("employer-extension", 7),
        ("worker-issue-or-extension", 30),
        ("worker-reissue", 2),
    ],
)
def test_graph_variants_each_have_their_own_limit(variant: str, days: int) -> None:
    limit = graph("KZ-AKM.1", "provider", variant).get_node("p3").limit
    assert limit is not None
    assert (limit.amount, limit.unit) == (days, "working_day")


def test_graph_step_that_needs_papers_of_the_applicant_waits_for_them() -> None:
    made = graph("KZ-ATY.2", "provider", "employer-issue")
    done = walked(made)
    assert done[done.index("p9") :] == ["p9", "p10:wait", "p10", "p11", "p12", "end:completed"]
    wait = made.get_node("p10:wait")
    assert (wait.kind, wait.chooses) == ("wait", ("received",))
    assert wait.wait is not None
    assert wait.wait.deadline is not None
    assert (wait.wait.deadline.amount, wait.wait.deadline.unit) == (20, "working_day")


def test_graph_ends_after_the_notice_without_a_permit_if_the_commission_refuses() -> None:
    made = graph("KZ-ATY.2", "provider", "employer-issue")
    assert made.get_node("p4").chooses == ("granted", "refused")
    assert walked(made, {"p4": "refused"})[-3:] == ["p8", "p9", "end:p9:refused"]


def test_graph_decision_without_its_own_branch_ends_either_way_at_the_last_step() -> None:
    made = graph("KZ-ATY.2", "provider", "employer-extension")
    assert walked(made)[-2:] == ["p7", "end:completed"]
    assert walked(made, {"p4": "refused"})[-2:] == ["p7", "end:refused"]


def test_graph_passes_by_steps_of_another_channel() -> None:
    assert "p5" not in walked(graph("KZ-AKM.2", "provider"))
    assert walked(graph("KZ-AKM.2", "akim"))[3:6] == ["p4", "p5", "p6"]
    assert walked(graph("KZ-AKM.2", "akim"))[-2:] == ["p9", "end:completed"]


def test_graph_of_a_service_centre_hands_over_a_grant_and_tells_of_a_refusal() -> None:
    made = graph("KZ-AKM.2", "con")
    assert walked(made)[-4:] == ["p8", "w5:wait", "w5", "end:completed"]
    assert walked(made, {"p6": "refused"})[-3:] == ["p8", "w6", "end:refused"]
    assert walked(made, {"w1": "incomplete"}) == ["w1", "end:w1:incomplete"]
    assert made.get_node("end:w1:incomplete").refusal == "incomplete"


def test_graph_of_the_akim_relays_to_the_provider_and_back_and_allows_more_time() -> None:
    made = graph("KZ-ATY.6", "akim")
    assert walked(made) == ["a1", "a2", "a3", "p1", "p2", "p3", "p4", "p5", "a4", "end:completed"]
    limits = [graph("KZ-ATY.6", channel).get_node("p3").limit for channel in ("provider", "con", "akim")]
    assert [one.amount for one in limits if one] == [6, 6, 19]
    assert made.get_node("p5").media == ("courier",)


def test_graph_has_a_media_break_only_where_a_person_brings_papers() -> None:
    assert graph("KZ-AKM.1", "provider", "employer-issue").get_node("p1").kind == "media"
    assert graph("KZ-AKM.1", "portal", "employer-issue").get_node("p1").kind == "human"


def test_graph_gives_a_condition_without_a_printed_refusal_an_end_of_ours(tmp_path: Path) -> None:
    text = AKM.read_text(encoding="utf-8")
    first, last = text.index("    - item: 10)"), text.index("    - item: 11)")
    path = spoiled(tmp_path, text[first:last], "", AKM)
    made = compile_graph(load_passport(path), "portal", "employer-issue")
    end = made.get_node("end:w9:unmet")
    assert (end.origin, end.end, end.refusal) == ("ours", "refused", "documents")


def test_graph_makes_an_offer_that_is_declined_come_again(tmp_path: Path) -> None:
    path = spoiled(tmp_path, *VACANCY, SEV)
    made = compile_graph(load_passport(path), "portal")
    assert [edge.source for edge in made.transitions_into("w10:wait")] == ["t5", "w12"]
    assert [(edge.target, edge.answer) for edge in made.transitions_from("w11")] == [
        ("w12", "unmet"),
        ("t6", "met"),
    ]
    assert made.get_node("t6").join == "all"
    assert made.endless_nodes() == made.unreachable_nodes() == frozenset()


@pytest.mark.parametrize(
    ("channel", "decision", "offer", "row"),
    [("provider", "t5", "w10", "t6"), ("con", "t6", "w9", "t7"), ("portal", "t6", "w10", "t7")],
)
def test_graph_lets_an_applicant_refused_a_queue_place_wait_for_no_vacancy(
    channel: Channel, decision: str, offer: str, row: str
) -> None:
    made = graph("KZ-YUZ.1", channel)
    refused, granted = walked(made, {decision: "refused"}), walked(made)
    assert not {f"{offer}:wait", offer} & set(refused)
    assert refused.index(row) > refused.index(decision)
    assert refused[-1] == "end:refused"
    way = [decision, f"{offer}:wait", offer, row]
    assert [one for one in granted if one in way] == way


def test_graph_lets_the_document_wait_for_the_parents_yes_or_the_authoritys_no() -> None:
    made = graph("KZ-YUZ.1", "portal")
    before = walked(made)[: walked(made).index("w10:wait")]
    assert "t7" not in made.allowed_nodes(dict.fromkeys(before, "met") | {"t6": "granted"})
    assert "t7" in made.allowed_nodes(dict.fromkeys(before, "met") | {"t6": "refused"})


@pytest.mark.parametrize(("passport_id", "channel", "variant"), EVERY)
def test_graph_decides_a_case_once(passport_id: str, channel: Channel, variant: str) -> None:
    made = graph(passport_id, channel, variant)
    decisions = [node.id for node in made.nodes if node.op in DECISIONS and node.chooses]
    assert len(decisions) <= 1


def test_graph_decides_a_one_channel_refusal_after_executor_and_before_signature() -> None:
    done = walked(graph("KZ-ATY.13", "con"))
    assert done[done.index("w7") :] == ["w7", "p1", "p2", "p3", "w8", "p4", "p5", "w9", "end:completed"]
    assert walked(graph("KZ-ATY.13", "con"), {"w8": "refused"})[-1] == "end:refused"
    assert [end.id for end in graph("KZ-ATY.13", "provider").end_nodes] == ["end:completed"]


VACANCY = (
    "    - item: 10)\n      label: процесс 7\n      by: сотрудник МИО\n      "
    "action: Сотрудник готовит уведомление либо обоснованный отказ, подписывает ЭЦП, документ "
    "уходит в личный кабинет\n",
    """    - item: 10)
      label: процесс 7
      by: сотрудник МИО
      action: Гражданину сообщают, что место есть
      clause: п. 7
      waits: {of: свободное место}
      performs: {op: offer, system: is_mio, after: [5]}
    - item: 11)
      label: условие 3
      by: потребитель
      action: Гражданин решает, взять ли место
      clause: п. 7
      performs: {op: answer, system: portal_pep}
    - item: 12)
      label: процесс 8
      by: потребитель
      action: Гражданин отказался и остаётся в очереди
      clause: п. 7
      refusal: true
      refusal_kind: declined
      branches: [{answer: declined, when: остаётся в очереди, to: процесс 7}]
      performs: {op: answer, system: portal_pep}
    - item: 13)
      label: процесс 9
      by: сотрудник МИО
      action: Сотрудник готовит уведомление и подписывает его
""",
)


SPOILS = {
    "a row that no step of the walk tells": (
        "rows: [5, 8]",
        "rows: [8]",
        SEV,
        "no step of the walk tells rows [5]",
    ),
    "a row that is told twice": ("rows: [5, 8]", "rows: [4, 5, 8]", SEV, "rows [4] are told twice"),
    "a row that the table lacks": ("rows: [5, 8]", "rows: [5, 8, 33]", SEV, "step 33 does not exist"),
    "a step that runs a procedure which is not there": (
        "      rows: [7]\n",
        "      performs: {op: issue, system: is_mio}\n      then: all\n",
        SEV,
        "the procedure has no step for all",
    ),
    "a procedure that no step of a channel runs": ("      then: rest\n", "", AKM, "runs the whole procedure"),
    "a procedure cut at a step that it has not": ("      then: 3\n", "      then: 9\n", AKM, "has no step for 9"),
    "a refusal that no condition leads to": (
        "      label: условие 3\n",
        "      label: процесс 5а\n",
        AKM,
        "nothing leads to this step",
    ),
    "a branch to a step that is not next": (
        "{answer: granted, when: решено выдать, to: 10}",
        "{answer: granted, when: решено выдать, to: 11}",
        ATY,
        "step 11 is not among the next",
    ),
    "a channel that follows one the act does not describe": (
        "      like: provider\n",
        "      like: con\n",
        SEV,
        "the procedure has no step for all",
    ),
    "a walk without its binding": (
        "      clause: п. 9, пп. 2)\n      performs: {op: login, system: portal_pep}\n",
        "      clause: п. 9, пп. 2)\n",
        AKM,
        "a step of a walk has performs, or the rows",
    ),
}
"""Fault: the text in the passport, its replacement, the file, the message of the refusal."""


@pytest.mark.parametrize("fault", SPOILS)
def test_graph_of_a_passport_whose_tellings_do_not_fit_is_refused_with_its_line(
    fault: str, tmp_path: Path
) -> None:
    old, new, file, told = SPOILS[fault]
    path = spoiled(tmp_path, old, new, file)
    with pytest.raises(Malformed) as refusal:
        load_passport(path)
    problems = refusal.value.details["problems"]
    assert any(told in problem["message"] for problem in problems), refusal.value.message
    assert all(problem["line"] >= 1 for problem in problems)
    assert FILE.name not in refusal.value.message


def test_graph_refusals_line_is_that_of_the_step_at_fault(tmp_path: Path) -> None:
    old, new, file, _ = SPOILS["a refusal that no condition leads to"]
    path = spoiled(tmp_path, old, new, file)
    with pytest.raises(Malformed) as refusal:
        load_passport(path)
    text = path.read_text(encoding="utf-8").split("\n")
    assert text[refusal.value.details["line"] - 1].strip() == "- item: 10)"


def test_graph_of_a_channel_or_variant_that_the_act_does_not_give_is_not_found() -> None:
    with pytest.raises(NotFound) as no_channel:
        graph("KZ-AKM.1", "con", "employer-issue")
    with pytest.raises(NotFound) as no_variant:
        graph("KZ-AKM.1", "portal")
    with pytest.raises(NotFound) as no_step:
        graph("KZ-YUZ.3", "con").get_node("t10")
    codes = [caught.value.code for caught in (no_channel, no_variant, no_step)]
    assert codes == ["channel-not-found", "variant-not-found", "step-not-found"]


def test_graph_compiled_twice_is_the_same() -> None:
    one, other = (compile_graph(passport("KZ-YUZ.3"), "con") for _ in range(2))
    assert (one.nodes, one.transitions) == (other.nodes, other.transitions)
