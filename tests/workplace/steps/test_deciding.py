"""An application is decided: granted or refused by people, by a commission, or by the act's own refusal."""

from __future__ import annotations

import pytest

from shared.bus.errors import BusError, Conflict, Malformed
from shared.contracts.cases import CaseResult, DecisionOutcome, StatusChanged
from shared.contracts.documents import read_output
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from shared.workplace.records.documents import DRAFT
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import read_document
from tests.pki.near_centre import signed
from tests.pki.pki_centre import IIN
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace

REASON = "заявитель работает"


@pytest.fixture
def mio(open_workplace: OpenWorkplace) -> Workplace:
    """ИС МИО, where applications for KZ-YUZ.3 (the certificate of the unemployed) come from the portal."""
    return open_workplace("is_mio", "KZ-YUZ.3")


def decided(desk: Workplace, answer: str = "granted", reason: str | None = None) -> str:
    """An application that is accepted (t5) and decided (t6)."""
    case = desk.receive("portal")
    desk.act(case, "t5")
    desk.act(case, "t6", answer, reason=reason)
    return case


def draft(desk: Workplace, case: str) -> bytes:
    content = desk.read(lambda session: read_document(session, case, DRAFT))
    assert content is not None
    return content


def test_application_is_registered_by_the_system_with_number_and_status(mio: Workplace) -> None:
    """t3: «система органа даёт заявлению номер и статус «поступившие»»; an UPDATE reports this to the portal."""
    case = mio.case(mio.receive("portal"))
    assert (case.number, case.status, case.stage) == ("KZ-YUZ-2026-0000001", "поступившие", CaseStage.RECEIVED)
    update = mio.last(StatusChanged)
    assert (update.step, update.status, update.number) == ("t3", "поступившие", case.number)
    assert mio.todo(case.case_id) == ["t5"]


def test_accepted_application_is_in_work_at_one_employee(mio: Workplace) -> None:
    """t5: «сотрудник берёт заявление себе»."""
    case = mio.receive("portal")
    after = mio.act(case, "t5")
    assert (after.stage, after.employee) == (CaseStage.IN_WORK, mio.employee_for(case, "t5").iin)
    assert mio.todo(case) == ["t6"]


def test_granted_application_has_a_draft_and_waits_to_be_issued(mio: Workplace) -> None:
    """t6 «решает», t7 «Система собирает выходной документ» with the status «в работе»; t12 signs, not t7."""
    case = decided(mio)
    after = mio.case(case)
    assert (after.outcome, after.reason, after.status, after.stage) == (
        "positive",
        None,
        "в работе",
        CaseStage.DECIDED,
    )
    document = read_output(draft(mio, case))
    assert (document.outcome, document.number, document.applicant) == ("positive", after.number, IIN)
    assert (mio.last(StatusChanged).step, mio.last(StatusChanged).status) == ("t7", "в работе")
    assert mio.todo(case) == ["t11"]
    with pytest.raises(AssertionError, match="signed yet"):
        mio.output(case)


def test_refused_application_has_its_reason_in_the_document(mio: Workplace) -> None:
    case = decided(mio, "refused", REASON)
    after = mio.case(case)
    assert (after.outcome, after.reason) == ("negative", REASON)
    document = read_output(draft(mio, case))
    assert (document.outcome, document.reason) == ("negative", REASON)
    assert REASON in document.text


def test_refusal_needs_a_reason_and_changes_nothing_without_one(mio: Workplace) -> None:
    case = mio.receive("portal")
    mio.act(case, "t5")
    before = mio.case(case)
    with pytest.raises(Malformed) as caught:
        mio.act(case, "t6", "refused")
    assert caught.value.code == "reason-missing"
    assert mio.case(case) == before


def test_signed_document_goes_back_with_the_case_completed(mio: Workplace) -> None:
    """t12: «Документ подписан ЭЦП сотрудника», a RESPONSE to the portal and a NOTIFICATION to ИС ЦОН."""
    case = decided(mio)
    mio.act(case, "t11")
    after = mio.act(case, "t12")
    assert mio.kinds(case)[-2:] == ["RESPONSE t12", "NOTIFICATION t12"]
    assert (after.stage, after.status) == (CaseStage.COMPLETED, "завершение оказания услуги")
    document, signer_iin = mio.output(case)
    assert (document.outcome, signer_iin) == (DecisionOutcome.POSITIVE, mio.employee_for(case, "t12").iin)
    result = mio.last(CaseResult)
    assert (result.outcome, result.number) == (DecisionOutcome.POSITIVE, after.number)
    assert result.document is not None
    assert signed_data.open_signed(result.document).content == draft(mio, case)


