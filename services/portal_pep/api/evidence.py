"""The signed documents of an application, and their evidence."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.portal_pep.actions import documents as actions
from services.portal_pep.actions.documents import (
    CMS_MEDIA_TYPE,
    DocumentEvidenceView,
    DocumentKind,
    DocumentSignatureForm,
)
from services.portal_pep.api.cabinet_views import CabinetNoticeView, CabinetOutputView
from services.portal_pep.api.visitors import CitizenIin
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import at_most
from shared.bus.http.media import declare_bytes
from shared.bus.http.problems import declare_errors

router = APIRouter(prefix="/api/v1/applications/{case_id}", tags=["cabinet"])


@router.get(
    "/output",
    responses={200: {"model": CabinetOutputView}, **declare_errors(not_found="application-unknown no-output")},
)
async def get_output(case_id: str, citizen_iin: CitizenIin, runtime: ServiceRuntime) -> dict[str, Any]:
    """The output document and its signer; ``stamped_at`` is null before the time-stamp; ``no-output``."""
    return await runtime.read(
        lambda session: actions.describe_document(session, case_id, citizen_iin, DocumentKind.OUTPUT)
    )


@router.get(
    "/notice",
    responses={200: {"model": CabinetNoticeView}, **declare_errors(not_found="application-unknown no-notice")},
)
async def get_notice(case_id: str, citizen_iin: CitizenIin, runtime: ServiceRuntime) -> dict[str, Any]:
    """The notice (регистрационный талон) that the applicant stands in the queue, and its signer; ``no-notice``
    before it is made, and where there was a place at once.
    """
    return await runtime.read(
        lambda session: actions.describe_document(session, case_id, citizen_iin, DocumentKind.NOTICE)
    )


@router.get("/evidence", responses=declare_errors(not_found="application-unknown no-notice no-output"))
async def list_evidence(
    case_id: str, citizen_iin: CitizenIin, runtime: ServiceRuntime
) -> Annotated[list[DocumentEvidenceView], at_most(4, "one for each kind of document")]:
    """The evidence of an application's documents, and the result of its check now."""

    return await actions.list_evidence(runtime, case_id, citizen_iin)


@router.get(
    "/{kind}.cms",
    response_class=Response,
    responses={
        **declare_bytes(CMS_MEDIA_TYPE),
        **declare_errors(not_found="application-unknown no-evidence no-notice no-output"),
    },
)
async def download_document(
    case_id: str,
    kind: DocumentKind,
    citizen_iin: CitizenIin,
    runtime: ServiceRuntime,
    form: Annotated[DocumentSignatureForm, Query()] = DocumentSignatureForm.SIGNED,
) -> Response:
    """A signed document (CMS, DER): exactly as signed, or in its long-term form.

    ``no-output``, ``no-notice``; ``no-evidence`` while the time-stamp is missing.
    """

    return await actions.read_document(runtime, (case_id, citizen_iin), kind, form)
