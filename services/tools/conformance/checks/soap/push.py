"""What a participant's own endpoint of AsyncChannel must answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lxml import etree

from services.tools.conformance.checks.message_rules import has_zone
from services.tools.conformance.checks.soap.soap_calls import find_schema_fault, prove_answer
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, CheckFunction, JudgedExchange, RunTrace, judge
from services.tools.conformance.roles.soap.push_caller import (
    BAD_PROBES,
    CALL_SECONDS,
    CHANGE,
    GET,
    GOOD_PROBES,
    SEND,
)
from services.tools.conformance.roles.soap.soap_envelopes import ASYNC_TYPES, CLIENT_TYPES
from shared.bus.errors import BusError
from shared.pki.xml.wsse import SOAP_11

checks = CheckBook()
Judged = Iterator[JudgedExchange]

RESPONSES = {SEND: f"{{{ASYNC_TYPES}}}sendMessageResponse", CHANGE: f"{{{CLIENT_TYPES}}}{CHANGE}Response"}
LEAKS = (b"Traceback (most recent", b"at java.", b"Stack trace", b'File "/', b"System.NullReference")
FAULT = f"{{{SOAP_11}}}Fault"


def _answered(trace: RunTrace, *probes: str) -> Iterator[KeptExchange]:
    return (call for call in trace.book.select("push") if call.probe in probes and call.operation != GET)


def _tag(call: KeptExchange) -> str:
    child = call.response.body_child()
    return "" if child is None else str(child.tag)


def _is_accepted(call: KeptExchange) -> bool:
    return call.status == 200 and _tag(call) == RESPONSES[call.operation]


def _is_refused(call: KeptExchange) -> bool:
    return call.status >= 400 or _tag(call) == FAULT


def _accepted(trace: RunTrace) -> Iterator[KeptExchange]:
    good = (*GOOD_PROBES, "delivered", "not_delivered")
    return (call for call in _answered(trace, *good) if _is_accepted(call))


def _accepts(*probes: str) -> CheckFunction:
    def check(trace: RunTrace) -> Judged:
        for call in _answered(trace, *probes):
            expected = RESPONSES[call.operation]
            yield judge(call, _is_accepted(call), "answer", f"200 {expected}", f"{call.status} {_tag(call)}")

    return check


def _refuses(probe: str) -> CheckFunction:
    def check(trace: RunTrace) -> Judged:
        for call in _answered(trace, probe):
            yield judge(call, _is_refused(call), "answer", "soap:Fault", f"{call.status} {_tag(call)}")

    return check


def _each(of: Callable[[KeptExchange], JudgedExchange]) -> CheckFunction:
    """A check of every accepted call's answer."""

    def check(trace: RunTrace) -> Judged:
        return (of(call) for call in _accepted(trace))

    return check


for _id, _probes in {
    "PUSH-01": ("plain",), "PUSH-08": ("delivered",), "PUSH-09": ("not_delivered",), "PUSH-10": ("repeat",),
    "PUSH-21": ("after",), "PUSH-22": ("issuer-serial",), "PUSH-23": ("binary-token",), "PUSH-24": ("prefixes",),
    "PUSH-25": ("large",), "PUSH-29": ("together",),
}.items():  # fmt: skip
    checks.judges(_id)(_accepts(*_probes))
for _id, _probe in zip([f"PUSH-{number}" for number in range(11, 19)], BAD_PROBES, strict=True):
    checks.judges(_id)(_refuses(_probe))


def _judge_ids(call: KeptExchange) -> JudgedExchange:
    names = ("messageId", "correlationId") if call.operation == SEND else ("sessionId",)
    missing = [name for name in names if not (call.response.text_of(name) or "").strip()]
    return judge(call, not missing, "response", " ".join(names), f"— {missing}")


def _judge_date(call: KeptExchange) -> JudgedExchange:
    value = (call.response.text_of("responseDate") or "").strip()
    return judge(call, has_zone(value), "responseDate", "xs:dateTime", value)


def _judge_signature(call: KeptExchange) -> JudgedExchange:
    proof = prove_answer(call)
    return judge(call, not isinstance(proof, BusError), "ds:Signature", "valid", proof)


def _judge_type(call: KeptExchange) -> JudgedExchange:
    value = call.response.headers.get("content-type", "")
    return judge(call, value.lower().startswith("text/xml"), "Content-Type", "text/xml", value)


def _judge_schema(call: KeptExchange) -> JudgedExchange:
    child = call.response.body_child()
    fault = "" if child is None else find_schema_fault(child)
    return judge(call, not fault, "Body", "XSD", fault)


checks.judges("PUSH-02")(_each(_judge_ids))
checks.judges("PUSH-03")(_each(_judge_date))
checks.judges("PUSH-04")(_each(_judge_signature))
checks.judges("PUSH-07")(_each(_judge_type))
checks.judges("PUSH-27")(_each(_judge_schema))


@checks.judges("PUSH-05")
def _check_signer(trace: RunTrace) -> Judged:
    for call in _accepted(trace):
        proof = prove_answer(call)
        if not isinstance(proof, BusError):
            is_own = trace.keys.is_participants(proof.certificate)
            expected = trace.keys.participant.certificate.subject.rfc4514_string()
            yield judge(call, is_own, "certificate", expected, proof.certificate.subject.rfc4514_string())


@checks.judges("PUSH-06")
def _check_same_id(trace: RunTrace) -> Judged:
    for call in _accepted(trace):
        if call.operation == SEND:
            delivered = (call.request.text_of("messageId") or "").strip()
            answered = (call.response.text_of("messageId") or "").strip()
            yield judge(call, delivered == answered, "messageId", delivered, answered)


def _faults(trace: RunTrace) -> Iterator[KeptExchange]:
    return (call for call in _answered(trace, *BAD_PROBES) if _is_refused(call))


@checks.judges("PUSH-19")
def _check_fault_form(trace: RunTrace) -> Judged:
    for call in _faults(trace):
        child = call.response.body_child()
        names = [] if child is None else [str(item.tag) for item in child]
        is_kept = child is not None and child.tag == FAULT and {"faultcode", "faultstring"} <= set(names)
        observed = "" if child is None else etree.QName(child).localname
        yield judge(call, is_kept, "Body", "soap:Fault: faultcode, faultstring", f"{observed} {names}")


@checks.judges("PUSH-20")
def _check_fault_status(trace: RunTrace) -> Judged:
    for call in _faults(trace):
        yield judge(call, call.status == 500, "HTTP", 500, call.status)


@checks.judges("PUSH-26")
def _check_time(trace: RunTrace) -> Judged:
    for call in _answered(trace, *GOOD_PROBES):
        is_kept = call.status != 0 and call.seconds <= CALL_SECONDS
        observed = call.facts.get("silence") or f"{call.seconds:.1f} s"
        yield judge(call, is_kept, "answer", f"≤ {CALL_SECONDS:g} s", observed)


@checks.judges("PUSH-28")
def _check_leaks(trace: RunTrace) -> Judged:
    for call in _faults(trace):
        leaks = [leak.decode() for leak in LEAKS if leak in call.response.body]
        yield judge(call, not leaks, "answer", "—", leaks)


@checks.judges("PUSH-30")
def _check_wsdl(trace: RunTrace) -> Judged:
    for call in trace.book.select("push", GET):
        is_kept = call.status == 200 and b"definitions" in call.response.body
        yield judge(call, is_kept, "?wsdl", "WSDL", call.status)
