"""The queries of a case to the registers and its orders to ГЦВП, and the steps that follow their answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.bus.errors import NotFound, Refused
from shared.contracts.cases import CASE, CHANNEL, REGULATION, VARIANT, DeliveryState, DeliveryStateChanged
from shared.contracts.documents import Representative, read_output
from shared.contracts.payments import PaymentOrder
from shared.contracts.registers import PersonAnswer, PersonQuery, PersonRecord, PowerAnswer, PowerQuery
from shared.pki.cms import signed_data
from shared.workplace.records.stages import CaseStage
from tests.pki.pki_centre import IIN, OTHER_IIN
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace

AGENT = Representative(iin=OTHER_IIN, power_number="Д-77")


@pytest.fixture
def con(open_workplace: OpenWorkplace) -> Workplace:
    """A centre where KZ-ATY.6 is applied for: w4 asks НР ИИН and ЕНИС, w5 checks what they know."""
    return open_workplace("is_con", "KZ-ATY.6")


def person(**changes: Any) -> PersonAnswer:
    fields: dict[str, Any] = {
        "iin": IIN,
        "surname": "Ахметов",
        "name": "Нұрлан",
        "birth_date": date(1985, 1, 1),
        "sex": "M",
        "region": "KZ-ATY",
        "address": "Атырау",
        "is_alive": True,
    }
    return PersonAnswer(person=PersonRecord(**{**fields, **changes}))


def test_register_is_asked_in_a_chain_of_its_own_and_the_case_waits(con: Workplace) -> None:
    case = con.take_in("con")
    (query,) = con.messages()
    assert query == PersonQuery(iin=IIN)
    row = con.queries(case)["nr_iin"]
    assert con.sent[0].info.correlation_id == row.id != case
    assert (row.step, row.answer) == ("w4", None)
    assert con.todo(case) == [], "nobody may go on before the answer"
    assert con.steps(case)[-1] == "w4"


def test_power_of_attorney_is_asked_about_only_where_somebody_acts_for_another(con: Workplace) -> None:
    case = con.take_in("con", representative=AGENT)
    assert sorted(con.queries(case)) == ["enis", "nr_iin"]
    assert con.last(PowerQuery) == PowerQuery(number="Д-77", principal_iin=IIN, attorney_iin=OTHER_IIN)


def test_case_goes_on_when_every_register_knows_what_it_was_asked(con: Workplace) -> None:
    case = con.take_in("con", representative=AGENT)
    rows = con.queries(case)
    con.hear(rows["nr_iin"].id, person(), "w4", "nr_iin")
    assert con.todo(case) == [], "ЕНИС has not answered yet"
    con.hear(rows["enis"].id, PowerAnswer(power=None, is_in_force=True), "w4", "enis")
    assert con.todo(case) == ["w7"]
    assert con.steps(case)[-1] == "w5"


@pytest.mark.parametrize("answer", [PersonAnswer(person=None), person(is_alive=False)], ids=["nobody", "dead"])
def test_person_whom_the_register_does_not_know_is_refused_by_its_name(con: Workplace, answer: Any) -> None:
    """KZ-ATY.6, w6: «Сведений нет в НР ИИН или в ЕНИС, сообщается, что получить их нельзя»."""
    case = con.take_in("con")
    con.hear(con.queries(case)["nr_iin"].id, answer, "w4", "nr_iin")
    ended = con.case(case)
    (ground,) = (one.text for one in con.passport.refusals if one.kind == "no_data")
    assert (ended.stage, ended.outcome, ended.reason) == (
        CaseStage.COMPLETED,
        "negative",
        f"{ground} (НР ИИН)",
    )


def test_second_answer_to_a_question_changes_nothing(con: Workplace) -> None:
    case = con.take_in("con")
    query = con.queries(case)["nr_iin"].id
    con.hear(query, person(), "w4", "nr_iin")
    con.hear(query, PersonAnswer(person=None), "w4", "nr_iin")
    assert con.todo(case) == ["w7"]
    assert con.case(case).outcome is None


def test_answer_to_a_question_that_nobody_asked_is_refused(con: Workplace) -> None:
    with pytest.raises(NotFound) as caught:
        con.hear(con.new_id(), person(), "w4", "nr_iin")
    assert caught.value.code == "query-unknown"


def test_worker_compares_originals_without_waiting_for_the_answer(open_workplace: OpenWorkplace) -> None:
    """KZ-AKM.16, w3: what ИС ЦГО answers only shows; the worker may go on by the originals."""
    desk = open_workplace("is_con", "KZ-AKM.16")
    case = desk.take_in("con")
    row = desk.queries(case)["is_cgo"]
    carried = DeliveryStateChanged(message_id=row.message_id, recipient="is_cgo", state=DeliveryState.ON_DELIVERY)
    desk.hear(case, carried, "w2", "shep_gateway")
    assert desk.todo(case) == ["w3"]
    assert desk.queries(case)["is_cgo"].answer is None


def test_news_of_a_message_that_will_not_arrive_leaves_the_case_as_it_is(con: Workplace) -> None:
    case = con.take_in("con")
    before = con.case(case)
    lost = DeliveryStateChanged(
        message_id=con.queries(case)["nr_iin"].message_id, recipient="nr_iin", state=DeliveryState.NOT_DELIVERED
    )
    con.hear(case, lost, "w4", "shep_gateway")
    assert con.case(case) == before


def test_region_does_not_tell_what_the_gateway_carried_on(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_con", "KZ-AKM.16")
    case = desk.take_in("con")
    row = desk.queries(case)["is_cgo"]
    carried = DeliveryStateChanged(message_id=row.message_id, recipient="is_cgo", state=DeliveryState.ON_DELIVERY)
    with pytest.raises(Refused) as caught:
        desk.hear(case, carried, "w2", "rshep_regional.kz-akm")
    assert caught.value.code == "not-a-participant"


def granted(desk: Workplace, answer: str, reason: str | None = None) -> str:
    """KZ-ATY.6 at the provider: received, resolved, decided, signed, issued."""
    case = desk.take_in("provider")
    desk.act(case, "p2")
    desk.act(case, "p3", answer, reason=reason)
    desk.act(case, "p4")
    desk.act(case, "p5")
    return case


def test_granted_allowance_is_ordered_from_the_payment_centre_once_it_is_issued(
    open_workplace: OpenWorkplace,
) -> None:
    desk = open_workplace("is_mio", "KZ-ATY.6")
    case = granted(desk, "granted")
    order = desk.last(PaymentOrder)
    assert (order.order_id, order.iin, order.service_type) == (case, IIN, "child-allowance")
    assert order.case == case
    decision = read_output(signed_data.open_signed(order.decision).content)
    assert decision == desk.output(case)[0]
    assert (decision.application_id, decision.applicant, decision.outcome) == (case, IIN, "positive")
    assert desk.queries(case)["gcvp"].step == "p5"
    assert len([one for one in desk.messages() if isinstance(one, PaymentOrder)]) == 1


def test_assistance_that_is_signed_after_its_issue_is_ordered_at_the_signature(
    open_workplace: OpenWorkplace,
) -> None:
    """KZ-SEV.1: row 7 of the table hands the result out, row 8 signs the result."""
    desk = open_workplace("is_mio", "KZ-SEV.1")
    case = desk.take_in("provider")
    query = desk.queries(case)["is_cgo"]
    carried = DeliveryStateChanged(
        message_id=query.message_id, recipient="is_cgo", state=DeliveryState.ON_DELIVERY
    )
    desk.hear(case, carried, "t2", "shep_gateway")
    desk.act(case, "t4", "granted")
    desk.act(case, "t7")
    assert "gcvp" not in desk.queries(case), "nobody has signed yet"
    desk.act(case, "t8")
    assert desk.queries(case)["gcvp"].step == "t8"
    assert read_output(signed_data.open_signed(desk.last(PaymentOrder).decision).content) == desk.output(case)[0]


def test_question_to_a_register_names_its_case_in_the_envelope(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_con", "KZ-AKM.13")
    case = desk.take_in("con", variant="card")
    query = desk.queries(case)["is_cgo"]
    (info,) = (out.info for out in desk.sent if out.info.correlation_id == query.id)
    named = {name: info.find_property(name) for name in (CASE, REGULATION, CHANNEL, VARIANT)}
    assert named == {CASE: case, REGULATION: "KZ-AKM.13", CHANNEL: "con", VARIANT: "card"}


def test_refused_allowance_is_not_paid(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_mio", "KZ-ATY.6")
    case = granted(desk, "refused", "доход выше")
    assert desk.case(case).stage == CaseStage.COMPLETED
    assert desk.queries(case) == {}
