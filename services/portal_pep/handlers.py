"""What the portal does with a message: show it in the cabinet of the one it is for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from services.portal_pep import storage
from services.portal_pep.domain import NOT_DELIVERED, EventKind
from services.portal_pep.storage import TRACK, AnswerRow
from shared.bus.errors import NotFound, Refused
from shared.bus.router import Router
from shared.bus.work import Received, Work
from shared.contracts import addresses
from shared.contracts.cases import DeliveryStateChanged, Result, StatusChanged, StepDone
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
    application = _application(received, work)
    _show(change, received, work)
    storage.change(work.session, application.id, work.now, status=change.status, number=change.number)
    tell(work, application, EventKind.STATUS, change.status, change.number)


@router.on(Result)
def complete(result: Result, received: Received, work: Work) -> None:
    """The output document: its signature is checked before the cabinet shows it."""
    application = _application(received, work)
    checked = work.use(Centre).check(result.document, at=work.now, expected_iin=None, purpose=Purpose.EMPLOYEE)
    document = read_output(checked.content)
    if (document.application_id, document.outcome) != (application.id, result.outcome):
        raise Refused("envelope-mismatch", "the result is another application's")
    _show(result, received, work)
    storage.change(
        work.session,
        application.id,
        work.now,
        status=result.status,
        number=result.number,
        outcome=result.outcome.value,
        result=result.document,
    )
    tell(work, application, EventKind.COMPLETED, result.status, result.number)


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
    application = storage.by_message(work.session, change.message_id)
    if application is not None:
        storage.change(work.session, application.id, work.now, status=NOT_DELIVERED)
        tell(work, application, EventKind.NOT_DELIVERED, NOT_DELIVERED, None, change.error_code)


def tell(
    work: Work, application: Any, kind: EventKind, status: str, number: str | None, code: str | None = None
) -> None:
    """Add an event to the citizen's notifications and wake his live streams."""
    row = {
        "application_id": application.id,
        "iin": application.iin,
        "at": work.now,
        "kind": kind.value,
        "status": status,
        "number": number,
        "regulation": application.regulation,
        "code": code,
    }
    work.defer(storage.write_events, row)
    work.changed(f"application:{application.id}")


def _application(received: Received, work: Work) -> Any:
    application = storage.head(work.session, received.info.correlation_id)
    if application is None:
        raise NotFound("application-unknown", "no application of this chain")
    return application


def _show(message: StatusChanged | Result, received: Received, work: Work) -> None:
    """Do the act's step in which ПЭП shows this, where there is one."""
    case = received.info.correlation_id
    procedure = work.use(PassportBook).procedure(message.regulation, message.channel)
    track = Track(work.session, TRACK, procedure, case)
    track.learn(message.steps)
    route = procedure.route_after(message.step)
    if route is not None:
        track.learn([StepDone(n=route, at=_carried_at(received, work), by=addresses.GATEWAY)])
    for n in procedure.following(message.step if route is None else route, "portal_pep"):
        track.take(n, work.now, addresses.PORTAL)
    track.save()


def _carried_at(received: Received, work: Work) -> datetime:
    at = received.hop.get("at")
    return datetime.fromisoformat(at) if isinstance(at, str) else work.now
