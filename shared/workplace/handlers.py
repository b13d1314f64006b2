"""The message handlers of a system with a workplace: they continue cases and their clerks' work."""

from __future__ import annotations

from datetime import datetime

from pydantic_core import to_json

from shared.bus.errors import NotFound, Refused
from shared.bus.logs import log
from shared.bus.messages.message import MessageContract
from shared.bus.messages.router import BuriedMessage, MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.casework.carried import carried_at
from shared.casework.output_check import ExpectedOutput, check_output, check_queue_notice
from shared.casework.participants import CaseSpeaker
from shared.casework.refusal_reason import RefusalReason
from shared.casework.runner import REGISTERS
from shared.contracts import addresses
from shared.contracts.cases import (
    STANDS_FOR,
    ApplicationMessage,
    CaseResult,
    DeliveryState,
    DeliveryStateChanged,
    StatusChanged,
    StatusNotice,
    step_of,
)
from shared.contracts.documents import read_supplement
from shared.contracts.payments import PaymentExecuted
from shared.contracts.registers import CitizenAnswer, PersonAnswer, PowerAnswer
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.workplace.case_words import CaseWordsRow, write_words
from shared.workplace.clerks.settlement import resend_by_itself, settle_case
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import refusals, storage
from shared.workplace.records.case_record import DeadlineExtension
from shared.workplace.records.documents import OUTPUT, SUPPLEMENT
from shared.workplace.records.storage import CASES, NO_CASE
from shared.workplace.records.visits import full_name
from shared.workplace.steps.case_session import WorkplaceCaseSession
from shared.workplace.steps.operations import run_automatic
from shared.workplace.steps.queue.notices import keep_notice
from shared.workplace.steps.registration import register_application, watch_case

router = MessageRouter()


