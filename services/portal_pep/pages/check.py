"""The page behind the QR of a printed document: for people, without a script, in three languages."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated
from xml.etree.ElementTree import Element  # S405 is about reading: nothing is read here

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from services.portal_pep.api.checking import (
    DigestQuery,
    DocumentCheckView,
    PrintedDocumentView,
    SignatureState,
    examine_printed_document,
    read_bounded_body,
)
from services.portal_pep.domain import format_moment
from services.portal_pep.pages.words import WORDS
from services.portal_pep.texts import TEXTS
from shared.bus.errors import BusError, Malformed
from shared.bus.http.endpoints import HTTP_CODES, ServiceRuntime
from shared.web.pages import ChosenLanguage, el, html_document, inline_style_source, language_links, page_headers

router = APIRouter(tags=["pages"])

STYLE = """
:root{color-scheme:light;font:16px/1.5 system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:#141820}
*{box-sizing:border-box}body{margin:0;background:#eef2f5}main{max-width:46rem;margin:0 auto;padding:0 1rem 2rem}
header{background:#00708c;color:#fff}header>div{max-width:46rem;margin:0 auto;padding:.8rem 1rem;display:flex;
flex-wrap:wrap;gap:.5rem;justify-content:space-between}header a{color:#fff;margin-left:.8rem}
section{background:#fff;border-radius:.6rem;margin-top:1.2rem;padding:1.2rem;box-shadow:0 1px 3px #0002}
h1{font-size:1.4rem;margin:1.4rem 0 0}h2{font-size:1.1rem;margin:0 0 .5rem}p{margin:.3rem 0}
.state{border-left:.5rem solid}.state h2{font-size:1.3rem}.valid,.same{border-color:#1d7f3f;background:#eaf6ee}
.invalid,.other{border-color:#b3261e;background:#fcecea}.unknown{border-color:#b26a00;background:#fff4e2}
dl{display:grid;grid-template-columns:minmax(9rem,15rem) 1fr;gap:.55rem 1rem;margin:0}dt{color:#606874}
dd{margin:0;overflow-wrap:anywhere}small{color:#606874;display:block}footer{color:#606874;font-size:.85rem;margin-top:1rem}
input[type=text]{font:inherit;padding:.4rem;width:100%;max-width:22rem}button{font:inherit;padding:.4rem 1.2rem;
background:#00708c;color:#fff;border:0;border-radius:.3rem}form>*{margin:.3rem .5rem .3rem 0}
@media(max-width:34rem){dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.6rem}}
"""
HEADERS = page_headers(
    inline_style_source(STYLE), Cache_Control="no-store", X_Robots_Tag="noindex", Vary="Accept, Accept-Language"
)
BOUNDARY = re.compile(r'multipart/form-data;.*boundary="?([^";,]{1,70})"?', re.IGNORECASE)

Fact = tuple[str, str, str | None]
"""The key of a label, the value, a smaller word under it."""


@router.get("/check", response_class=HTMLResponse)
async def ask_code(tag: ChosenLanguage, code: Annotated[str, Query(max_length=80)] = "") -> Response:
    """The page that asks for the code of a printed document, and leads to its page."""
    if code:
        plain = re.sub("[^0-9A-Za-z]", "", code) or "0"
        return Response(status_code=303, headers={"Location": f"check/{plain}?lang={tag}"})
    return _render_page(tag, [_build_code_form(tag, "check")])


@router.get("/check/{code}", response_class=HTMLResponse)
async def show_check_page(
    code: str, request: Request, runtime: ServiceRuntime, tag: ChosenLanguage, sha256: DigestQuery | None = None
) -> Response:
    """The page of a printed document: the QR leads here. JSON for who accepts no HTML."""
    return await _respond_check(code, request, runtime, tag, sha256)


@router.post("/check/{code}", response_class=HTMLResponse)
async def show_comparison_page(
    code: str, request: Request, runtime: ServiceRuntime, tag: ChosenLanguage
) -> Response:
    """The same page after a file was given to compare (multipart/form-data, one file, 2 MiB at most)."""
    try:
        content = extract_file(request.headers.get("content-type", ""), await read_bounded_body(request))
    except HTTPException as error:
        return _render_fault(tag, Malformed(HTTP_CODES[error.status_code], str(error.detail)), error.status_code)
    except BusError as error:
        return _render_fault(tag, error)
    return await _respond_check(code, request, runtime, tag, sha256(content).hexdigest())


def extract_file(content_type: str, body: bytes) -> bytes:
    """The content of the first part of a form, which is the file (RFC 7578); Malformed ``request-malformed``."""
    boundary = BOUNDARY.match(content_type)
    delimiter = b"--" + boundary[1].encode("latin-1") if boundary else b""
    _, is_begun, remainder = body.partition(b"\r\n\r\n")
    content, is_ended, _ = remainder.partition(b"\r\n" + delimiter)
    if not (delimiter and body.startswith(delimiter) and is_begun and is_ended):
        raise Malformed("request-malformed", "not a form with a file")
    return content


async def _respond_check(
    code: str, request: Request, runtime: ServiceRuntime, tag: str, digest: str | None
) -> Response:
    accepted = request.headers.get("accept", "")
    if "application/json" in accepted and "text/html" not in accepted:
        result = await examine_printed_document(code, request, runtime, digest)
        return JSONResponse(result.model_dump(mode="json"), headers=HEADERS)
    try:
        result = await examine_printed_document(code, request, runtime, digest)
    except BusError as error:
        return _render_fault(tag, error)
    return _render_page(
        tag,
        [
            *_build_comparison(tag, result),
            _build_state(tag, result),
            _build_facts(tag, result),
            _build_upload_form(tag, result),
        ],
    )


def _render_page(
    tag: str, parts: list[Element], status: int = 200, extra_headers: dict[str, str] | None = None
) -> Response:
    title = WORDS["title"][tag]
    body = [
        el("header", el("div", el("b", WORDS["portal"][tag]), language_links())),
        el("main", el("h1", title), *parts, el("footer", el("p", WORDS["sandbox"][tag]))),
    ]
    text = html_document(tag, title, [el("style", STYLE)], body)
    return HTMLResponse(text, status_code=status, headers={**HEADERS, **(extra_headers or {})})


def _render_fault(tag: str, error: BusError, status: int | None = None) -> Response:
    message = TEXTS.get(error.code, {}).get(tag, error.message)
    retry = error.details.get("retry_after")
    extra_headers = {"Retry-After": str(retry)} if retry else None
    parts = [el("section", el("h2", message), class_="state invalid"), _build_code_form(tag, "../check")]
    return _render_page(tag, parts, status or error.http_status, extra_headers)


def _build_code_form(tag: str, action: str) -> Element:
    """The form that asks for a code; its address is relative, since a portal may live below another path."""
    field = el("input", type="text", name="code", maxlength="40", required="", autocomplete="off")
    hidden = el("input", type="hidden", name="lang", value=tag)
    label = el("label", el("p", WORDS["ask"][tag]), field)
    return el("section", el("form", label, hidden, el("button", WORDS["ask-do"][tag]), action=action))


def _build_comparison(tag: str, result: DocumentCheckView) -> list[Element]:
    if result.is_same is None:
        return []
    state = "same" if result.is_same else "other"
    return [el("section", el("h2", WORDS[state][tag]), class_=f"state {state}")]


def _build_state(tag: str, result: DocumentCheckView) -> Element:
    signature = result.signature
    reasons = [WORDS[f"{signature.state}-why"][tag]]
    if signature.state is SignatureState.INVALID:
        reasons.insert(0, signature.texts.get(tag) or signature.code or "")
    heading = el("h2", WORDS[signature.state][tag])
    return el("section", heading, *(el("p", text) for text in reasons), class_=f"state {signature.state}")


def _build_facts(tag: str, result: DocumentCheckView) -> Element:
    rows: list[Fact] = [("code", result.code, None), *_list_facts(tag, result.document)]
    stamped = WORDS["stamped" if result.seal.is_stamped else "unstamped"][tag]
    rows += [("seal", format_moment(result.seal.sealed_at), stamped), ("digest", result.seal.sha256, None)]
    parts = []
    for name, value, small in rows:
        parts += [el("dt", WORDS[name][tag]), el("dd", value, *([el("small", small)] if small else []))]
    return el("section", el("dl", *parts))


def _list_facts(tag: str, document: PrintedDocumentView | None) -> list[Fact]:
    if document is None:
        return []
    signer, applicant = document.signer, document.applicant
    service = document.service.get("kk") if tag == "kk" else None
    return [
        ("number", document.number, None),
        ("service", service or document.service["ru"], document.regulation),
        ("outcome", WORDS[document.outcome][tag], None),
        ("issued", format_moment(document.issued_at), None),
        ("authority", document.authority, None),
        ("applicant", f"{applicant.name}, {applicant.iin}", WORDS["masked"][tag]),
        ("signer", signer.name, signer.organisation),
        ("signed", format_moment(signer.signed_at) if signer.signed_at else "—", None),
    ]


def _build_upload_form(tag: str, result: DocumentCheckView) -> Element:
    file = el("input", type="file", name="file", accept="application/pdf", required="")
    label = el("label", el("p", WORDS["compare-how"][tag]), file)
    button = el("button", WORDS["compare-do"][tag])
    form = el("form", label, button, method="post", enctype="multipart/form-data", action=f"?lang={tag}")
    return el("section", el("h2", WORDS["compare"][tag]), form)
