"""What a provider must do with applications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from services.tools.conformance.checks.cases.papers import OpenedPaper, bin_of, open_paper
from services.tools.conformance.checks.message_rules import find_data_fault, has_zone, read_moment
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, JudgedExchange, RunTrace, judge
from services.tools.conformance.roles.cases.case_papers import (
    AUTHORITY_BIN,
    CHANNEL,
    REGION,
    REGULATION,
    SERVICE,
    STEPS,
    case_properties,
)
from services.tools.conformance.roles.cases.portal_script import read_application
from services.tools.conformance.roles.cases.provider_script import BAD, GOOD
from services.tools.conformance.roles.mailbox import ScriptedMail, contract_of, data_of, sent_messages, verdicts_on
from shared.contracts.statuses import find_status_code
from shared.pki.certificates.profile import SignaturePurpose, serves_purpose

checks = CheckBook()
Judged = Iterator[JudgedExchange]
Json = dict[str, Any]
TYPES = {"status-changed/1": "UPDATE", "result/1": "RESPONSE", "notice/1": "NOTIFICATION"}


def _mails(trace: RunTrace, *probes: str) -> list[ScriptedMail]:
    return [mail for mail in trace.facts.get("mails", ()) if mail.probe in probes]


def _case(trace: RunTrace, probe: str) -> list[tuple[KeptExchange, Json]]:
    """What the participant sent in the case of a script's application, notices to ИС ЦОН left out."""
    chains = {mail.view["correlation_id"] for mail in _mails(trace, probe)}
    return [
        (call, request)
        for call, request in sent_messages(trace, "status-changed/1", "result/1")
        if request.get("correlation_id") in chains
    ]


def _good(trace: RunTrace) -> Iterator[tuple[KeptExchange, Json]]:
    for probe in GOOD:
        yield from _case(trace, probe)


def _results(trace: RunTrace) -> Iterator[tuple[KeptExchange, Json, OpenedPaper]]:
    for call, request in _good(trace):
        if contract_of(request) == "result/1" and data_of(request).get("document"):
            yield call, request, open_paper(data_of(request)["document"])


