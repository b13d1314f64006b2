"""What a register must answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from services.tools.conformance.checks.message_rules import find_data_fault, find_iins
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, JudgedExchange, RunTrace, judge
from services.tools.conformance.roles.cases.register_script import ANSWER, ANSWERED
from services.tools.conformance.roles.mailbox import (
    TAKE,
    ScriptedMail,
    contract_of,
    data_of,
    sent_messages,
    verdicts_on,
)
from services.tools.conformance.roles.samples import PERSON_SERVICE, list_people

checks = CheckBook()
Judged = Iterator[JudgedExchange]
Json = dict[str, Any]
KNOWN = ("known", "first-of-two", "second-of-two", "extra-property")
MOST_SECONDS = 30.0


def _mails(trace: RunTrace) -> list[ScriptedMail]:
    mails: list[ScriptedMail] = trace.facts.get("mails", [])
    return mails


def _answers(trace: RunTrace, *probes: str) -> Iterator[tuple[KeptExchange, Json, ScriptedMail]]:
    """The messages in the chain of a question, with the question."""
    by_chain = {str(mail.view["correlation_id"]): mail for mail in _mails(trace)}
    for call, request in sent_messages(trace):
        mail = by_chain.get(str(request.get("correlation_id")))
        if mail is not None and (not probes or mail.probe in probes):
            yield call, request, mail


def _person(request: Json) -> Json:
    person = data_of(request).get("person")
    return person if isinstance(person, dict) else {}


@checks.judges("REG-01")
def _check_chain(trace: RunTrace) -> Judged:
    chains = {str(mail.view["correlation_id"]) for mail in _mails(trace)}
    for call, request in sent_messages(trace):
        chain = request.get("correlation_id")
        yield judge(call, chain in chains, "correlation_id", "of the question", chain)


@checks.judges("REG-02")
def _check_type(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        kind = request.get("message_type", "REQUEST")
        yield judge(call, kind == "RESPONSE", "message_type", "RESPONSE", kind)


@checks.judges("REG-03")
def _check_service(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        service = request.get("service_id")
        yield judge(call, service == PERSON_SERVICE, "service_id", PERSON_SERVICE, service)


@checks.judges("REG-04")
def _check_contract(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        yield judge(call, contract_of(request) == ANSWER, "contract", ANSWER, contract_of(request))


@checks.judges("REG-05")
def _check_data(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace, ANSWER):
        fault = find_data_fault(ANSWER, data_of(request))
        yield judge(call, not fault, "data", ANSWER, fault)


@checks.judges("REG-06")
def _check_person(trace: RunTrace) -> Judged:
    for call, request, mail in _answers(trace, *KNOWN):
        asked_iin, stated = mail.view["content"]["data"]["iin"], _person(request).get("iin")
        yield judge(call, asked_iin == stated, "person/iin", asked_iin, stated)


@checks.judges("REG-07")
def _check_nobody(trace: RunTrace) -> Judged:
    for call, request, _ in _answers(trace, "nobody"):
        data = data_of(request)
        yield judge(call, "person" in data and data["person"] is None, "person", None, data.get("person"))


@checks.judges("REG-08")
def _check_wrong_number(trace: RunTrace) -> Judged:
    for call, request, _ in _answers(trace, "wrong-number"):
        yield judge(call, not _person(request), "person", None, _person(request).get("iin"))
    for call, verdict in verdicts_on(trace, "wrong-number"):
        yield judge(call, verdict in ("accepted", "refused"), "status", "refused", verdict)


@checks.judges("REG-09")
def _check_once(trace: RunTrace) -> Judged:
    counts = Counter(mail.probe for _, _, mail in _answers(trace))
    for call, _, mail in _answers(trace, *KNOWN, "nobody"):
        yield judge(call, counts[mail.probe] == 1, "answers", 1, counts[mail.probe])


@checks.judges("REG-10")
def _check_unknown_contract(trace: RunTrace) -> Judged:
    for call, verdict in verdicts_on(trace, "unknown-contract"):
        yield judge(call, verdict == "refused", "status", "refused", verdict)


@checks.judges("REG-11")
def _check_time(trace: RunTrace) -> Judged:
    shown_mails: dict[str, Any] = {}
    for call in trace.book.select("rest", TAKE):
        for probe in call.facts.get("shown", ()):
            shown_mails.setdefault(probe, call.began_at)
    for call, _, mail in _answers(trace, *ANSWERED):
        if mail.probe in shown_mails:
            seconds = (call.began_at - shown_mails[mail.probe]).total_seconds()
            yield judge(call, seconds <= MOST_SECONDS, "answer", f"≤ {MOST_SECONDS:g} s", f"{seconds:.1f} s")


@checks.judges("REG-12")
def _check_iin_place(trace: RunTrace) -> Judged:
    for call, request in sent_messages(trace):
        stated = f"{request.get('message_id')} {request.get('properties')}"
        yield judge(call, not list(find_iins(stated)), "message_id, properties", "—", "ИИН")


@checks.judges("REG-13")
def _check_birth(trace: RunTrace) -> Judged:
    births = {person.iin: person.birth_date.isoformat() for person in list_people()}
    for call, request, _ in _answers(trace, *KNOWN):
        person = _person(request)
        expected = births.get(str(person.get("iin")))
        if expected is not None:
            yield judge(call, person.get("birthDate") == expected, "birthDate", expected, person.get("birthDate"))


@checks.judges("REG-14")
def _check_sex(trace: RunTrace) -> Judged:
    for call, request, _ in _answers(trace, *KNOWN):
        if person := _person(request):
            yield judge(call, person.get("sex") in ("male", "female"), "sex", "male, female", person.get("sex"))


@checks.judges("REG-15")
def _check_concluded(trace: RunTrace) -> Judged:
    for call, verdict in verdicts_on(trace, *KNOWN, "nobody"):
        yield judge(call, verdict == "accepted", "status", "accepted", verdict)


@checks.judges("REG-16")
def _check_region(trace: RunTrace) -> Judged:
    for call, request, mail in _answers(trace, *KNOWN):
        if request.get("region") is not None:
            yield judge(
                call, request["region"] == mail.view["region"], "region", mail.view["region"], request["region"]
            )
