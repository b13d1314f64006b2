"""The records that the acts let people make: the survey of Akmola's allowances with its conclusion (annexes 2, 7,
clause 5), the journal in which the recipient signs, the commission's conclusion on foreign labour (Atyrau, annex
2), the register with its bar code (Atyrau, annex 19).
"""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import pytest

from shared.bus.errors import BusError, Malformed, NotFound, Refused
from shared.contracts.cases import ApplicationMessage, CaseResult
from shared.contracts.documents import StepRecordDocument, read_step_record
from shared.pki.certificates.profile import CertificateKind
from shared.pki.cms import signed_data
from shared.pki.verification.check import signer_info
from shared.regulations.model import EmployeeRole
from shared.regulations.process.process_state import ProcessState
from shared.workplace.steps.receipts import ReceiptRow, receipts_of_case
from shared.workplace.steps.records.recipient_signatures import compose_statement
from shared.workplace.steps.records.record_entries import RecordEntry
from shared.workplace.steps.records.step_records import prepare_record
from shared.workplace.steps.step_context import WorkplaceContext
from tests.pki.near_centre import signed
from tests.pki.pki_centre import IIN, OTHER_IIN
from tests.workplace.steps.conftest import OpenWorkplace
from tests.workplace.steps.desk import Workplace

SURVEY = {"findings": "Семья из пяти человек, доход ниже черты бедности", "need": "needed"}
PAPER = {"recipient": IIN, "signature": "on-paper"}
BY_KEY = {"recipient": IIN, "signature": "by-key"}


def rows(desk: Workplace, case: str, kind: str) -> list[ReceiptRow]:
    return [row for row in desk.read(lambda session: receipts_of_case(session, case)) if row.kind == kind]


def record(desk: Workplace, case: str, kind: str) -> tuple[StepRecordDocument, str]:
    """The one record of a kind, and the ИИН of the person who signed it."""
    (row,) = rows(desk, case, kind)
    assert row.signed_document is not None
    opened = signed_data.open_signed(row.signed_document)
    return read_step_record(opened.content), signer_info(opened.certificate).iin or ""


def lines(document: StepRecordDocument) -> dict[str, str]:
    return {line.label: line.value for line in document.lines}


def come_to(desk: Workplace, case: str, step: str) -> None:
    while step not in desk.todo(case):
        here = desk.todo(case)[0]
        node = desk.graph(desk.case(case)).get_node(here)
        desk.act(case, here, node.chooses[0] if node.chooses else None)


def at_step(open_workplace: OpenWorkplace, step: str, regulation: str = "KZ-AKM.2") -> tuple[Workplace, str]:
    """A case of a visitor to the provider that waits at this step."""
    desk = open_workplace("is_mio", regulation)
    case = desk.take_in("provider", **({"variant": "employer-issue"} if regulation == "KZ-ATY.2" else {}))
    come_to(desk, case, step)
    return desk, case


def refusal(desk: Workplace, case: str, step: str, entry: RecordEntry, answer: str | None = None) -> BusError:
    with pytest.raises(BusError) as error:
        desk.act(case, step, answer, record=entry)
    assert step in desk.todo(case), "a step without its record is not taken"
    return error.value


def test_survey_and_conclusion_are_one_document_that_the_commission_signs(open_workplace: OpenWorkplace) -> None:
    desk, case = at_step(open_workplace, "p4")
    member = desk.employee_for(case, "p4")
    desk.act(case, "p4", record=RecordEntry(SURVEY))
    document, signer = record(desk, case, "survey")
    assert (signer, member.role) == (member.iin, "commission")
    assert "акт обследования материального положения" in document.title
    assert "заключение о необходимости" in document.title
    assert (document.application_id, document.applicant, document.step) == (case, IIN, "p4")
    told = lines(document)
    assert told["что установлено обследованием"] == SURVEY["findings"]
    assert told["заключение о необходимости помощи"] == "помощь необходима"
    assert told["номер и дата заявления"].startswith(desk.case(case).number or "-")


@pytest.mark.parametrize("lacking", ["findings", "need"])
def test_survey_without_findings_or_conclusion_is_refused(open_workplace: OpenWorkplace, lacking: str) -> None:
    desk, case = at_step(open_workplace, "p4")
    error = refusal(desk, case, "p4", RecordEntry({**SURVEY, lacking: "  "}))
    assert (type(error), error.code) == (Malformed, "record-faulty")
    assert error.details["missing"] == [lacking]
    assert rows(desk, case, "survey") == []


