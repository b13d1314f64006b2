"""The signed documents themselves, and what proves them long after."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel
from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.api.accounts import Citizen
from services.portal_pep.evidence import kept
from services.portal_pep.storage import EvidenceRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus
from shared.pki.certificates.profile import Purpose
from shared.pki.client.nuc import Centre
from shared.pki.verification.check import Asked, Condition, Mark, Verdict
from shared.pki.verification.evidence import check_evidence, long_term

router = APIRouter(prefix="/api/v1/applications/{application_id}", tags=["cabinet"])

CMS = "application/pkcs7-mime"


class DocumentKind(StrEnum):
    """Whose document: the citizen's application, what he sent later, the authority's result."""

    APPLICATION = "application"
    SUPPLEMENT = "supplement"
    OUTPUT = "output"

    @property
    def kept_as(self) -> str:
        """Its name in the portal's storage."""
        return "result" if self is DocumentKind.OUTPUT else self.value

    @property
    def purpose(self) -> Purpose:
        """What its signature proves."""
        return Purpose.EMPLOYEE if self is DocumentKind.OUTPUT else Purpose.APPLICANT


class Form(StrEnum):
    """As it was signed, or with its time-stamp and the answer about revocation inside."""

    SIGNED = "signed"
    CADES_T = "cades-t"


class EvidenceOut(BaseModel):
    """What proves a document long after; ``stamped_at`` None: not gathered yet, ``why`` if that failed.

    ``code``, ``conditions`` and ``texts`` are «условие 2» as of the time-stamp, told by the document alone.
    """

    document: DocumentKind
    stamped_at: datetime | None
    attempts: int
    why: str | None
    code: str | None = None
    conditions: dict[Condition, Mark] | None = None
    texts: dict[str, str] | None = None


@router.get("/evidence")
async def evidence(application_id: str, me: Citizen, bus: Bus) -> list[EvidenceOut]:
    """Whether the documents of an application are provable long after, and what their check tells now."""

    def find(session: Session) -> list[tuple[DocumentKind, EvidenceRow, bytes]]:
        storage.get_application(session, application_id, me)
        rows = {row.kind: row for row in storage.evidence_of(session, application_id)}
        kinds = [kind for kind in DocumentKind if kind.kept_as in rows]
        return [(each, rows[each.kept_as], _content(session, application_id, each)) for each in kinds]

    found = await bus.read(find)
    centre, now = bus.use(Centre), bus.now
    return await bus.compute(lambda: [_told(*each, centre, now) for each in found])


@router.get("/{kind}.cms", response_class=Response)
async def document(
    application_id: str, kind: DocumentKind, me: Citizen, bus: Bus, form: Annotated[Form, Query()] = Form.SIGNED
) -> Response:
    """A signed document (CMS, DER): exactly as it was signed, or in its long-term form; ``no-output``,
    ``no-evidence`` while the time-stamp is not there."""

    def find(session: Session) -> bytes:
        storage.get_application(session, application_id, me)
        content = _content(session, application_id, kind)
        if form is Form.SIGNED:
            return content
        rows = storage.evidence_of(session, application_id)
        there = next((found for row in rows if row.kind == kind.kept_as and (found := kept(row))), None)
        if there is None:
            raise NotFound("no-evidence", "the time-stamp is not there yet")
        return long_term(content, there)

    return Response(await bus.read(find), media_type=CMS)


def _content(session: Session, application_id: str, kind: DocumentKind) -> bytes:
    found = storage.document(session, application_id, kind.kept_as)
    if found is None:
        raise NotFound("no-output", "the output document is not there yet")
    return found


def _told(kind: DocumentKind, row: EvidenceRow, content: bytes, centre: Centre, now: datetime) -> EvidenceOut:
    told = EvidenceOut(document=kind, stamped_at=row.stamped_at, attempts=row.attempts, why=row.code)
    there = kept(row)
    if there is None:
        return told
    verdict: Verdict = check_evidence(
        long_term(content, there), Asked(kind.purpose), anchors=centre.anchors, at=now
    )
    judged = {"code": verdict.code, "conditions": verdict.marks, "texts": verdict.texts}
    return told.model_copy(update=judged)