def test_employee_may_sign_with_a_key_that_the_workplace_has_not(mio: Workplace) -> None:
    case = decided(mio)
    mio.act(case, "t11")
    cms = mio.sign_as(mio.employee_for(case, "t12"), draft(mio, case))
    mio.act(case, "t12", cms=cms)
    result = mio.last(CaseResult)
    assert result.document == cms


def test_signature_over_another_document_is_refused(mio: Workplace) -> None:
    case = decided(mio)
    mio.act(case, "t11")
    cms = mio.sign_as(mio.employee_for(case, "t12"), draft(mio, case) + b" ")
    with pytest.raises(BusError) as caught:
        mio.act(case, "t12", cms=cms)
    assert caught.value.code == "other-document"
    assert mio.todo(case) == ["t12"]


def test_signature_of_somebody_else_is_refused(mio: Workplace) -> None:
    case = decided(mio)
    mio.act(case, "t11")
    cms = signed(draft(mio, case), CertificateKind.EMPLOYEE, mio.now)
    with pytest.raises(BusError) as caught:
        mio.act(case, "t12", cms=cms)
    assert caught.value.code == "eds-iin-mismatch"


def test_step_that_is_done_is_not_taken_twice(mio: Workplace) -> None:
    case = decided(mio)
    with pytest.raises(Conflict) as caught:
        mio.act(case, "t6", "refused", reason=REASON)
    assert caught.value.code == "step-already-done"
    with pytest.raises(Conflict) as caught:
        mio.act(case, "t12")
    assert caught.value.code == "step-out-of-order"


def test_act_without_a_step_to_compose_has_the_document_made_with_the_decision(
    open_workplace: OpenWorkplace,
) -> None:
    """KZ-AKM.2, п. 5: п/п 6 the executor «пишет уведомление либо отказ», п/п 7 «Руководство … подписывает»."""
    desk = open_workplace("is_mio", "KZ-AKM.2")
    case = desk.take_in("provider")
    for step in ("p2", "p3", "p4"):
        desk.act(case, step)
    assert desk.case(case).employee == desk.employee_for(case, "p3").iin, "who reviews has the case"
    desk.act(case, "p6", "refused", reason=REASON)
    assert read_output(draft(desk, case)).reason == REASON
    desk.act(case, "p7")
    document, signer_iin = desk.output(case)
    assert (document.outcome, signer_iin) == (DecisionOutcome.NEGATIVE, desk.employee_for(case, "p7").iin)
    assert desk.act(case, "p8").stage == CaseStage.COMPLETED


def test_commission_that_is_against_it_refuses_the_case(open_workplace: OpenWorkplace) -> None:
    """KZ-ATY.2, п/п 4: «Комиссия … советует выдать разрешение или отказать»; no later step decides."""
    desk = open_workplace("is_mio", "KZ-ATY.2")
    case = desk.take_in("provider", variant="employer-issue")
    desk.act(case, "p2")
    desk.act(case, "p3")
    desk.act(case, "p4", "refused", reason=REASON)
    assert (desk.case(case).outcome, desk.case(case).reason) == ("negative", REASON)
    for step in ("p5", "p6"):
        desk.act(case, step)
    assert desk.output(case)[0].outcome == DecisionOutcome.NEGATIVE


def test_commission_that_is_for_it_decides_nothing_by_itself(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_mio", "KZ-ATY.2")
    case = desk.take_in("provider", variant="employer-issue")
    for step in ("p2", "p3"):
        desk.act(case, step)
    desk.act(case, "p4", "granted")
    assert desk.case(case).outcome is None


def test_condition_that_is_not_met_ends_in_the_acts_own_refusal(open_workplace: OpenWorkplace) -> None:
    """KZ-ATY.2, portal: in w11 the provider checks whether the applicant qualifies; w12 refuses automatically."""
    desk = open_workplace("gbd_elicense", "KZ-ATY.2")
    case = desk.receive("portal", variant="employer-issue")
    for step in ("p1", "p2", "p3"):
        desk.act(case, step)
    ended = desk.act(case, "w11", "unmet", reason=REASON)
    assert desk.steps(case)[-1] == "w12"
    assert (ended.stage, ended.outcome, ended.reason) == (CaseStage.COMPLETED, "negative", REASON)
    result = desk.last(CaseResult)
    assert (result.step, result.outcome, result.reason) == ("w12", DecisionOutcome.NEGATIVE, REASON)
