"""What the portal does with a message: show it in the cabinet of the one it is for."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from services.portal_pep import storage
from services.portal_pep.case_session import Desk
from services.portal_pep.domain import COMPLETED, NOT_DELIVERED, REFUSED, EventKind
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import APPLICATIONS, AnswerRow, Case
from shared.bus.errors import Conflict, Malformed, NotFound, Refused
from shared.bus.messages.router import Router
from shared.bus.runtime.unit_of_work import Received, Work
from shared.contracts.carried import carried_at
from shared.contracts.cases import DeliveryStateChanged, Notice, Outcome, Result, StatusChanged
from shared.contracts.documents import OutputDocument, read_output
from shared.contracts.registers import PersonAnswer
from shared.pki.certificates.profile import Purpose
from shared.pki.client.nuc import Centre

router = Router()


@router.on(StatusChanged)
def change_status(change: StatusChanged, received: Received, work: Work) -> None:
    """A new status: shown, noted, told. An extended deadline: told."""
    if change.until is None:
        _show(change, received, work)
    elif (case := _desk(received, work).case).outcome is None:
        tell(work, case, EventKind.EXTENDED, until=change.until, reason=change.text)


@router.on(Notice)
def take_notice(notice: Notice, received: Received, work: Work) -> None:
    """The provider tells something between statuses: a place that the citizen may take or decline."""
    _show(notice, received, work)


@router.on(Result)
def complete(result: Result, received: Received, work: Work) -> None:
    """What was settled: the output document's signature is checked before the cabinet shows it.

    Conflict ``step-already-done`` for a second result; Refused ``envelope-mismatch``; Malformed
    ``result-without-document`` unless it is a refusal.
    """
    desk = _desk(received, work)
    if desk.case.outcome is not None:
        raise Conflict("step-already-done", "this application is completed", step=result.step)
    document = _output(result, desk.case, work)
    desk.learn(result.steps, result.step, carried_at(received, work))
    desk.show(result.status or (COMPLETED if document else REFUSED), result.number)
    desk.go_on(has_result=True)
    reason = result.reason or (document.reason if document else None)
    desk.settle(result.outcome or (document.outcome if document else None), reason)
    if document is None and desk.case.outcome != Outcome.NEGATIVE:
        raise Malformed("result-without-document", "a service is not granted without its document")
    if result.document is None:
        desk.explain()
    else:
        keep(work, desk.case.id, "result", result.document)
    tell(work, desk.save(), EventKind.COMPLETED if document else EventKind.REFUSED)


@router.on(PersonAnswer)
def note_answer(answer: PersonAnswer, received: Received, work: Work) -> None:
    """НР ИИН answered a registration that waits for it."""
    case = received.info.correlation_id
    person = answer.person.model_dump_json() if answer.person else None
    work.session.add(AnswerRow(correlation_id=case, person=person, answered_at=work.now))
    work.changed(f"person:{case}")


@router.on(DeliveryStateChanged)
def note_undelivered(change: DeliveryStateChanged, received: Received, work: Work) -> None:
    """ШЭП says that a message of ours will not arrive; an application's owner is told."""
    application_id = storage.by_message(work.session, change.message_id)
    case = work.rows(APPLICATIONS).get(application_id) if application_id else None
    if case is not None and case.outcome is None:
        undelivered = replace(case, status=NOT_DELIVERED, open_key=None, changed_at=work.now)
        work.rows(APPLICATIONS).put(undelivered)
        tell(work, undelivered, EventKind.NOT_DELIVERED, change.error_code)


def tell(
    work: Work,
    case: Case,
    kind: EventKind,
    code: str | None = None,
    *,
    until: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Add an event to the citizen's notifications and wake his live streams."""
    row = {
        "application_id": case.id,
        "iin": case.iin,
        "at": work.now,
        "kind": kind.value,
        "status": case.status,
        "number": case.number,
        "regulation": case.regulation,
        "code": code,
        "until": until,
        "reason": reason,
    }
    work.defer(storage.write_events, row)
    work.changed(f"application:{case.id}")


def keep(work: Work, case: str, kind: str, content: bytes) -> None:
    """Keep a signed document of an application; its evidence is gathered later, when nobody waits for it."""
    work.defer(storage.write_documents, {"application_id": case, "kind": kind, "content": content})
    if work.use(PortalSettings).evidence:
        work.defer(storage.write_evidence, {"application_id": case, "kind": kind, "due_at": work.now})


def _desk(received: Received, work: Work) -> Desk:
    case = work.rows(APPLICATIONS).get(received.info.correlation_id)
    if case is None:
        raise NotFound("application-unknown", "no application of this chain")
    return Desk(work, case)


def _show(message: StatusChanged | Notice, received: Received, work: Work) -> None:
    """Do the act's steps in which ПЭП shows this, where there are any, and tell the citizen what is new."""
    desk = _desk(received, work)
    before, was_asked = desk.case, desk.asked()
    desk.learn(message.steps, message.step, carried_at(received, work))
    if before.outcome is None:
        desk.show(message.status, message.number)
    desk.go_on(has_result=before.outcome is not None)
    if before.outcome is None and desk.is_refused:
        desk.show(message.status or REFUSED, None)
        desk.settle(Outcome.NEGATIVE, None)
        desk.explain()
    after = desk.save()
    if after.outcome != before.outcome:
        tell(work, after, EventKind.REFUSED)
    elif desk.asked() and desk.asked() != was_asked:
        tell(work, after, EventKind.ASKED)
    elif (after.status, after.number) != (before.status, before.number):
        tell(work, after, EventKind.STATUS)


def _output(result: Result, case: Case, work: Work) -> OutputDocument | None:
    """The output document, checked; None where the provider sent none."""
    if result.document is None:
        return None
    checked = work.use(Centre).check(result.document, at=work.now, expected_iin=None, purpose=Purpose.EMPLOYEE)
    document = read_output(checked.content)
    if (document.application_id, document.outcome) != (case.id, result.outcome or document.outcome):
        raise Refused("envelope-mismatch", "the result is another application's")
    return document