def test_survey_with_a_field_or_a_conclusion_that_the_act_does_not_know_is_refused(
    open_workplace: OpenWorkplace,
) -> None:
    desk, case = at_step(open_workplace, "p4")
    error = refusal(desk, case, "p4", RecordEntry({**SURVEY, "need": "perhaps", "mood": "good"}))
    assert error.code == "record-faulty"
    assert (error.details["not_a_choice"], error.details["unknown"]) == (["need"], ["mood"])


def test_survey_is_signed_with_the_members_own_key_over_the_prepared_record(open_workplace: OpenWorkplace) -> None:
    desk, case = at_step(open_workplace, "p4")
    member = desk.employee_for(case, "p4")
    prepared: list[StepRecordDocument] = []
    context = WorkplaceContext(employee=member, record=RecordEntry(SURVEY))
    desk.work_on(case, lambda session: prepared.append(prepare_record(session, "p4", context)))
    cms = desk.sign_as(member, prepared[0].model_dump_json().encode())
    other = RecordEntry({**SURVEY, "need": "not-needed"}, cms)
    assert refusal(desk, case, "p4", other).code == "other-document"
    desk.act(case, "p4", record=RecordEntry(SURVEY, cms))
    assert record(desk, case, "survey") == (prepared[0], member.iin)


def test_record_signed_before_it_was_prepared_is_refused(open_workplace: OpenWorkplace) -> None:
    desk, case = at_step(open_workplace, "p4")
    cms = desk.sign_as(desk.employee_for(case, "p4"), b"{}")
    error = refusal(desk, case, "p4", RecordEntry(SURVEY, cms))
    assert (type(error), error.code) == (NotFound, "no-draft")


def test_journal_holds_the_citizens_own_signature_over_what_was_taken(open_workplace: OpenWorkplace) -> None:
    desk, case = at_step(open_workplace, "p8")
    statements: list[bytes] = []
    desk.work_on(case, lambda session: statements.append(compose_statement(session, IIN)))
    cms = signed(statements[0], CertificateKind.INDIVIDUAL, desk.now)
    desk.act(case, "p8", record=RecordEntry(BY_KEY, recipient_cms=cms))
    document, signer = record(desk, case, "journal")
    assert "в журнале по оказанию государственной услуги" in document.title
    assert signer == desk.employee(EmployeeRole.OFFICE, desk.case(case).place).iin
    assert lines(document)["роспись получателя"] == "ЭЦП"
    assert lines(document)["кто получил результат"] == IIN
    opened = signed_data.open_signed(b64decode(document.recipient_signature or ""))
    assert (opened.content, signer_info(opened.certificate).iin) == (statements[0], IIN)


def test_journal_tells_of_a_signature_on_paper(open_workplace: OpenWorkplace) -> None:
    desk, case = at_step(open_workplace, "p8")
    desk.act(case, "p8", record=RecordEntry(PAPER))
    document, _ = record(desk, case, "journal")
    assert lines(document)["роспись получателя"] == "на бумаге"
    assert document.recipient_signature is None


@pytest.mark.parametrize(
    ("fields", "code", "missing"),
    [
        ({}, "record-faulty", ["recipient", "signature"]),
        (BY_KEY, "record-faulty", ["recipient_cms"]),
        ({**PAPER, "recipient": OTHER_IIN}, "wrong-recipient", None),
    ],
)
def test_result_goes_to_nobody_who_does_not_sign_the_journal(
    open_workplace: OpenWorkplace, fields: dict[str, str], code: str, missing: list[str] | None
) -> None:
    desk, case = at_step(open_workplace, "p8")
    error = refusal(desk, case, "p8", RecordEntry(fields))
    assert (error.code, error.details.get("missing")) == (code, missing)


def test_anothers_signature_in_the_journal_is_refused(open_workplace: OpenWorkplace) -> None:
    desk, case = at_step(open_workplace, "p8")
    stranger = signed(b"something else", CertificateKind.INDIVIDUAL, desk.now)
    error = refusal(desk, case, "p8", RecordEntry(BY_KEY, recipient_cms=stranger))
    assert (type(error), error.code) == (Refused, "other-document")


