"""What a portal must do: applications that people sign, and answers of which not all may be believed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from pydantic import ValidationError

from services.tools.conformance.checks.cases.papers import OpenedPaper, iin_of, open_paper
from services.tools.conformance.checks.message_rules import find_data_fault, find_iins, has_zone, read_moment
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, JudgedExchange, RunTrace, judge
from services.tools.conformance.roles.cases.case_papers import (
    CHANNEL,
    REGION,
    REGULATION,
    SERVICE,
    case_properties,
    load_regulation,
)
from services.tools.conformance.roles.cases.portal_script import APPLICATION
from services.tools.conformance.roles.mailbox import contract_of, data_of, sent_messages, verdicts_on
from shared.bus.errors import BusError
from shared.contracts.documents import ApplicationDocument
from shared.pki.certificates.profile import SignaturePurpose, serves_purpose
from shared.regulations.flk import check_form

checks = CheckBook()
Judged = Iterator[JudgedExchange]
Json = dict[str, Any]
NOTICE = "notice/1"


def _applications(trace: RunTrace) -> Iterator[tuple[KeptExchange, Json, OpenedPaper]]:
    for call, request in sent_messages(trace, APPLICATION):
        yield call, request, open_paper(data_of(request).get("document"))


@checks.judges("PORT-01")
def _check_request(trace: RunTrace) -> Judged:
    for call, request, _ in _applications(trace):
        kind = request.get("message_type", "REQUEST")
        yield judge(call, kind == "REQUEST", "message_type", "REQUEST", kind)


@checks.judges("PORT-02")
def _check_chain(trace: RunTrace) -> Judged:
    for call, request, paper in _applications(trace):
        expected = paper.content.get("application_id")
        is_kept = request.get("correlation_id") == expected
        yield judge(call, is_kept, "correlation_id", expected, request.get("correlation_id"))


@checks.judges("PORT-03")
def _check_signature(trace: RunTrace) -> Judged:
    for call, _, paper in _applications(trace):
        yield judge(call, not paper.fault, "document", "CMS", paper.fault)


@checks.judges("PORT-04")
def _check_signer(trace: RunTrace) -> Judged:
    for call, _, paper in _applications(trace):
        expected, observed = paper.content.get("applicant"), iin_of(paper.certificate)
        yield judge(call, bool(observed) and observed == expected, "certificate: ИИН", expected, observed)


@checks.judges("PORT-05")
def _check_purpose(trace: RunTrace) -> Judged:
    for call, _, paper in _applications(trace):
        if paper.certificate is not None:
            is_kept = serves_purpose(paper.certificate, SignaturePurpose.APPLICANT)
            yield judge(call, is_kept, "certificate", "SIGN", paper.certificate.subject.rfc4514_string())


@checks.judges("PORT-06")
def _check_issuer(trace: RunTrace) -> Judged:
    for call, _, paper in _applications(trace):
        if paper.certificate is not None:
            is_kept = trace.keys.centre.is_issuer_of(paper.certificate)
            yield judge(call, is_kept, "certificate", "НУЦ", paper.certificate.issuer.rfc4514_string())


@checks.judges("PORT-07")
def _check_properties(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        properties = request.get("properties") or {}
        is_kept = case_properties("t1").items() <= properties.items()
        yield judge(call, is_kept, "properties", case_properties("t1"), properties)


@checks.judges("PORT-08")
def _check_region(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        yield judge(call, request.get("region") == REGION, "region", REGION, request.get("region"))


@checks.judges("PORT-09")
def _check_service(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        service = request.get("service_id")
        yield judge(call, service == SERVICE, "service_id", SERVICE, service)


@checks.judges("PORT-10")
def _check_data(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        fault = find_data_fault(contract_of(request), data_of(request))
        yield judge(call, not fault, "data", contract_of(request), fault)


@checks.judges("PORT-11")
def _check_document(trace: RunTrace) -> Judged:
    for call, _, paper in _applications(trace):
        fault = ""
        try:
            ApplicationDocument.model_validate(paper.content)
        except ValidationError as error:
            fault = ", ".join(".".join(map(str, item["loc"])) + f": {item['type']}" for item in error.errors())
        yield judge(call, not fault, "document", "application", fault)


@checks.judges("PORT-12")
def _check_authority(trace: RunTrace) -> Judged:
    known_names = {department.code for department in load_regulation().directories.departments}
    for call, _, paper in _applications(trace):
        authority = paper.content.get("authority")
        yield judge(call, authority in known_names, "document/authority", "of the act's directory", authority)


@checks.judges("PORT-13")
def _check_agreement(trace: RunTrace) -> Judged:
    for call, request, paper in _applications(trace):
        names = ("regulation", "channel", "authority")
        stated, signed = ([source.get(name) for name in names] for source in (data_of(request), paper.content))
        yield judge(call, stated == signed, "data, document", signed, stated)


@checks.judges("PORT-14")
def _check_step(trace: RunTrace) -> Judged:
    for call, request, _ in _applications(trace):
        rows = [row for row in data_of(request).get("steps") or () if isinstance(row, dict)]
        own = [row for row in rows if row.get("step") == "t1" and row.get("by") == trace.keys.address]
        is_kept = bool(own) and has_zone(own[0].get("at"))
        yield judge(call, is_kept, "steps", f"t1 by {trace.keys.address}", rows)


@checks.judges("PORT-15")
def _check_notice(trace: RunTrace) -> Judged:
    noticed = {request.get("correlation_id") for _, request in sent_messages(trace, NOTICE)}
    for call, request, _ in _applications(trace):
        chain = request.get("correlation_id")
        yield judge(call, chain in noticed, "notice/1", chain, "—")


@checks.judges("PORT-16")
def _check_private_notice(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace, NOTICE):
        iins = list(find_iins(str(request.get("content"))))
        yield judge(call, not iins and "document" not in data_of(request), "notice/1", "—", "ИИН")


@checks.judges("PORT-17")
def _check_made_at(trace: RunTrace) -> Judged:
    for call, _, paper in _applications(trace):
        text = paper.content.get("made_at")
        moment = read_moment(text)
        is_kept = has_zone(text) and moment is not None and moment <= call.began_at
        yield judge(call, is_kept, "document/made_at", f"≤ {call.began_at.isoformat()}", text)


@checks.judges("PORT-18")
def _check_new_case(trace: RunTrace) -> Judged:
    cases = trace.facts.get("cases", [])
    calls = [call for call, _, _ in _applications(trace)]
    for call in calls[1:2]:
        yield judge(call, len(cases) >= 2, "application_id", "a new one", cases)


def _check_verdicts(trace: RunTrace, expected: str, *probes: str) -> Judged:
    for call, verdict in verdicts_on(trace, *probes):
        yield judge(call, verdict == expected, "status", expected, verdict)


@checks.judges("PORT-19")
def _check_statuses(trace: RunTrace) -> Judged:
    return _check_verdicts(trace, "accepted", "status")


@checks.judges("PORT-20")
def _check_result(trace: RunTrace) -> Judged:
    return _check_verdicts(trace, "accepted", "result")


@checks.judges("PORT-21")
def _check_spoiled_result(trace: RunTrace) -> Judged:
    return _check_verdicts(trace, "refused", "spoiled-result")


@checks.judges("PORT-22")
def _check_foreign_result(trace: RunTrace) -> Judged:
    return _check_verdicts(trace, "refused", "foreign-result")


@checks.judges("PORT-23")
def _check_unknown_case(trace: RunTrace) -> Judged:
    return _check_verdicts(trace, "refused", "unknown-case")


@checks.judges("PORT-24")
def _check_one_request(trace: RunTrace) -> Judged:
    counts = Counter(str(request.get("correlation_id")) for _, request, _ in _applications(trace))
    for call, request, _ in _applications(trace):
        count = counts[str(request.get("correlation_id"))]
        yield judge(call, count == 1, "application/1", 1, count)


@checks.judges("PORT-25")
def _check_flk(trace: RunTrace) -> Judged:
    for call, _, paper in _applications(trace):
        fault = ""
        try:
            check_form(load_regulation(), dict(paper.content.get("fields") or {}), CHANNEL)
        except BusError as error:
            fault = f"{error.code}: {error.details}"
        yield judge(call, not fault, "document/fields", "format-logic control", fault)


@checks.judges("PORT-26")
def _check_place(trace: RunTrace) -> Judged:
    for call, request, _ in _applications(trace):
        data = data_of(request)
        observed = (data.get("regulation"), data.get("channel"))
        yield judge(call, observed == (REGULATION, CHANNEL), "data", (REGULATION, CHANNEL), observed)
