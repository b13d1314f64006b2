"""The page behind the QR of a printed document: for people, without a script, in three languages."""

from __future__ import annotations

import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from services.portal_pep.api.printed_documents import (
    MAX_UPLOAD_BYTES,
    DigestQuery,
    DocumentCheckView,
    PrintedDocumentView,
    SignatureState,
    count_check,
    examine_printed_document,
    read_bounded_body,
)
from services.portal_pep.domain import format_moment
from services.portal_pep.pages.site import SITE, STATIC
from services.portal_pep.pages.site import WORDS as PORTAL_WORDS
from services.portal_pep.texts import TEXTS
from shared.bus.errors import BusError, Malformed, Throttled
from shared.bus.http.endpoints import HTTP_CODES, ServiceRuntime
from shared.bus.http.media import FILE, MULTIPART, declare_form_body
from shared.bus.http.problems import declare_errors, declare_pages
from shared.bus.http.request_budgets import RequestLimits, accepts_body
from shared.bus.http.requests.call_limits import ManyCalls
from shared.bus.http.requests.refusals import note_refusal
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.translations import text_in
from shared.texts.catalog import TextCatalog, texts_beside
from shared.web.form_files import extract_file
from shared.web.page_sites import make_page
from shared.web.pages import ChosenLanguage, PageFolder, page_headers

router = APIRouter(tags=["pages"])

WORDS = texts_beside(__file__, file="words.yaml")
PAGES = PageFolder(
    Path(__file__).parent / "templates",
    TextCatalog(PORTAL_WORDS, WORDS),
    page_headers(
        has_script=True, Cache_Control="no-store", X_Robots_Tag="noindex", Vary="Accept, Accept-Language, Cookie"
    ),
    STATIC,
)
CHECK_SITE = replace(SITE, pages=PAGES)
TONES = {SignatureState.VALID: "good", SignatureState.INVALID: "bad", SignatureState.UNKNOWN: "doubtful"}
FILE_FIELD = "file"
FORM_BYTES = 4096
"""What a form may have around its file: the page promises the whole limit to the file."""
JSON_BESIDE_PAGE = {
    "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{DocumentCheckView.__name__}"}}}
}

Fact = tuple[str, str, str]
"""A label, the value, a smaller remark under the value or nothing."""


@router.get(
    "/check",
    response_class=HTMLResponse,
    responses={303: {"description": "To the page of the code that was given."}},
    dependencies=[ManyCalls],
)
async def ask_code(
    request: Request, tag: ChosenLanguage, code: Annotated[str, Query(max_length=80)] = ""
) -> Response:
    """The page that asks for the code of a printed document, and leads to its page."""
    if code:
        plain = re.sub("[^0-9A-Za-z]", "", code) or "0"
        return Response(status_code=303, headers={"Location": f"check/{plain}?lang={tag}"})
    return make_page(CHECK_SITE, request).show("ask_code.html", fault="", code="")


@router.get(
    "/check/{code}",
    response_class=HTMLResponse,
    responses={
        **declare_errors(not_found="printed-unknown", throttled="too-many-attempts too-many-calls", is_page=True),
        **declare_pages(503),
        200: JSON_BESIDE_PAGE,
    },
)
async def show_check_page(
    code: str, request: Request, runtime: ServiceRuntime, tag: ChosenLanguage, sha256: DigestQuery | None = None
) -> Response:
    """The page of a printed document, to which the QR code leads; JSON for a caller that accepts no HTML."""
    refusal = await _refuse_many(request, runtime, tag)
    return refusal or await _respond_check(code, request, runtime, tag, sha256)


@router.post(
    "/check/{code}",
    response_class=HTMLResponse,
    responses={
        **declare_errors(not_found="printed-unknown", throttled="too-many-attempts too-many-calls", is_page=True),
        **declare_pages(413, 422, 503),
        200: JSON_BESIDE_PAGE,
    },
    openapi_extra=declare_form_body(MULTIPART, {FILE_FIELD: FILE}, [FILE_FIELD], "One file, 2 MiB at most."),
)
@accepts_body()
async def show_comparison_page(
    code: str, request: Request, runtime: ServiceRuntime, tag: ChosenLanguage
) -> Response:
    """The same page after a file was given to compare (multipart/form-data, one file, 2 MiB at most)."""
    if (refusal := await _refuse_many(request, runtime, tag)) is not None:
        return refusal
    try:
        most_bytes = _largest_file(request)
        body = await read_bounded_body(request, most_bytes + FORM_BYTES)
        content = extract_file(request.headers.get("content-type", ""), body, FILE_FIELD)
        if len(content) > most_bytes:
            raise HTTPException(413, f"over {most_bytes} bytes")
    except HTTPException as error:
        return _respond_fault(
            request, tag, Malformed(HTTP_CODES[error.status_code], str(error.detail)), error.status_code
        )
    except BusError as error:
        return _respond_fault(request, tag, error)
    return await _respond_check(code, request, runtime, tag, sha256(content).hexdigest())


