"""Everything that the page of a case at the window shows, read by the functions of the API."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from services.is_con.pages.visits.case_sights import ShelfLine, StatusSight, describe_result, describe_status
from services.is_con.pages.visits.register_sights import RegisterSight, describe_answers
from shared.bus.runtime.service_runtime import Runtime
from shared.casework.refusal_reason import say_reason
from shared.contracts.registers import PowerAnswer
from shared.regulations.coverage.addresses import clause_in
from shared.regulations.coverage.appeal import appeal_texts, find_appeal_clause
from shared.regulations.coverage.book import CoverageBook
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph, ProcessNode
from shared.regulations.process.process_state import ProcessState
from shared.regulations.translations import text_in
from shared.web.page_sites import Page
from shared.workplace.case_words import CaseWordsRow, words_of
from shared.workplace.http.actions import case_actions, paper_actions
from shared.workplace.http.actions.paper_views import ReceiptView
from shared.workplace.http.case_views import WorkplaceCaseView
from shared.workplace.http.own_cases import find_own_case
from shared.workplace.pages.cases.case_actions import ActionViewer, explain_absence
from shared.workplace.pages.intake.service_lists import NamedText, name_service
from shared.workplace.quality.questionnaire_rows import VisitorAnswersRow
from shared.workplace.records import shelf, storage
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.records.visits import find_known_name
from shared.workplace.steps.records.record_kinds import find_form


@dataclass(frozen=True)
class StepSight:
    """A step that the act allows now; ``reason`` says why this operator may not take it, empty where one may.
    ``has_record``: the operator writes something down in it.
    """

    node: ProcessNode
    action: NamedText
    clause: str
    reason: str
    has_record: bool


@dataclass(frozen=True)
class VisitRecords:
    """What the database has of a case beside its views."""

    applicant: str
    name: str
    recipient: str
    """The person who is to collect the result: the applicant, or who holds the power of attorney ``power``."""
    power: str
    result: ShelfLine | None
    words: Sequence[CaseWordsRow]
    is_questionnaire_answered: bool


@dataclass(frozen=True)
class VisitSight:
    """A case at the window."""

    case: WorkplaceCaseView
    service: NamedText
    status: StatusSight
    reason: str
    records: VisitRecords
    steps: Sequence[StepSight]
    registers: Sequence[RegisterSight]
    receipts: Sequence[ReceiptView]
    statement: str
    """What the applicant signs for the result (base64), for the signing program; empty where no result waits."""

    @property
    def is_waiting(self) -> bool:
        """Whether a register has yet to answer."""
        return any(register.answered_at is None for register in self.registers)

    @property
    def may_hand_over(self) -> bool:
        """Whether the result waits for its recipient, on the shelf or in the archive."""
        result = self.records.result
        return result is not None and result.row.handed_at is None


async def read_visit(case: str, me: EmployeeRow, page: Page, runtime: Runtime) -> VisitSight:
    """A case of the operator's centre; ``case-unknown``, ``other-authority``."""
    view = await case_actions.view_own_case(case, me, runtime)
    book, tag, case_id = runtime.resource(PassportBook), page.tag, view.correlation_id
    record = await find_own_case(case_id, me, runtime)
    answers = await paper_actions.view_register_answers(case_id, me, runtime)
    records = await runtime.read(lambda session: _read_records(session, case_id, book, tag))
    return VisitSight(
        case=view,
        service=name_service(book.get_passport(view.regulation), tag),
        status=describe_status(record, tag),
        reason=say_reason(record, tag),
        records=records,
        steps=_list_steps(record, me, page, book),
        registers=describe_answers(answers, tag, page.say),
        receipts=await paper_actions.view_receipts(case_id, me, runtime),
        statement=await _read_statement(records, case_id, me, runtime),
    )


async def _read_statement(records: VisitRecords, case_id: str, me: EmployeeRow, runtime: Runtime) -> str:
    if records.result is None or records.result.row.handed_at is not None:
        return ""
    statement = await paper_actions.compose_statement(case_id, records.applicant, me, runtime)
    return b64encode(statement).decode()


def _read_records(session: Session, case_id: str, book: PassportBook, tag: str) -> VisitRecords:
    row, result = storage.get_case(session, case_id), shelf.find_result(session, case_id)
    recipient, power = _find_agent(session, case_id) or (row.applicant or "", "")
    return VisitRecords(
        applicant=row.applicant or "",
        name=find_known_name(session, case_id),
        recipient=recipient,
        power=power,
        result=None if result is None else describe_result(result, row.number or "", book, tag),
        words=words_of(session, case_id),
        is_questionnaire_answered=session.get(VisitorAnswersRow, case_id) is not None,
    )


def _find_agent(session: Session, case_id: str) -> tuple[str, str] | None:
    """The ИИН of the person about whom ЕНИС was last asked at the hand-out, and the power's number; None where
    ЕНИС was not asked, or knows of no power in force.
    """
    asked = [row for row in storage.queries_of(session, case_id) if row.about]
    if not asked or (asked[-1].answer and not PowerAnswer.model_validate_json(asked[-1].answer).is_in_force):
        return None
    power, _, iin = asked[-1].about.rpartition(" ")
    return iin, power


def _list_steps(record: WorkplaceCase, me: EmployeeRow, page: Page, book: PassportBook) -> list[StepSight]:
    """The steps that the act allows now; why a step has no button is said as the workplace says it."""
    graph = book.get_graph(record.regulation, record.channel, record.variant)
    nodes = map(graph.get_node, ProcessState(graph, record.steps).allowed_nodes)
    viewer = ActionViewer(me, {}, page.tag)
    return [_describe_step(record, graph, node, viewer) for node in nodes if node.end is None]


def _describe_step(
    record: WorkplaceCase, graph: ProcessGraph, node: ProcessNode, viewer: ActionViewer
) -> StepSight:
    text = text_in(viewer.tag, node.action)
    action = NamedText(node.id, text, viewer.tag)
    has_record = find_form(graph, node) is not None
    clause = clause_in(viewer.tag, node.clause) if node.clause else ""
    return StepSight(node, action, clause, explain_absence(record, node, viewer) or "", has_record)


def describe_appeal(regulation: str, tag: str) -> Mapping[str, str]:
    """Who explains how to appeal, and the clause of the act that says so, in the language of the page."""
    clause = find_appeal_clause(CoverageBook.load(), regulation)
    return {
        "text": appeal_texts(has_clause=clause is not None)[tag],
        "clause": clause[tag] if clause is not None else "",
    }
