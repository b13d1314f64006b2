"""A visitor brings papers: an employee examines and accepts them, or refuses with a расписка."""

from __future__ import annotations

import pytest

from shared.bus.errors import Conflict, Refused
from shared.contracts.cases import ApplicationMessage
from shared.contracts.documents import Attachment, read_application
from shared.pki.cms import signed_data
from shared.workplace.records.stages import CaseStage
from shared.workplace.steps import receipts
from tests.pki.pki_centre import IIN
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace


def papers_of(desk: Workplace, case: str) -> list[tuple[str, str]]:
    rows = desk.read(lambda session: receipts.receipts_of_case(session, case))
    return [(row.kind, row.step) for row in rows]


def test_papers_that_are_complete_wait_to_be_accepted(open_workplace: OpenWorkplace) -> None:
    """KZ-AKM.2, w1: «Гражданин приносит документы»; w2 queries ИС ЦГО automatically; w3: «Приняв документы,
    работник выдаёт расписку».
    """
    desk = open_workplace("is_con", "KZ-AKM.2")
    case = desk.take_in("con")
    assert desk.steps(case) == ["w1", "w2"]
    assert desk.todo(case) == ["w3"]
    assert list(desk.queries(case)) == ["is_cgo"]
    assert (desk.case(case).stage, desk.case(case).outcome) == (CaseStage.RECEIVED, None)
    assert papers_of(desk, case) == []


def test_papers_that_are_accepted_are_signed_for_with_a_receipt(open_workplace: OpenWorkplace) -> None:
    """KZ-AKM.2, п. 10: what the расписка of the centre holds, in the words and the order of the act."""
    desk = open_workplace("is_con", "KZ-AKM.2")
    scan = Attachment(name="справка", media_type="application/pdf", content="")
    case = desk.take_in("con", attachments=[scan])
    after = desk.act(case, "w3")
    worker = desk.employee()
    assert (after.employee, after.stage) == (worker.iin, CaseStage.IN_WORK)
    (row,) = desk.read(lambda session: receipts.receipts_of_case(session, case))
    assert (row.kind, row.step, row.clause) == ("accepted", "w3", "п. 10")
    lines = {line.label: line.value for line in receipts.lines_of(row)}
    assert list(lines) == list(next(one for one in desk.passport.receipts if one.channel == "con").holds)
    assert lines["количество и названия приложенных документов"] == "1: справка"
    assert lines["фамилия, имя, отчество работника центра, принявшего заявление"].startswith(worker.surname)
    assert IIN in next(value for label, value in lines.items() if "услугополучателя" in label)


def test_papers_that_are_missing_end_the_case_with_two_receipts(open_workplace: OpenWorkplace) -> None:
    """KZ-AKM.2, пп. 13 and 15: «расписка с указанием недостающих документов», «об отказе в приеме документов»."""
    desk = open_workplace("is_con", "KZ-AKM.2")
    case = desk.take_in("con", missing=["справка о доходах"])
    assert sorted(papers_of(desk, case)) == [("missing", "w1"), ("refused", "w1")]
    ended = desk.case(case)
    assert (ended.stage, ended.outcome) == (CaseStage.COMPLETED, "negative")
    assert ended.reason is not None
    assert "справка о доходах" in ended.reason
    assert desk.sent == [], "nothing of it reaches the provider"


def test_papers_signed_for_at_one_moment_get_receipts_with_different_tails(open_workplace: OpenWorkplace) -> None:
    """Who knows a number may read the расписка, so its tail is taken from the random end of an id."""
    desk = open_workplace("is_con", "KZ-AKM.2")
    case = desk.take_in("con", missing=["справка о доходах"])
    rows = desk.read(lambda session: receipts.receipts_of_case(session, case))
    assert len({row.number.rpartition("-")[2] for row in rows}) == len(rows) == 2


