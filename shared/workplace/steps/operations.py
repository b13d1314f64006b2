"""The effects of steps at a workplace by operation: the table, and the two functions that run it."""

from __future__ import annotations

from collections.abc import Callable

from shared.bus.messages.message import MessageType
from shared.casework.runner import StepRunner
from shared.contracts.cases import DecisionOutcome
from shared.regulations.model import StepOperation, System
from shared.regulations.process.graph import ProcessNode
from shared.workplace.assignments.step_takers import write_takers
from shared.workplace.case_words import CaseWordsRow, write_words
from shared.workplace.records import shelf
from shared.workplace.records.documents import OUTPUT
from shared.workplace.registers.payment_orders import is_payable, is_paying_service
from shared.workplace.steps import decision, payloads, receipts
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.queue import place_steps
from shared.workplace.steps.records.step_records import make_record
from shared.workplace.steps.signed_documents import (
    choose_result,
    compose_draft,
    is_application_signed,
    is_sealed_by_people,
    seal_output,
    sign_application,
)
from shared.workplace.steps.step_context import BY_ITSELF, HandOver, WorkplaceContext

StepFunction = Callable[[WorkplaceCaseSession, ProcessNode, WorkplaceContext], None]


def take_step(session: WorkplaceCaseSession, node_id: str, context: WorkplaceContext) -> None:
    """Take a step as the employee of the context; the automatic steps follow at once, and the case moves to the
    office of its next step.

    Refused ``other-authority`` and ``role-refused``; the errors of ``ProcessState.check_step``;
    Malformed ``reason-missing`` for a refusal without a reason; the refusals of the system's rules; the errors of
    ``make_record`` and ``choose_result``.
    """
    assert context.employee is not None  # noqa: S101 - people take steps; a system has run_automatic
    node = session.process_state.check_step(node_id, context.answer)
    session.check_person(context.employee, node)
    _note_taker(session, node_id, context.employee.iin)
    make_record(session, node, context)
    if context.result is not None:
        choose_result(session, context.result)
    RUNNER.take_step(session, node_id, context)
    if context.words:
        _keep_words(session, node_id, context.words)
    session.follow_queue()
    RUNNER.run_automatic(session, context)
    session.follow_hand_over(context.receiver)


def _note_taker(session: WorkplaceCaseSession, node_id: str, iin: str) -> None:
    lap = session.process_state.iteration_of(node_id)
    row = {"case_id": session.case.case_id, "step": node_id, "lap": lap, "employee": iin}
    session.uow.write_later(write_takers, row)


def _keep_words(session: WorkplaceCaseSession, node_id: str, words: str) -> None:
    author, at = session.profile.address, session.uow.now
    row = CaseWordsRow(case_id=session.case.case_id, step=node_id, author=author, written_at=at, words=words)
    write_words(session.uow.session, row)


def run_automatic(session: WorkplaceCaseSession) -> None:
    """Take the automatic steps as far as possible."""
    RUNNER.run_automatic(session, BY_ITSELF)


def take_in_papers(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """present, verify: examine documents; an applicant with missing documents is refused and gets a расписка."""
    decision.record_objection(session, node, context)
    receipts.hand_out(session, node, context)


def take_into_work(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """accept: take the case into work, and hand out the расписка to an applicant in person."""
    note_worker(session, node, context)
    receipts.hand_out(session, node, context)


def note_worker(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """review: record the employee of the case."""
    if context.employee is not None:
        session.note_worker(context.employee)


def decide(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """decide: grant or refuse; order the payment where the result was issued before."""
    decision.record_decision(session, node, context)
    order_payment(session, node, context)
    note_worker(session, node, context)


def order_payment(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """issue: send an order to ГЦВП for a service that ends in a payment, once the output document is signed."""
    is_paying = is_paying_service(session.passport, session.case.variant)
    if is_paying and is_payable(session.process_state, node) and session.documents.get(OUTPUT) is not None:
        query_register(session, node, "gcvp")


def compose_document(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """compose: make the output document, and sign it where no step of a person does."""
    compose_draft(session, context.decision)
    if not is_sealed_by_people(session):
        seal_output(session, context)


def sign_document(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """approve, sign: a person signs the output document, and orders the payment of a result issued before.

    In a walk the person signs the application of a visitor.
    """
    if node.is_sealing:
        seal_output(session, context)
        order_payment(session, node, context)
    else:
        sign_application(session, context)


def hand_over(session: WorkplaceCaseSession, node: ProcessNode, context: WorkplaceContext) -> None:
    """hand_over: record the recipient; without a named recipient the applicant gets the result on paper."""
    if not session.profile.has_shelf:
        return
    row = shelf.lay_down_result(session.uow.session, session.case, node, session.uow.now)
    handed = context.hand_over or HandOver(session.case.applicant)
    row.handed_at, row.recipient, row.proof = session.uow.now, handed.recipient, handed.proof.value
    row.power_number, row.signature = handed.power_number, handed.signature
    row.employee = context.employee.iin if context.employee else None
    session.uow.session.flush()


def answer_check(session: WorkplaceCaseSession, node: ProcessNode) -> str | None:
    """check: the answer about a login, a signature, or the registers' answers; None while an answer is missing."""
    before = [session.graph.get_node(transition.source) for transition in session.graph.transitions_into(node.id)]
    if any(predecessor.op == "query" for predecessor in before):
        return session.register_queries.compose_verdict()
    if any(predecessor.op == "sign" for predecessor in before):
        return "met" if is_application_signed(session) else "unmet"
    return "met"


def query_register(session: WorkplaceCaseSession, node: ProcessNode, register: System) -> None:
    """Send a query to a register, or for a granted case an order to ГЦВП."""
    if register != "gcvp" or session.case.outcome == DecisionOutcome.POSITIVE:
        session.register_queries.ask_register(node, register)


OPERATIONS: dict[StepOperation, StepFunction] = {
    "present": take_in_papers,
    "verify": take_in_papers,
    "receive": receipts.hand_out,
    "accept": take_into_work,
    "review": note_worker,
    "recommend": decision.record_objection,
    "decide": decide,
    "issue": order_payment,
    "compose": compose_document,
    "approve": sign_document,
    "sign": sign_document,
    "refuse": decision.turn_down,
    "hand_over": hand_over,
    "enqueue": place_steps.enqueue,
    "reserve": place_steps.reserve,
    "answer": place_steps.answer_offer,
}
"""Steps of other operations are recorded, show their status and send their messages."""

RUNNER = StepRunner[WorkplaceCaseSession, WorkplaceContext](
    operations=OPERATIONS,
    automatic_answers={"check": answer_check},
    payloads={
        MessageType.REQUEST: payloads.compose_request,
        MessageType.UPDATE: payloads.compose_update,
        MessageType.NOTIFICATION: payloads.compose_notice,
        MessageType.RESPONSE: payloads.compose_result,
    },
    query_register=query_register,
)