@router.register_handler(ApplicationMessage)
def receive_application(application: ApplicationMessage, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Check the signature and register the application; an instant clerk takes the next steps at once."""
    case_session = register_application(application, received, uow)
    _continue_case(case_session, step_of(received.info), received)


@router.register_handler(StatusChanged)
def receive_status_change(change: StatusChanged, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Continue the case, here or elsewhere; store the documents that the citizen signed later, or the provider's
    notice of a queue.

    The codes of «условие 2»; Refused ``envelope-mismatch``.
    """
    case_session = _follow_case(change, received, uow)
    case_session.applicant_words = change.text
    _keep_words(change, received, uow)
    if change.document is not None:
        _keep_document(change.document, change.step, case_session)
    if change.until is not None:
        case_session.add_extension(_told_extension(case_session, change, change.until, received))
    _continue_case(case_session, change.step, received)


def _keep_words(
    message: StatusChanged | StatusNotice | CaseResult, received: ReceivedMessage, uow: UnitOfWork
) -> None:
    """Record what was written with a message."""
    if message.text:
        case_id, author = received.info.correlation_id, received.sender.address
        row = CaseWordsRow(
            case_id=case_id, step=message.step, author=author, written_at=uow.now, words=message.text
        )
        write_words(uow.session, row)


def _keep_document(signed_document: bytes, step: str, case_session: WorkplaceCaseSession) -> None:
    if case_session.graph.get_node(step).op != "enqueue":
        _keep_supplement(signed_document, step, case_session)
        return
    case = case_session.case
    expected = ExpectedOutput(case.case_id, case.regulation, case.applicant, case.authority)
    check_queue_notice(signed_document, expected, case_session.uow)
    keep_notice(case_session, signed_document)


def _keep_supplement(signed_document: bytes, step: str, case_session: WorkplaceCaseSession) -> None:
    """Check the signature of later documents, and that they belong to this step of this case."""
    applicant, now = case_session.case.applicant, case_session.uow.now
    centre = case_session.uow.resource(CertificationCentre)
    checked = centre.check_document(
        signed_document, at=now, expected_iin=applicant, purpose=SignaturePurpose.APPLICANT
    )
    supplement = read_supplement(checked.content)
    if (supplement.application_id, supplement.step, supplement.applicant) != (
        case_session.case.case_id,
        step,
        applicant,
    ):
        raise Refused("envelope-mismatch", "the envelope names another application")
    case_session.documents.put(SUPPLEMENT, signed_document)


@router.register_handler(StatusNotice)
def receive_notice(notice: StatusNotice, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Show the status of a notice, also for another system's case."""
    case_session = _follow_case(notice, received, uow)
    _keep_words(notice, received, uow)
    _continue_case(case_session, notice.step, received)


@router.register_handler(CaseResult)
def receive_result(result: CaseResult, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Record the provider's result at the system that took the application in."""
    case_session = WorkplaceCaseSession.load(uow, received.info.correlation_id)
    case_session.admit_message(result, received)
    _keep_words(result, received, uow)
    case = case_session.case
    expected = ExpectedOutput(case.case_id, case.regulation, case.applicant, case.authority)
    if check_output(result, expected, uow) is not None and result.document is not None:
        case_session.documents.put(OUTPUT, result.document)
    case_session.take_result(result.outcome, RefusalReason.of_record(result), result.number)
    _continue_case(case_session, result.step, received)


@router.register_handler(
    PersonAnswer, PowerAnswer, CitizenAnswer, PaymentExecuted, senders=REGISTERS, stand_in_claim=STANDS_FOR
)
def receive_answer(answer: MessageContract, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Store the answer of a register, or of ГЦВП to an order, and go on: with the case, or with its intake.

    NotFound ``query-unknown``; Refused ``not-a-participant`` for an answer of another register than the one asked.
    """
    row = storage.query_of(uow.session, received.info.correlation_id)
    if row is None:
        raise NotFound("query-unknown", "the message answers no query of this system")
    if row.register_ not in CaseSpeaker.of_message(received).systems:
        raise Refused("not-a-participant", "another register was asked", asked=row.register_)
    if row.answer is None:
        row.answer, row.answered_at = to_json(answer).decode(), uow.now
        uow.session.flush()
    if row.case_id == NO_CASE:
        uow.notify(f"query:{row.id}")
        return
    case_session = WorkplaceCaseSession.load(uow, row.case_id)
    if isinstance(answer, PersonAnswer) and answer.person is not None:
        case_session.note_applicant_name(full_name(answer.person))
    _continue_case(case_session, row.step, received)


@router.register_handler(DeliveryStateChanged, senders=(addresses.GATEWAY, *addresses.REGIONAL_GATEWAYS))
def note_delivery(change: DeliveryStateChanged, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Record that ШЭП carried a query on, so that the case need not wait for the answer; record a message that
    will not arrive, for the employees of its case. A clerk of a machine sends a refused result again.

    Refused ``not-a-participant`` for a РШЭП that speaks of a message carried on, which is for ШЭП to tell, or of a
    case of another region.
    """
    sender = received.sender.address
    if change.state is DeliveryState.ON_DELIVERY:
        if sender != addresses.GATEWAY:
            raise Refused("not-a-participant", "only ШЭП tells what was carried on")
        row = storage.query_by_message(uow.session, change.message_id)
        if row is not None and row.case_id != NO_CASE:
            _continue_case(WorkplaceCaseSession.load(uow, row.case_id), row.step, received)
        return
    code = change.error_code or "refused"
    case_session = _record_refusal(change.message_id, change.recipient or "", code, uow)
    if case_session is None:
        return
    if sender not in (addresses.GATEWAY, addresses.regional_gateway(case_session.case.region)):
        raise Refused("not-a-participant", "the case is of another region")
    if resend_by_itself(case_session):
        case_session.save()


@router.register_burial_hook
def note_burial(buried: BuriedMessage, uow: UnitOfWork) -> None:
    """Record a message that the carrier never takes, for the employees of its case."""
    _record_refusal(buried.info.message_id, "", buried.error.code, uow)


def _record_refusal(message_id: str, recipient: str, code: str, uow: UnitOfWork) -> WorkplaceCaseSession | None:
    """The case whose message will not arrive; None where no employee has to know."""
    log("message.undelivered", message_id=message_id, code=code)
    refusal = refusals.record_refusal(uow.session, message_id, recipient, code, uow.now)
    return None if refusal is None else WorkplaceCaseSession.load(uow, refusal.case_id)


def _follow_case(
    message: StatusChanged | StatusNotice, received: ReceivedMessage, uow: UnitOfWork
) -> WorkplaceCaseSession:
    """The case with the reported steps and status; a system with a board opens the case if necessary."""
    case = uow.hot_rows(CASES).get(received.info.correlation_id)
    if case is None:
        if not uow.resource(WorkplaceProfile).has_board:
            raise NotFound("case-unknown", "this system has no such case")
        case = watch_case(message, received, uow)
    case_session = WorkplaceCaseSession(uow, case)
    case_session.admit_message(message, received)
    case_session.show_status(message.status, message.number)
    return case_session


def _told_extension(
    case_session: WorkplaceCaseSession, change: StatusChanged, until: datetime, received: ReceivedMessage
) -> DeadlineExtension:
    """The extension that a message reports, which a centre shows to visitors."""
    extension = next(iter(case_session.graph.get_node(change.step).extensions), "")
    sender = received.info.sender.sender_id
    return DeadlineExtension(extension, change.step, None, until, change.text or "", sender, case_session.uow.now)


def _continue_case(case_session: WorkplaceCaseSession, step: str | None, received: ReceivedMessage) -> None:
    """Record that the gateways carried the step's message, and take the steps that this allows."""
    if step is not None:
        case_session.learn_route(step, carried_at(received, case_session.uow))
    case_session.follow_queue()
    run_automatic(case_session)
    settle_case(case_session)
    case_session.save()
