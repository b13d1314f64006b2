"""The check of a printed document over HTTP: open to every person who holds the code of the document."""

from __future__ import annotations

from hashlib import sha256 as digest_of

from fastapi import APIRouter, Request

from services.portal_pep.api.printed_documents import (
    MAX_UPLOAD_BYTES,
    DigestQuery,
    DocumentCheckView,
    count_check,
    examine_printed_document,
    read_bounded_body,
)
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.media import declare_raw_body
from shared.bus.http.problems import declare_errors
from shared.bus.http.request_budgets import accepts_body

router = APIRouter(prefix="/api/v1", tags=["documents"])


@router.get(
    "/documents/{code}",
    responses=declare_errors(not_found="printed-unknown", throttled="too-many-attempts too-many-calls"),
)
async def check_printed_document(
    code: str, request: Request, runtime: ServiceRuntime, sha256: DigestQuery | None = None
) -> DocumentCheckView:
    """Check a printed document by its code; ``sha256`` also compares a file with the portal's own.

    ``printed-unknown``, ``too-many-attempts``.
    """
    await count_check(request, runtime)
    return await examine_printed_document(code, request, runtime, sha256)


@router.post(
    "/documents/{code}/comparison",
    responses=declare_errors(not_found="printed-unknown", throttled="too-many-attempts too-many-calls"),
    openapi_extra=declare_raw_body("application/pdf", "The PDF to compare, 2 MiB at most."),
)
@accepts_body(MAX_UPLOAD_BYTES)
async def compare_printed_document(code: str, request: Request, runtime: ServiceRuntime) -> DocumentCheckView:
    """Check a printed document and compare the PDF in the body (2 MiB at most) with the portal's own.

    The portal does not store the body. ``printed-unknown``, ``too-many-attempts``, ``request-too-large``.
    """
    await count_check(request, runtime)
    return await examine_printed_document(
        code, request, runtime, digest_of(await read_bounded_body(request)).hexdigest()
    )
