"""What a participant of the REST door must do."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from services.tools.conformance.checks.message_rules import (
    LONGEST_KEY,
    LONGEST_VALUE,
    REGION,
    TYPES,
    WORD,
    find_data_fault,
    find_iins,
    load_contracts,
)
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, JudgedExchange, RunTrace, judge
from services.tools.conformance.roles.mailbox import CONCLUDE, LOOK, SEND, TAKE
from services.tools.conformance.roles.rest_door import RETRY_SECONDS

checks = CheckBook()
Judged = Iterator[JudgedExchange]

KNOWN_FIELDS = {"service_id", "message_type", "message_id", "correlation_id", "region", "properties", "content"}
REFUSAL_CODE = re.compile(r"[a-z0-9-]{1,60}")
MOST_WAIT, MOST_MESSAGES = 60.0, 100
MOST_EMPTY_POLLS = 10
"""More looks into an empty mailbox within a second, each without ``wait``, are a hot loop."""
JSON_TYPE = re.compile(r'application/json(\s*;\s*charset="?utf-8"?)?', re.I)


def _requests(trace: RunTrace) -> Iterator[tuple[KeptExchange, dict[str, Any]]]:
    """The messages that the participant sent, where they are objects of JSON."""
    for call in trace.book.select("rest", SEND):
        if isinstance(call.request.json, dict):
            yield call, call.request.json


def _contents(trace: RunTrace) -> Iterator[tuple[KeptExchange, dict[str, Any]]]:
    for call, request in _requests(trace):
        content = request.get("content")
        yield call, content if isinstance(content, dict) else {}


@checks.judges("REST-01")
def _check_token(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest"):
        value = call.header("authorization")
        is_kept = value == f"Bearer {trace.keys.token}"
        yield judge(call, is_kept, "Authorization", "Bearer …", value[:12] and f"{value[:7]}…")


@checks.judges("REST-02")
def _check_token_place(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest"):
        yield judge(call, trace.keys.token not in call.request.head, "URL", "—", "token")


@checks.judges("REST-03")
def _check_content_type(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", SEND, CONCLUDE):
        value = call.header("content-type")
        yield judge(
            call, JSON_TYPE.fullmatch(value.strip()) is not None, "Content-Type", "application/json", value
        )


@checks.judges("REST-04")
def _check_json(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", SEND, CONCLUDE):
        body = call.request.body
        is_kept = isinstance(call.request.json, dict) and not body.startswith(b"\xef\xbb\xbf")
        yield judge(call, is_kept, "body", "JSON, UTF-8", body[:60])


@checks.judges("REST-05")
def _check_fields(trace: RunTrace) -> Judged:
    for call, request in _requests(trace):
        yield judge(call, set(request) <= KNOWN_FIELDS, "body", sorted(KNOWN_FIELDS), sorted(request))


@checks.judges("REST-06")
def _check_service(trace: RunTrace) -> Judged:
    for call, request in _requests(trace):
        value = request.get("service_id")
        yield judge(call, bool(WORD.fullmatch(str(value or ""))), "service_id", WORD.pattern, value)


@checks.judges("REST-07")
def _check_type(trace: RunTrace) -> Judged:
    for call, request in _requests(trace):
        value = request.get("message_type", "REQUEST")
        yield judge(call, value in TYPES, "message_type", ", ".join(TYPES), value)


@checks.judges("REST-08")
def _check_contract(trace: RunTrace) -> Judged:
    for call, content in _contents(trace):
        name = content.get("contract")
        yield judge(call, name in load_contracts(), "content.contract", "noun/1", name)


@checks.judges("REST-09")
def _check_data(trace: RunTrace) -> Judged:
    for call, content in _contents(trace):
        fault = find_data_fault(str(content.get("contract")), content.get("data"))
        yield judge(call, not fault, "content.data", content.get("contract"), fault)


@checks.judges("REST-10")
def _check_message_id(trace: RunTrace) -> Judged:
    bodies: dict[str, bytes] = {}
    for call, request in _requests(trace):
        if (message_id := request.get("message_id")) is not None:
            first = bodies.setdefault(str(message_id), call.request.body)
            is_kept = bool(WORD.fullmatch(str(message_id))) and first == call.request.body
            yield judge(call, is_kept, "message_id", "once for one message", message_id)


@checks.judges("REST-11")
def _check_chain(trace: RunTrace) -> Judged:
    for call, request in _requests(trace):
        if request.get("message_type", "REQUEST") != "REQUEST":
            yield judge(call, bool(request.get("correlation_id")), "correlation_id", "the case's", "absent")


@checks.judges("REST-12")
def _check_idempotency_key(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", SEND):
        value = call.header("idempotency-key")
        yield judge(call, bool(value), "Idempotency-Key", "a key for each message", value)


def _by_outage(trace: RunTrace) -> tuple[KeptExchange | None, list[KeptExchange]]:
    """The call that met the outage, and the later calls with the same message."""
    outage = next(trace.book.select("rest", SEND, probe="outage"), None)
    if outage is None:
        return None, []
    later = [
        call
        for call in trace.book.select("rest", SEND)
        if call.number > outage.number and call.request.json == outage.request.json
    ]
    return outage, later


@checks.judges("REST-13")
def _check_repeat(trace: RunTrace) -> Judged:
    outage, later = _by_outage(trace)
    if outage is not None and trace.facts.get("is_over", True):
        yield judge(outage, bool(later), "503", "the same message again", len(later))


@checks.judges("REST-14")
def _check_same_key(trace: RunTrace) -> Judged:
    outage, later = _by_outage(trace)
    for call in later:
        if outage is not None and outage.header("idempotency-key"):
            first, second = outage.header("idempotency-key"), call.header("idempotency-key")
            yield judge(call, first == second, "Idempotency-Key", first, second)


@checks.judges("REST-15")
def _check_retry_after(trace: RunTrace) -> Judged:
    outage, later = _by_outage(trace)
    for call in later[:1]:
        if outage is not None:
            waited = (call.began_at - outage.began_at).total_seconds()
            yield judge(
                call, waited >= RETRY_SECONDS * 0.95, "Retry-After", f"{RETRY_SECONDS} s", f"{waited:.2f} s"
            )


@checks.judges("REST-16")
def _check_refusal_stands(trace: RunTrace) -> Judged:
    refused = list(trace.book.select("rest", SEND, probe="refusal"))
    for call in refused[:1]:
        yield judge(call, len(refused) == 1, "403 no-right", "1 call", f"{len(refused)} calls")


@checks.judges("REST-17")
def _check_properties(trace: RunTrace) -> Judged:
    for call, request in _requests(trace):
        properties = request.get("properties")
        if isinstance(properties, dict) and properties:
            too_long = [
                key
                for key, value in properties.items()
                if not 1 <= len(key) <= LONGEST_KEY or not isinstance(value, str) or len(value) > LONGEST_VALUE
            ]
            yield judge(call, not too_long, "properties", f"{LONGEST_KEY}, {LONGEST_VALUE}", too_long)


@checks.judges("REST-18")
def _check_region(trace: RunTrace) -> Judged:
    for call, request in _requests(trace):
        if (region := request.get("region")) is not None:
            yield judge(call, bool(REGION.fullmatch(str(region))), "region", "KZ-…", region)


def _query(call: KeptExchange, name: str) -> str | None:
    match = re.search(rf"[?&]{name}=([^& ]*)", call.request.head)
    return None if match is None else unquote(match[1])


@checks.judges("REST-19")
def _check_wait(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", SEND, TAKE):
        if (text := _query(call, "wait")) is not None:
            is_kept = re.fullmatch(r"\d+(\.\d+)?", text) is not None and float(text) <= MOST_WAIT
            yield judge(call, is_kept, "wait", f"0…{MOST_WAIT:g}", text)


@checks.judges("REST-20")
def _check_limit(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", TAKE):
        if (text := _query(call, "limit")) is not None:
            is_kept = text.isdigit() and 1 <= int(text) <= MOST_MESSAGES
            yield judge(call, is_kept, "limit", f"1…{MOST_MESSAGES}", text)


@checks.judges("REST-21")
def _check_all_concluded(trace: RunTrace) -> Judged:
    takes = list(trace.book.select("rest", TAKE))
    shown_mails = {mail["message_id"]: call for call in takes for mail in call.response.json or ()}
    concluded = {call.facts.get("message_id") for call in trace.book.select("rest", CONCLUDE)}
    for message_id, call in shown_mails.items():
        yield judge(call, message_id in concluded, "delivery", "concluded", message_id)


@checks.judges("REST-22")
def _check_verdict(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", CONCLUDE):
        verdict = call.request.json
        status = verdict.get("status") if isinstance(verdict, dict) else None
        yield judge(call, status in ("accepted", "refused"), "status", "accepted, refused", status)


@checks.judges("REST-23")
def _check_own_mail(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", CONCLUDE):
        is_kept = call.facts.get("mail") is not None
        yield judge(call, is_kept, "message_id", "of the mailbox", call.facts.get("message_id"))


@checks.judges("REST-24")
def _check_refusal_code(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", CONCLUDE):
        verdict = call.request.json
        if isinstance(verdict, dict) and verdict.get("status") == "refused":
            code = verdict.get("code")
            is_kept = bool(REFUSAL_CODE.fullmatch(str(code or "")))
            yield judge(call, is_kept, "code", REFUSAL_CODE.pattern, code)


@checks.judges("REST-25")
def _check_unknown_contract(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", CONCLUDE):
        if call.facts.get("mail") == "unknown-contract" and isinstance(call.request.json, dict):
            status = call.request.json.get("status")
            yield judge(call, status == "refused", "status", "refused", status)


@checks.judges("REST-26")
def _check_same_verdict(trace: RunTrace) -> Judged:
    verdicts = defaultdict(list)
    for call in trace.book.select("rest", CONCLUDE):
        verdicts[call.facts.get("message_id")].append(call)
    for calls in verdicts.values():
        for first, second in pairwise(calls):
            is_kept = first.request.json == second.request.json
            yield judge(second, is_kept, "verdict", first.request.json, second.request.json)


@checks.judges("REST-27")
def _check_lost_verdict(trace: RunTrace) -> Judged:
    counts = Counter(call.facts.get("message_id") for call in trace.book.select("rest", CONCLUDE))
    for call in trace.book.select("rest", CONCLUDE, probe="lost"):
        is_kept = counts[call.facts["message_id"]] > 1
        yield judge(call, is_kept, "503", "the same verdict again", "no other call")


@checks.judges("REST-28")
def _check_escaped_id(trace: RunTrace) -> Judged:
    for call in trace.book.select("rest", CONCLUDE, LOOK):
        target = call.request.head.split(" ")[1]
        yield judge(call, not set("{} ") & set(target), "URL", "%7B…%7D", target)


@checks.judges("REST-29")
def _check_polling(trace: RunTrace) -> Judged:
    takes = list(trace.book.select("rest", TAKE))
    empty = [call for call in takes if call.facts.get("is_empty") and not _query(call, "wait")]
    for call in takes[:1]:
        most = max((_count_within_second(empty, start) for start in empty), default=0)
        yield judge(call, most <= MOST_EMPTY_POLLS, "GET /api/v1/messages", f"≤ {MOST_EMPTY_POLLS}/s", f"{most}/s")


def _count_within_second(calls: list[KeptExchange], start: KeptExchange) -> int:
    return sum(0 <= (call.began_at - start.began_at).total_seconds() < 1 for call in calls)


@checks.judges("REST-30")
def _check_iin_place(trace: RunTrace) -> Judged:
    for call, request in _requests(trace):
        stated = " ".join((call.request.head, str(request.get("message_id")), str(request.get("properties"))))
        yield judge(call, not list(find_iins(stated)), "URL, message_id, properties", "—", "ИИН")
