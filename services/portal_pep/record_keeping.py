"""Stores the documents of an application and the notifications to its citizen."""

from __future__ import annotations

from datetime import datetime

from services.portal_pep import storage
from services.portal_pep.domain import EventKind
from services.portal_pep.settings import PortalSettings
from services.portal_pep.storage import PortalCase
from shared.bus.runtime.unit_of_work import UnitOfWork


def notify_citizen(
    uow: UnitOfWork,
    case: PortalCase,
    kind: EventKind,
    code: str | None = None,
    *,
    until: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Add an event to the citizen's notifications and wake the citizen's live streams."""
    row = {
        "case_id": case.case_id,
        "iin": case.iin,
        "at": uow.now,
        "kind": kind.value,
        "status": case.status,
        "number": case.number,
        "regulation": case.regulation,
        "code": code,
        "until": until,
        "reason": reason,
    }
    uow.write_later(storage.write_events, row)
    uow.notify(storage.topic_of(case.case_id))
    uow.notify(storage.citizen_topic(case.iin))


def keep_document(uow: UnitOfWork, case_id: str, kind: str, signed_document: bytes) -> None:
    """Store a signed document of an application; its evidence is gathered later in the background."""
    uow.write_later(storage.write_documents, {"case_id": case_id, "kind": kind, "content": signed_document})
    if uow.resource(PortalSettings).evidence:
        uow.write_later(storage.write_evidence, {"case_id": case_id, "kind": kind, "due_at": uow.machine_now})
