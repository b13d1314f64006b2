"""What the portal does with a message: show it in the cabinet of the one it is for."""

from __future__ import annotations

from dataclasses import replace

from services.portal_pep import storage
from services.portal_pep.domain import NOT_DELIVERED, EventKind
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import APPLICATIONS, AnswerRow, Case
from shared.bus.errors import NotFound, Refused
from shared.bus.router import Router
from shared.bus.work import Received, Work
from shared.contracts import addresses
from shared.contracts.carried import carried_at
from shared.contracts.cases import DeliveryStateChanged, Result, StatusChanged
from shared.contracts.documents import read_output
from shared.contracts.registers import PersonAnswer
from shared.pki.centre import Centre
from shared.pki.profile import Purpose
from shared.regulations.book import PassportBook
from shared.regulations.track import Track

router = Router()


@router.on(StatusChanged)
def change_status(change: StatusChanged, received: Received, work: Work) -> None:
    """A new status: shown, noted, told."""
    case = _case(received, work)
    shown = replace(case, status=change.status, number=change.number, steps=_show(change, case, received, work))
    _put(work, shown)
    tell(work, shown, EventKind.STATUS)


@router.on(Result)
def complete(result: Result, received: Received, work: Work) -> None:
    """The output document: its signature is checked before the cabinet shows it."""
    case = _case(received, work)
    checked = work.use(Centre).check(result.document, at=work.now, expected_iin=None, purpose=Purpose.EMPLOYEE)
    document = read_output(checked.content)
    if (document.application_id, document.outcome) != (case.id, result.outcome):
        raise Refused("envelope-mismatch", "the result is another application's")
    shown = replace(
        case,
        status=result.status,
        number=result.number,
        outcome=result.outcome.value,
        steps=_show(result, case, received, work),
    )
    _put(work, shown)
    keep(work, case.id, "result", result.document)
    tell(work, shown, EventKind.COMPLETED)


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
        undelivered = replace(case, status=NOT_DELIVERED)
        _put(work, undelivered)
        tell(work, undelivered, EventKind.NOT_DELIVERED, change.error_code)


def tell(work: Work, case: Case, kind: EventKind, code: str | None = None) -> None:
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
    }
    work.defer(storage.write_events, row)
    work.changed(f"application:{case.id}")


def keep(work: Work, case: str, kind: str, content: bytes) -> None:
    """Keep a signed document of an application; its evidence is gathered later, when nobody waits for it."""
    work.defer(storage.write_documents, {"application_id": case, "kind": kind, "content": content})
    if work.use(PortalSettings).evidence:
        work.defer(storage.write_evidence, {"application_id": case, "kind": kind, "due_at": work.now})


def _case(received: Received, work: Work) -> Case:
    case = work.rows(APPLICATIONS).get(received.info.correlation_id)
    if case is None:
        raise NotFound("application-unknown", "no application of this chain")
    return case


def _put(work: Work, case: Case) -> None:
    work.rows(APPLICATIONS).put(replace(case, changed_at=work.now))


def _show(message: StatusChanged | Result, case: Case, received: Received, work: Work) -> str:
    """Do the act's step in which ПЭП shows this, where there is one; all steps known then."""
    procedure = work.use(PassportBook).procedure(message.regulation, message.channel)
    track = Track(procedure, case.steps)
    track.learn(message.steps)
    carried = track.learn_route(message.step, carried_at(received, work), addresses.GATEWAY)
    for n in procedure.following(carried, "portal_pep"):
        track.take(n, work.now, addresses.PORTAL)
    return track.text