@checks.judges("PROV-01")
def _check_data(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        fault = find_data_fault(contract_of(request), data_of(request))
        yield judge(call, not fault, "data", contract_of(request), fault)


@checks.judges("PROV-02")
def _check_type(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace, *TYPES):
        expected, kind = TYPES[contract_of(request)], request.get("message_type", "REQUEST")
        yield judge(call, kind == expected, "message_type", expected, kind)


@checks.judges("PROV-03")
def _check_chain(trace: RunTrace) -> Judged:
    known_names = {mail.view["correlation_id"] for mail in trace.facts.get("mails", ())}
    for call, request in sent_messages(trace):
        chain = request.get("correlation_id")
        yield judge(call, chain in known_names, "correlation_id", "application_id", chain)


@checks.judges("PROV-04")
def _check_service(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        service = request.get("service_id")
        yield judge(call, service == SERVICE, "service_id", SERVICE, service)


@checks.judges("PROV-05")
def _check_region(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        yield judge(call, request.get("region") == REGION, "region", REGION, request.get("region"))


@checks.judges("PROV-06")
def _check_properties(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        properties = request.get("properties") or {}
        expected = case_properties(str(properties.get("step", "")))
        is_kept = bool(properties.get("step")) and expected.items() <= properties.items()
        yield judge(call, is_kept, "properties", "regulation, channel, step", properties)


@checks.judges("PROV-07")
def _check_step(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        referred, stated = (request.get("properties") or {}).get("step"), data_of(request).get("step")
        yield judge(call, referred == stated, "properties/step, data/step", stated, referred)


@checks.judges("PROV-08")
def _check_place(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        data = data_of(request)
        observed = (data.get("regulation"), data.get("channel"))
        yield judge(call, observed == (REGULATION, CHANNEL), "data", (REGULATION, CHANNEL), observed)


def _check_status(trace: RunTrace, step: str) -> Judged:
    for call, request in _good(trace):
        data = data_of(request)
        if data.get("step") == step:
            yield judge(call, data.get("status") == STEPS[step], f"{step}/status", STEPS[step], data.get("status"))


@checks.judges("PROV-09")
def _check_received(trace: RunTrace) -> Judged:
    return _check_status(trace, "t3")


@checks.judges("PROV-10")
def _check_in_work(trace: RunTrace) -> Judged:
    return _check_status(trace, "t7")


@checks.judges("PROV-11")
def _check_done(trace: RunTrace) -> Judged:
    return _check_status(trace, "t12")


@checks.judges("PROV-12")
def _check_order(trace: RunTrace) -> Judged:
    for probe in GOOD:
        messages = _case(trace, probe)
        steps = [str(data_of(request).get("step")) for _, request in messages]
        for call, _ in messages[-1:]:
            firsts = list(dict.fromkeys(steps))
            yield judge(call, firsts == list(STEPS), "step", " ".join(STEPS), " ".join(steps))


@checks.judges("PROV-13")
def _check_own_step(trace: RunTrace) -> Judged:
    for call, request in _good(trace):
        data = data_of(request)
        rows = [row for row in data.get("steps") or () if isinstance(row, dict)]
        own = [row for row in rows if row.get("step") == data.get("step") and row.get("by") == trace.keys.address]
        yield judge(call, bool(own), "steps", f"{data.get('step')} by {trace.keys.address}", rows)


@checks.judges("PROV-14")
def _check_step_times(trace: RunTrace) -> Judged:
    for call, request in _good(trace):
        for row in data_of(request).get("steps") or ():
            moment = read_moment(row.get("at")) if isinstance(row, dict) else None
            is_kept = moment is not None and moment.tzinfo is not None and moment <= call.began_at
            yield judge(call, is_kept, "steps/at", f"≤ {call.began_at.isoformat()}", moment)


@checks.judges("PROV-15")
def _check_number(trace: RunTrace) -> Judged:
    for probe in GOOD:
        numbers = [(call, data_of(request).get("number")) for call, request in _case(trace, probe)]
        for call, number in numbers:
            yield judge(
                call, bool(number) and number == numbers[0][1], "number", numbers[0][1] or "a number", number
            )


@checks.judges("PROV-16")
def _check_other_number(trace: RunTrace) -> Judged:
    first, second = ([data_of(request).get("number") for _, request in _case(trace, probe)] for probe in GOOD)
    for call, _ in _case(trace, GOOD[1])[:1]:
        if first and second:
            yield judge(call, first[0] != second[0], "number", "another one", second[0])


@checks.judges("PROV-17")
def _check_signature(trace: RunTrace) -> Judged:
    for call, _, paper in _results(trace):
        yield judge(call, not paper.fault, "document", "CMS", paper.fault)


@checks.judges("PROV-18")
def _check_signer(trace: RunTrace) -> Judged:
    for call, _, paper in _results(trace):
        observed = bin_of(paper.certificate)
        yield judge(call, observed == AUTHORITY_BIN, "certificate: БИН", AUTHORITY_BIN, observed)


@checks.judges("PROV-19")
def _check_issuer(trace: RunTrace) -> Judged:
    for call, _, paper in _results(trace):
        certificate = paper.certificate
        is_kept = (
            certificate is not None
            and trace.keys.centre.is_issuer_of(certificate)
            and serves_purpose(certificate, SignaturePurpose.EMPLOYEE)
        )
        yield judge(call, is_kept, "certificate", "employee, НУЦ", certificate and certificate.issuer)


def _applications(trace: RunTrace) -> dict[str, Json]:
    return {
        str(mail.view["correlation_id"]): read_application(str(mail.view["content"]["data"]["document"]))
        for mail in _mails(trace, *GOOD)
    }


@checks.judges("PROV-20")
def _check_document(trace: RunTrace) -> Judged:
    applications = _applications(trace)
    for call, request, paper in _results(trace):
        application = applications[str(request["correlation_id"])]
        expected = (application["application_id"], application["applicant"], REGULATION)
        observed = tuple(paper.content.get(name) for name in ("application_id", "applicant", "regulation"))
        yield judge(call, observed == expected, "document", expected, observed)


@checks.judges("PROV-21")
def _check_outcome(trace: RunTrace) -> Judged:
    for call, request, paper in _results(trace):
        stated = (data_of(request).get("outcome"), data_of(request).get("number"))
        signed = (paper.content.get("outcome"), paper.content.get("number"))
        yield judge(call, stated == signed, "outcome, number", signed, stated)


@checks.judges("PROV-22")
def _check_accepted(trace: RunTrace) -> Judged:
    for call, verdict in verdicts_on(trace, *GOOD):
        yield judge(call, verdict == "accepted", "status", "accepted", verdict)


def _check_not_executed(trace: RunTrace, probe: str) -> Judged:
    positive = [
        call
        for call, request in _case(trace, probe)
        if contract_of(request) == "result/1" and data_of(request).get("outcome") != "negative"
    ]
    touched = verdicts_on(trace, probe) + [(call, "sent") for call, _ in _case(trace, probe)]
    for call, _ in touched[:1]:
        yield judge(positive[0] if positive else call, not positive, "result", "refused", "positive")


@checks.judges("PROV-23")
def _check_spoiled(trace: RunTrace) -> Judged:
    return _check_not_executed(trace, BAD[0])


@checks.judges("PROV-24")
def _check_other_signer(trace: RunTrace) -> Judged:
    return _check_not_executed(trace, BAD[1])


@checks.judges("PROV-25")
def _check_expired(trace: RunTrace) -> Judged:
    return _check_not_executed(trace, BAD[2])


@checks.judges("PROV-26")
def _check_once(trace: RunTrace) -> Judged:
    for probe in GOOD:
        steps = Counter(str(data_of(request).get("step")) for _, request in _case(trace, probe))
        for call, _ in _case(trace, probe)[-1:]:
            yield judge(call, max(steps.values()) == 1, "step", "once", dict(steps))


@checks.judges("PROV-27")
def _check_end(trace: RunTrace) -> Judged:
    for probe in GOOD:
        messages = _case(trace, probe)
        contracts = [contract_of(request) for _, request in messages]
        if "result/1" in contracts:
            yield judge(messages[-1][0], contracts[-1] == "result/1", "result/1", "the last message", contracts)


@checks.judges("PROV-28")
def _check_unknown_regulation(trace: RunTrace) -> Judged:
    for call, verdict in verdicts_on(trace, "unknown-regulation"):
        yield judge(call, verdict == "refused", "status", "refused", verdict)


@checks.judges("PROV-29")
def _check_code(trace: RunTrace) -> Judged:
    for call, request in _good(trace):
        expected = find_status_code(request["content"])
        code = (request.get("properties") or {}).get("status-code")
        if code is not None:
            yield judge(call, code == expected, "properties/status-code", expected, code)


@checks.judges("PROV-30")
def _check_issued(trace: RunTrace) -> Judged:
    for call, _, paper in _results(trace):
        text = paper.content.get("issued_at")
        moment = read_moment(text)
        is_kept = has_zone(text) and moment is not None and moment <= call.began_at
        yield judge(call, is_kept, "document/issued_at", f"≤ {call.began_at.isoformat()}", text)