def test_papers_cannot_be_missing_where_the_act_looks_for_none(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_con", "KZ-ATY.6")
    with pytest.raises(Refused) as caught:
        desk.take_in("con", missing=["справка"])
    assert caught.value.code == "papers-missing"
    assert desk.read(lambda session: len(receipts.receipts_of_case(session, desk.new_id()))) == 0


def test_papers_that_the_worker_compares_may_turn_out_incomplete_later(open_workplace: OpenWorkplace) -> None:
    """KZ-AKM.16, w3: the originals are compared with what the registers answered (op verify)."""
    desk = open_workplace("is_con", "KZ-AKM.16")
    case = desk.take_in("con")
    (step,) = desk.todo(case)
    node = desk.graph(desk.case(case)).get_node(step)
    assert (node.op, node.chooses) == ("verify", ("complete", "incomplete"))
    ended = desk.act(case, step, "incomplete", reason="не представлены документы: акт")
    assert (ended.stage, ended.outcome, ended.reason) == (
        CaseStage.COMPLETED,
        "negative",
        "не представлены документы: акт",
    )
    assert {kind for kind, _ in papers_of(desk, case)} <= {"missing", "refused"}


def test_papers_that_agree_decide_nothing(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_con", "KZ-AKM.16")
    case = desk.take_in("con")
    after = desk.act(case, desk.todo(case)[0], "complete")
    assert (after.outcome, after.stage == CaseStage.COMPLETED) == (None, False)


def test_papers_that_an_office_receives_get_a_number_and_a_receipt(open_workplace: OpenWorkplace) -> None:
    """KZ-AKM.2, п. 5, пп. 1): the office takes the documents and writes them down; «выдача расписки»."""
    desk = open_workplace("is_mio", "KZ-AKM.2")
    case = desk.take_in("provider")
    assert desk.steps(case) == ["p1"]
    assert papers_of(desk, case) == [("accepted", "p1")]
    assert desk.case(case).number == f"{desk.passport.region}-2026-0000001"
    assert desk.todo(case) == ["p2"]


def test_papers_that_came_over_the_bus_are_nobodys_to_sign_for(open_workplace: OpenWorkplace) -> None:
    """The office still receives the papers; the citizen is at the centre and has the centre's расписка."""
    desk = open_workplace("is_mio", "KZ-AKM.2")
    case = desk.receive("con")
    desk.act(case, "p1")
    assert papers_of(desk, case) == []


def test_application_is_signed_by_the_operator_and_goes_to_the_provider(open_workplace: OpenWorkplace) -> None:
    """KZ-YUZ.3, con: w5 «Оператор ставит свою ЭЦП под формой и вложениями», t2 sends the REQUEST to ИС МИО."""
    desk = open_workplace("is_con", "KZ-YUZ.3")
    case = desk.take_in("con", authority="kz-yuz.employment.15")
    assert desk.kinds(case) == ["REQUEST t2"]
    request = desk.last(ApplicationMessage)
    opened = signed_data.open_signed(request.document)
    document = read_application(opened.content)
    assert (document.application_id, document.applicant, document.authority) == (
        case,
        IIN,
        "kz-yuz.employment.15",
    )
    assert [step.step for step in request.steps] == desk.steps(case)
    assert {step.answer for step in request.steps if step.step in ("w2", "w6")} == {"met"}, "ЭЦП of the operator"
    assert desk.case(case).number is None, "the provider numbers the case"


def test_application_for_the_same_is_taken_in_once_while_it_is_open(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_mio", "KZ-AKM.2")
    case = desk.take_in("provider")
    with pytest.raises(Conflict) as caught:
        desk.take_in("provider")
    assert (caught.value.code, caught.value.details) == ("application-open-already", {"case": case})


def test_step_is_refused_to_a_role_to_which_the_act_gives_it_not(open_workplace: OpenWorkplace) -> None:
    """KZ-AKM.2, п. 5, пп. 2): «руководство услугодателя» names the executor; the office does not."""
    desk = open_workplace("is_mio", "KZ-AKM.2")
    case = desk.take_in("provider")
    office = desk.employee_for(case, "p1")
    with pytest.raises(Refused) as caught:
        desk.act(case, "p2", by=office)
    assert caught.value.code == "role-refused"
    assert desk.todo(case) == ["p2"]
    assert desk.act(case, "p2").todo == ("p3",)
