"""What the server must answer at which a phone signs."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

from services.tools.conformance.checks.message_rules import read_moment
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, CheckFunction, JudgedExchange, RunTrace, judge
from services.tools.conformance.roles.phone_caller import (
    BAD_PROBES,
    DOOR,
    FIRST,
    PUT,
    SECOND,
)
from shared.bus.errors import BusError
from shared.contracts.identifiers import check_bin
from shared.phone.wire import AuthType, SignMethod
from shared.pki.encoding.xmltree import parse_document

checks = CheckBook()
Judged = Iterator[JudgedExchange]
Json = dict[str, Any]
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:?\d\d|Z)")
NAMES = ("nameRu", "nameKz", "nameEn")
MOST_SECONDS = 30.0


def _first(trace: RunTrace) -> Iterator[tuple[KeptExchange, Json]]:
    for call in trace.book.select(DOOR, FIRST, probe="good"):
        if isinstance(call.response.json, dict):
            yield call, call.response.json


def _link(trace: RunTrace) -> Iterator[tuple[KeptExchange, Json]]:
    for call, answer in _first(trace):
        document = answer.get("document")
        yield call, document if isinstance(document, dict) else {}


def _second(trace: RunTrace) -> Iterator[tuple[KeptExchange, Json]]:
    for call in trace.book.select(DOOR, SECOND, probe="good"):
        if isinstance(call.response.json, dict):
            yield call, call.response.json


def _papers(trace: RunTrace) -> Iterator[tuple[KeptExchange, Json, Json]]:
    for call, answer in _second(trace):
        for paper in answer.get("documentsToSign") or ():
            if isinstance(paper, dict):
                yield call, answer, paper


def _answers_json(operation: str) -> CheckFunction:
    def check(trace: RunTrace) -> Judged:
        for call in trace.book.select(DOOR, operation, probe="good"):
            is_kept = call.status == 200 and isinstance(call.response.json, dict)
            yield judge(call, is_kept, operation, "200 JSON", f"{call.status} {call.response.body[:60]!r}")

    return check


checks.judges("PHONE-01")(_answers_json(FIRST))
checks.judges("PHONE-10")(_answers_json(SECOND))


@checks.judges("PHONE-02")
def _check_description(trace: RunTrace) -> Judged:
    for call, answer in _first(trace):
        yield judge(call, bool(answer.get("description")), "description", "a text", answer.get("description"))


@checks.judges("PHONE-03")
def _check_expiry(trace: RunTrace) -> Judged:
    for call, answer in _first(trace):
        text = str(answer.get("expiry_date", ""))
        yield judge(call, bool(DATE.fullmatch(text)), "expiry_date", "2022-09-29T16:21:37.06+0600", text)


@checks.judges("PHONE-04")
def _check_future(trace: RunTrace) -> Judged:
    for call, answer in _first(trace):
        moment = read_moment(answer.get("expiry_date"))
        if moment is not None and moment.tzinfo is not None:
            yield judge(call, moment > call.began_at, "expiry_date", f"> {call.began_at.isoformat()}", moment)


@checks.judges("PHONE-05")
def _check_organisation(trace: RunTrace) -> Judged:
    for call, answer in _first(trace):
        organisation = answer.get("organisation")
        present = organisation if isinstance(organisation, dict) else {}
        missing = [name for name in (*NAMES, "bin") if not present.get(name)]
        yield judge(call, not missing, "organisation", " ".join((*NAMES, "bin")), f"— {missing}")


@checks.judges("PHONE-06")
def _check_bin(trace: RunTrace) -> Judged:
    for call, answer in _first(trace):
        organisation = answer.get("organisation")
        if isinstance(organisation, dict) and organisation.get("bin"):
            number, is_kept = str(organisation["bin"]), True
            try:
                check_bin(number)
            except BusError:
                is_kept = False
            yield judge(call, is_kept, "organisation/bin", "БИН", number)


@checks.judges("PHONE-07")
def _check_uri(trace: RunTrace) -> Judged:
    for call, document in _link(trace):
        uri = str(document.get("uri", ""))
        is_kept = uri.startswith(("http://", "https://")) and " " not in uri
        yield judge(call, is_kept and "leads_astray" not in call.facts, "document/uri", "https://…", uri)


@checks.judges("PHONE-08")
def _check_auth(trace: RunTrace) -> Judged:
    for call, document in _link(trace):
        kind = document.get("auth_type")
        yield judge(call, kind in list(AuthType), "auth_type", ", ".join(AuthType), kind)


@checks.judges("PHONE-09")
def _check_token(trace: RunTrace) -> Judged:
    for call, document in _link(trace):
        if document.get("auth_type") == AuthType.TOKEN:
            yield judge(call, bool(document.get("auth_token")), "auth_token", "a token", "—")


@checks.judges("PHONE-11")
def _check_method(trace: RunTrace) -> Judged:
    for call, answer in _second(trace):
        method = answer.get("signMethod")
        yield judge(call, method in list(SignMethod), "signMethod", ", ".join(SignMethod), method)


@checks.judges("PHONE-12")
def _check_papers(trace: RunTrace) -> Judged:
    for call, answer in _second(trace):
        papers = answer.get("documentsToSign")
        is_kept = isinstance(papers, list) and bool(papers)
        yield judge(call, is_kept, "documentsToSign", "a list", type(papers).__name__)


@checks.judges("PHONE-13")
def _check_ids(trace: RunTrace) -> Judged:
    for call, answer in _second(trace):
        ids = [paper.get("id") for paper in answer.get("documentsToSign") or () if isinstance(paper, dict)]
        is_kept = None not in ids and len(set(map(str, ids))) == len(ids)
        yield judge(call, is_kept, "documentsToSign/id", "unique", ids)


@checks.judges("PHONE-14")
def _check_names(trace: RunTrace) -> Judged:
    for call, _, paper in _papers(trace):
        missing = [name for name in NAMES if not paper.get(name)]
        yield judge(call, not missing, "documentsToSign", " ".join(NAMES), f"— {missing}")


@checks.judges("PHONE-15")
def _check_content(trace: RunTrace) -> Judged:
    for call, answer, paper in _papers(trace):
        fault = _find_content_fault(str(answer.get("signMethod")), paper)
        yield judge(call, not fault, "documentsToSign", "documentXml | document.file.data", fault)


def _find_content_fault(method: str, paper: Json) -> str:
    if method == SignMethod.XML:
        try:
            parse_document(str(paper.get("documentXml", "")).encode())
        except BusError as error:
            return error.code
        return ""
    file = (paper.get("document") or {}).get("file") if isinstance(paper.get("document"), dict) else None
    if not isinstance(file, dict) or not file.get("data"):
        return "no data"
    try:
        base64.b64decode(str(file["data"]), validate=True)
    except (binascii.Error, ValueError):
        return "base64"
    return ""


@checks.judges("PHONE-16")
def _check_meta(trace: RunTrace) -> Judged:
    for call, _, paper in _papers(trace):
        if (rows := paper.get("meta")) is not None:
            is_kept = isinstance(rows, list) and all(
                isinstance(row, dict) and {"name", "value"} <= set(row) for row in rows
            )
            yield judge(call, is_kept, "meta", "[{name, value}]", rows)


def _refuses(operation: str, probe: str) -> CheckFunction:
    def check(trace: RunTrace) -> Judged:
        for call in trace.book.select(DOOR, operation, probe=probe):
            yield judge(call, 400 <= call.status < 500, f"{operation}: {probe}", "403", call.status)

    return check


checks.judges("PHONE-17")(_refuses(SECOND, "no-token"))
checks.judges("PHONE-18")(_refuses(SECOND, "wrong-token"))
checks.judges("PHONE-19")(_refuses(SECOND, "unsigned-request"))
for _number, _probe in enumerate(BAD_PROBES, start=20):
    checks.judges(f"PHONE-{_number}")(_refuses(PUT, _probe))


@checks.judges("PHONE-27")
def _check_good(trace: RunTrace) -> Judged:
    for call in trace.book.select(DOOR, PUT, probe="good"):
        yield judge(call, call.status == 200, PUT, 200, f"{call.status} {call.response.body[:80]!r}")


@checks.judges("PHONE-28")
def _check_repeated(trace: RunTrace) -> Judged:
    for call in trace.book.select(DOOR, PUT, probe="repeated"):
        yield judge(call, 200 <= call.status < 500, PUT, "200, 4xx", call.status)


@checks.judges("PHONE-29")
def _check_once(trace: RunTrace) -> Judged:
    for call in trace.book.select(DOOR, FIRST, probe="after"):
        yield judge(call, 400 <= call.status < 500, FIRST, "4xx", call.status)


@checks.judges("PHONE-30")
def _check_messages(trace: RunTrace) -> Judged:
    for call in trace.book.select(DOOR, PUT):
        if 400 <= call.status < 500:
            answer = call.response.json
            is_kept = isinstance(answer, dict) and bool(answer.get("message"))
            yield judge(call, is_kept, "message", "a sentence", call.response.body[:80])


@checks.judges("PHONE-31")
def _check_type(trace: RunTrace) -> Judged:
    for call in (*trace.book.select(DOOR, FIRST, probe="good"), *trace.book.select(DOOR, SECOND, probe="good")):
        value = call.response.headers.get("content-type", "")
        yield judge(call, value.startswith("application/json"), "Content-Type", "application/json", value)


@checks.judges("PHONE-32")
def _check_time(trace: RunTrace) -> Judged:
    for call in trace.book.select(DOOR):
        is_kept = call.status != 0 and call.seconds <= MOST_SECONDS
        yield judge(call, is_kept, "answer", f"≤ {MOST_SECONDS:g} s", call.facts.get("silence") or call.seconds)


@checks.judges("PHONE-33")
def _check_marker(trace: RunTrace) -> Judged:
    for call in trace.book.select(DOOR, FIRST, probe="good"):
        yield judge(call, "mgovSign" in call.request.head, "URL", "mgovSign", call.request.head)


@checks.judges("PHONE-34")
def _check_no_crash(trace: RunTrace) -> Judged:
    for call in trace.book.select(DOOR):
        yield judge(call, call.status < 500, "HTTP", "< 500", call.status)