async def _respond_check(
    code: str, request: Request, runtime: ServiceRuntime, tag: str, digest: str | None
) -> Response:
    if _wants_json(request):
        result = await examine_printed_document(code, request, runtime, digest)
        return JSONResponse(result.model_dump(mode="json"), headers=dict(PAGES.headers))
    try:
        result = await examine_printed_document(code, request, runtime, digest)
    except BusError as error:
        return _respond_fault(request, tag, error)
    return make_page(CHECK_SITE, request).show(
        "check.html",
        comparison=_name_comparison(result),
        state=result.signature.state,
        tone=TONES[result.signature.state],
        reasons=_list_reasons(tag, result),
        facts=_list_facts(tag, result),
        most_bytes=_largest_file(request),
    )


def _largest_file(request: Request) -> int:
    """The bytes of the largest file that can be compared, by what the portal takes in one request."""
    limits: RequestLimits = request.app.state.request_limits
    return max(0, min(MAX_UPLOAD_BYTES, limits.most_bytes - FORM_BYTES))


async def _refuse_many(request: Request, runtime: Runtime, tag: str) -> Response | None:
    """Count the check; the page of a refused call, or None. A caller of JSON gets Throttled ``too-many-calls``."""
    try:
        await count_check(request, runtime)
    except Throttled as error:
        if _wants_json(request):
            raise
        return _respond_fault(request, tag, error)
    return None


def _wants_json(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/html" not in accepted


def _respond_fault(request: Request, tag: str, error: BusError, status: int | None = None) -> Response:
    note_refusal(request.scope, error)
    retry = error.details.get("retry_after")
    return make_page(CHECK_SITE, request).show(
        "ask_code.html",
        status=status or error.http_status,
        headers={"Retry-After": str(retry)} if retry else None,
        fault=TEXTS.get(error.code, {}).get(tag, error.message),
        code=error.code,
    )


def _name_comparison(result: DocumentCheckView) -> str:
    """The code of the text about the comparison with a file; empty without a file."""
    if result.is_same is None:
        return ""
    return "same" if result.is_same else "other"


def _list_reasons(tag: str, result: DocumentCheckView) -> list[str]:
    signature = result.signature
    reasons = [PAGES.words[f"{signature.state}-why"][tag]]
    if signature.state is SignatureState.INVALID:
        reasons.insert(0, signature.texts.get(tag) or signature.code or "")
    return reasons


def _list_facts(tag: str, result: DocumentCheckView) -> list[Fact]:
    words = PAGES.words
    facts = [(words["code"][tag], result.code, ""), *_list_document_facts(tag, result.document)]
    stamped = words["stamped" if result.seal.is_stamped else "unstamped"][tag]
    return [
        *facts,
        (words["seal"][tag], format_moment(result.seal.sealed_at), stamped),
        (words["digest"][tag], result.seal.sha256, ""),
    ]


def _list_document_facts(tag: str, document: PrintedDocumentView | None) -> list[Fact]:
    if document is None:
        return []
    signer, applicant, words = document.signer, document.applicant, PAGES.words
    service = document.service.get("kk") if tag == "kk" else None
    facts = [
        ("number", document.number, ""),
        ("service", service or document.service["ru"], document.regulation),
        ("outcome", words[document.outcome][tag], ""),
        ("issued", format_moment(document.issued_at), ""),
        ("authority", text_in(tag, document.authority), ""),
        ("applicant", f"{applicant.name}, {applicant.iin}", words["masked"][tag]),
        ("signer", signer.name, text_in(tag, signer.organisation or "")),
        ("signed", format_moment(signer.signed_at) if signer.signed_at else "—", ""),
        ("covers", words["covers-whole"][tag], ""),
    ]
    return [(words[name][tag], value, remark) for name, value, remark in facts]
