"""The handlers of messages at the portal: they update the application and notify the citizen."""

from __future__ import annotations

from dataclasses import replace

from services.portal_pep import storage
from services.portal_pep.case_session import PortalCaseSession
from services.portal_pep.domain import COMPLETED, NOT_DELIVERED, NOTICE, REFUSED, EventKind
from services.portal_pep.operations import take_automatic_steps
from services.portal_pep.record_keeping import keep_document, notify_citizen
from services.portal_pep.storage import APPLICATIONS, RegisterReplyRow
from shared.bus.errors import Conflict, Malformed, NotFound
from shared.bus.messages.router import BuriedMessage, MessageRouter
from shared.bus.runtime.unit_of_work import ReceivedMessage, UnitOfWork
from shared.casework.carried import carried_at
from shared.casework.output_check import ExpectedOutput, check_output, check_queue_notice
from shared.casework.refusal_reason import RefusalReason
from shared.contracts import addresses
from shared.contracts.cases import (
    STANDS_FOR,
    CaseResult,
    DecisionOutcome,
    DeliveryStateChanged,
    StatusChanged,
    StatusNotice,
)
from shared.contracts.registers import PersonAnswer

router = MessageRouter()


@router.register_handler(StatusChanged)
def change_status(change: StatusChanged, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Show a new status and notify the citizen; for an extended deadline (``until``) only notify the citizen.

    A document is the provider's notice of a queue: its signature is checked, and the cabinet keeps it. The codes
    of «условие 2»; Refused ``envelope-mismatch``.
    """
    if change.until is None:
        _show_message(change, received, uow, notice=change.document)
        return
    case_session = _open_case_session(received, uow)
    case_session.admit_message(change, received)
    if (case := case_session.case).outcome is None:
        notify_citizen(uow, case, EventKind.EXTENDED, until=change.until, reason=change.text)


@router.register_handler(StatusNotice)
def show_notice(notice: StatusNotice, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Show a notice between two statuses, for example a place that the citizen may accept or decline."""
    _show_message(notice, received, uow)


@router.register_handler(CaseResult)
def complete_application(result: CaseResult, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Complete the application with the provider's result; the signature of the output document is checked first.

    Conflict ``step-already-done`` for a second result; Refused ``envelope-mismatch``; Malformed
    ``result-without-document`` for a grant without a document; the codes of «условие 2».
    """
    case_session = _open_case_session(received, uow)
    case_session.admit_message(result, received)
    if case_session.case.outcome is not None:
        raise Conflict("step-already-done", "this application is completed", step=result.step)
    case = case_session.case
    expected = ExpectedOutput(case.case_id, case.regulation, case.iin, case.authority)
    document = check_output(result, expected, uow)
    case_session.learn_route(result.step, carried_at(received, uow))
    case_session.show_status(result.status or (COMPLETED if document else REFUSED), result.number)
    take_automatic_steps(case_session, has_result=True)
    reason = RefusalReason.of_record(result)
    if reason is None and document is not None and document.reason is not None:
        reason = RefusalReason(document.reason)
    case_session.settle_case(result.outcome or (document.outcome if document else None), reason)
    if document is None and case_session.case.outcome != DecisionOutcome.NEGATIVE:
        raise Malformed("result-without-document", "a grant needs its output document")
    if result.document is None:
        case_session.explain_refusal()
    else:
        keep_document(uow, case_session.case.case_id, "result", result.document)
    kind = EventKind.COMPLETED if document else EventKind.REFUSED
    notify_citizen(uow, case_session.save(), kind, reason=result.text)


@router.register_handler(PersonAnswer, senders=(addresses.NR_IIN,), stand_in_claim=STANDS_FOR)
def note_register_reply(answer: PersonAnswer, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Store НР ИИН's answer and wake the registration that waits for the answer."""
    correlation_id = received.info.correlation_id
    person = answer.person.model_dump_json() if answer.person else None
    uow.session.add(RegisterReplyRow(correlation_id=correlation_id, person=person, answered_at=uow.now))
    uow.notify(f"person:{correlation_id}")


@router.register_handler(DeliveryStateChanged, senders=(addresses.GATEWAY,))
def note_undelivered(change: DeliveryStateChanged, received: ReceivedMessage, uow: UnitOfWork) -> None:
    """Mark an application whose message will not arrive, as ШЭП reports, and notify the citizen."""
    _mark_undelivered(uow, change.message_id, change.error_code)


@router.register_burial_hook
def note_burial(buried: BuriedMessage, uow: UnitOfWork) -> None:
    """Mark an application that the carrier never takes, and notify the citizen."""
    _mark_undelivered(uow, buried.info.message_id, buried.error.code)


def _mark_undelivered(uow: UnitOfWork, message_id: str, code: str | None) -> None:
    case_id = storage.find_application_by_message(uow.session, message_id)
    case = uow.hot_rows(APPLICATIONS).get(case_id) if case_id else None
    if case is not None and case.outcome is None:
        undelivered = replace(case, status=NOT_DELIVERED, open_key=None, changed_at=uow.now)
        uow.hot_rows(APPLICATIONS).put(undelivered)
        notify_citizen(uow, undelivered, EventKind.NOT_DELIVERED, code)


def _open_case_session(received: ReceivedMessage, uow: UnitOfWork) -> PortalCaseSession:
    case = uow.hot_rows(APPLICATIONS).get(received.info.correlation_id)
    if case is None:
        raise NotFound("application-unknown", "the portal has no application with this correlationId")
    return PortalCaseSession(uow, case)


def _show_message(
    message: StatusChanged | StatusNotice, received: ReceivedMessage, uow: UnitOfWork, notice: bytes | None = None
) -> None:
    """Learn the steps of the message, take the act's steps in which ПЭП shows them, and notify the citizen."""
    case_session = _open_case_session(received, uow)
    before, was_asked = case_session.case, case_session.list_questions()
    case_session.admit_message(message, received)
    if notice is not None:
        expected = ExpectedOutput(before.case_id, before.regulation, before.iin, before.authority)
        check_queue_notice(notice, expected, uow)
        keep_document(uow, before.case_id, NOTICE, notice)
    case_session.learn_route(message.step, carried_at(received, uow))
    if before.outcome is None:
        case_session.show_status(message.status, message.number)
    take_automatic_steps(case_session, has_result=before.outcome is not None)
    if before.outcome is None and case_session.is_refused:
        case_session.show_status(message.status or REFUSED, None)
        case_session.settle_case(DecisionOutcome.NEGATIVE, None)
        case_session.explain_refusal()
    after = case_session.save()
    if after.outcome != before.outcome:
        notify_citizen(uow, after, EventKind.REFUSED, reason=message.text)
    elif notice is not None:
        notify_citizen(uow, after, EventKind.QUEUED, reason=message.text)
    elif case_session.list_questions() and case_session.list_questions() != was_asked:
        notify_citizen(uow, after, EventKind.ASKED, reason=message.text)
    elif message.text or (after.status, after.number) != (before.status, before.number):
        notify_citizen(uow, after, EventKind.STATUS, reason=message.text)
