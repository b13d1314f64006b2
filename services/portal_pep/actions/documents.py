"""The signed documents of an application, as the citizen sees them."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Any

from fastapi import Response
from pydantic import BaseModel
from sqlmodel import Session

from services.portal_pep import storage
from services.portal_pep.evidence import complete_evidence
from services.portal_pep.storage import EvidenceRow
from shared.bus.errors import NotFound
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.documents import read_output, read_queue_notice
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import signed_data as cms
from shared.pki.verification.check import (
    ConditionMark,
    SignatureCondition,
    SignatureVerdict,
    SignerExpectation,
    signer_info,
)
from shared.pki.verification.evidence import check_evidence, embed_evidence

CMS_MEDIA_TYPE = "application/pkcs7-mime"


class DocumentKind(StrEnum):
    """The document: the citizen's application, later documents of the citizen, the authority's notice of a queue,
    or the authority's result.
    """

    APPLICATION = "application"
    SUPPLEMENT = "supplement"
    NOTICE = "notice"
    OUTPUT = "output"

    @property
    def storage_kind(self) -> str:
        """The document's name in the portal's storage."""
        return "result" if self is DocumentKind.OUTPUT else self.value

    @property
    def purpose(self) -> SignaturePurpose:
        """The purpose of the document's signature."""
        is_authoritys = self in (DocumentKind.OUTPUT, DocumentKind.NOTICE)
        return SignaturePurpose.EMPLOYEE if is_authoritys else SignaturePurpose.APPLICANT


class DocumentSignatureForm(StrEnum):
    """As signed, or with the time-stamp and the OCSP answer inside."""

    SIGNED = "signed"
    CADES_T = "cades-t"


class DocumentEvidenceView(BaseModel):
    """The evidence of a document; ``stamped_at`` is None before it is gathered, ``why`` is the error of the last
    attempt.

    ``code``, ``conditions`` and ``texts`` are «условие 2» at the moment of the time-stamp, judged by the document
    alone.
    """

    document: DocumentKind
    stamped_at: datetime | None
    attempts: int
    why: str | None
    code: str | None = None
    conditions: dict[SignatureCondition, ConditionMark] | None = None
    texts: dict[str, str] | None = None


async def list_evidence(runtime: Runtime, case_id: str, citizen_iin: str) -> list[DocumentEvidenceView]:
    """The evidence of an application's documents, and the result of its check now; ``application-unknown``."""

    def read_documents(session: Session) -> list[tuple[DocumentKind, EvidenceRow, bytes]]:
        storage.get_application(session, case_id, citizen_iin)
        rows = {row.kind: row for row in storage.list_evidence(session, case_id)}
        kinds = [kind for kind in DocumentKind if kind.storage_kind in rows]
        return [(kind, rows[kind.storage_kind], _read_signed_document(session, case_id, kind)) for kind in kinds]

    documents = await runtime.read(read_documents)
    centre, now = runtime.resource(CertificationCentre), runtime.now
    return await runtime.compute(lambda: [_compose_evidence(*entry, centre, now) for entry in documents])


async def read_document(
    runtime: Runtime, case: tuple[str, str], kind: DocumentKind, form: DocumentSignatureForm
) -> Response:
    """A signed document of a case (id, and the citizen's ИИН): exactly as signed, or in its long-term form."""
    case_id, citizen_iin = case

    def read_document(session: Session) -> bytes:
        storage.get_application(session, case_id, citizen_iin)
        signed_document = _read_signed_document(session, case_id, kind)
        if form is DocumentSignatureForm.SIGNED:
            return signed_document
        rows = storage.list_evidence(session, case_id)
        evidence = next(
            (candidate for row in rows if row.kind == kind.storage_kind and (candidate := complete_evidence(row))),
            None,
        )
        if evidence is None:
            raise NotFound("no-evidence", "the time-stamp is not there yet")
        return embed_evidence(signed_document, evidence)

    return Response(await runtime.read(read_document), media_type=CMS_MEDIA_TYPE)


def describe_document(session: Session, case_id: str, iin: str, kind: DocumentKind) -> dict[str, Any]:
    """A document of the authority as JSON values, with its signer."""
    storage.get_application(session, case_id, iin)
    signed = cms.open_signed(_read_signed_document(session, case_id, kind))
    signer = signer_info(signed.certificate)  # checked on arrival, and unchanged since
    document = (read_output if kind is DocumentKind.OUTPUT else read_queue_notice)(signed.content)
    return {
        "document": json.loads(document.model_dump_json()),
        "signer": {"name": signer.common_name, "organisation": signer.organisation},
        "signed_at": signed.signing_time,
        "stamped_at": storage.get_stamp_time(session, case_id, kind.storage_kind),
    }


def _read_signed_document(session: Session, case_id: str, kind: DocumentKind) -> bytes:
    signed_document = storage.get_document(session, case_id, kind.storage_kind)
    if signed_document is None and kind is DocumentKind.NOTICE:
        raise NotFound("no-notice", "the application has no notice of a queue")
    if signed_document is None:
        raise NotFound("no-output", "the output document is not there yet")
    return signed_document


def _compose_evidence(
    kind: DocumentKind, row: EvidenceRow, signed_document: bytes, centre: CertificationCentre, now: datetime
) -> DocumentEvidenceView:
    view = DocumentEvidenceView(document=kind, stamped_at=row.stamped_at, attempts=row.attempts, why=row.code)
    evidence = complete_evidence(row)
    if evidence is None:
        return view
    verdict: SignatureVerdict = check_evidence(
        embed_evidence(signed_document, evidence), SignerExpectation(kind.purpose), anchors=centre.anchors, at=now
    )
    judged = {"code": verdict.code, "conditions": verdict.condition_marks, "texts": verdict.texts}
    return view.model_copy(update=judged)