def test_commission_signs_its_conclusion_with_its_grounds(open_workplace: OpenWorkplace) -> None:
    desk, case = at_step(open_workplace, "p4", "KZ-ATY.2")
    assert refusal(desk, case, "p4", RecordEntry(), "granted").details["missing"] == ["grounds"]
    member = desk.employee_for(case, "p4")
    desk.act(case, "p4", "granted", record=RecordEntry({"grounds": "Квота не исчерпана"}))
    document, signer = record(desk, case, "conclusion")
    assert (signer, member.role) == (member.iin, "commission")
    assert lines(document)["рекомендация комиссии"] == "рекомендует выдать"
    assert lines(document)["обоснование рекомендации"] == "Квота не исчерпана"


def test_reason_of_a_refusal_is_the_ground_of_the_commissions_conclusion(open_workplace: OpenWorkplace) -> None:
    desk, case = at_step(open_workplace, "p4", "KZ-ATY.2")
    desk.act(case, "p4", "refused", reason="Квота исчерпана", record=RecordEntry())
    document, _ = record(desk, case, "conclusion")
    assert lines(document)["рекомендация комиссии"] == "рекомендует отказать"
    assert lines(document)["обоснование рекомендации"] == "Квота исчерпана"


def centre_case(open_workplace: OpenWorkplace) -> tuple[Workplace, str]:
    """A case of the compensation for nuclear tests at a ЦОН, which waits for the register."""
    desk = open_workplace("is_con", "KZ-ATY.19")
    case = desk.take_in("con", variant="decision")
    come_to(desk, case, "w4")
    return desk, case


def test_register_has_a_bar_code_and_goes_with_the_application(open_workplace: OpenWorkplace) -> None:
    desk, case = centre_case(open_workplace)
    assert refusal(desk, case, "w4", RecordEntry()).details["missing"] == ["courier"]
    desk.act(case, "w4", record=RecordEntry({"courier": "Сериков А."}))
    document, signer = record(desk, case, "register")
    assert signer == desk.employee(EmployeeRole.STORAGE_WORKER, desk.case(case).place).iin
    assert lines(document)["курьер, который везёт документы"] == "Сериков А."
    assert lines(document)["штрих-код"] == document.bar_code == document.number
    (carried,) = desk.last(ApplicationMessage).records
    assert read_step_record(signed_data.open_signed(carried).content) == document


def test_survey_travels_with_the_result_once(open_workplace: OpenWorkplace) -> None:
    desk = open_workplace("is_mio", "KZ-AKM.2")
    case = desk.receive("con")
    while desk.todo(case):
        come_to(desk, case, desk.todo(case)[0])
        step = desk.todo(case)[0]
        node = desk.graph(desk.case(case)).get_node(step)
        desk.act(case, step, node.chooses[0] if node.chooses else None)
    carried = [one for message in desk.messages() for one in getattr(message, "records", ())]
    kinds = [read_step_record(signed_data.open_signed(one).content).kind for one in carried]
    assert kinds == ["survey", "journal"]
    assert len(desk.last(CaseResult).records) > 0


def test_arrival_is_noted_with_the_registers_bar_code_only(open_workplace: OpenWorkplace) -> None:
    desk, case = centre_case(open_workplace)
    desk.act(case, "w4", record=RecordEntry({"courier": "Сериков А."}))
    register, _ = record(desk, case, "register")
    result: dict[str, Any] = desk.common(case, *provider_steps(desk, case))
    desk.hear(case, CaseResult(**result, number="1", outcome="positive"), result["step"])
    error = refusal(desk, case, "w6", RecordEntry({"bar-code": "KZ-ATY-0000"}))
    assert (type(error), error.code) == (Refused, "bar-code-unknown")
    desk.act(case, "w6", record=RecordEntry({"bar-code": register.bar_code or ""}))
    document, _ = record(desk, case, "arrival")
    assert lines(document)["штрих-код"] == register.bar_code


def provider_steps(desk: Workplace, case: str) -> list[str]:
    """The steps of the provider and the gateways after the register, each with its first answer."""
    known = desk.case(case)
    state, told = ProcessState(desk.graph(known), known.steps), []
    while "w6" not in state.allowed_nodes:
        node = next(one for one in map(state.graph.get_node, state.allowed_nodes) if one.holder != "is_con")
        answer = node.chooses[0] if node.chooses else None
        state.take_step(node.id, desk.now, node.holder, answer)
        told.append(f"{node.id} {answer or ''}".strip())
    return told
