"""What a participant with a queue of its own must do: signatures, order, receipts, refusals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from services.tools.conformance.checks.message_rules import find_data_fault, has_zone, load_contracts, read_moment
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, CheckFunction, JudgedExchange, RunTrace, judge
from services.tools.conformance.kit_keys import GATEWAY
from services.tools.conformance.roles.amqp_caller import (
    ATTESTED_PROBES,
    BAD_PROBES,
    DELIVER,
    DOOR,
    GOOD_PROBES,
    RECEIPTS,
    answers,
    data_part_of,
    info_of,
    notifications,
    published,
)
from shared.bus.errors import BusError
from shared.bus.messages import jws
from shared.bus.messages.jws import JwsToken
from shared.bus.messages.message import MessageInfo

checks = CheckBook()
Judged = Iterator[JudgedExchange]
Json = dict[str, Any]
LONGEST_TOKEN = 4096
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
ACCEPTED, NOT_ACCEPTED = "MESSAGE_ACCEPTED", "MESSAGE_NOT_ACCTEPTED"


def _token(call: KeptExchange) -> JwsToken | BusError:
    try:
        return jws.parse(call.header("signature"))
    except BusError as error:
        return error


def _tokens(trace: RunTrace) -> Iterator[tuple[KeptExchange, JwsToken]]:
    for call in published(trace):
        token = _token(call)
        if not isinstance(token, BusError):
            yield call, token


@checks.judges("AMQP-01")
def _check_form(trace: RunTrace) -> Judged:
    for call in published(trace):
        text = call.header("signature")
        is_kept = len(text) <= LONGEST_TOKEN and text.count(".") == 2 and ".." in text
        yield judge(call, is_kept, "signature", "header..signature", text[:80])


@checks.judges("AMQP-02")
def _check_header(trace: RunTrace) -> Judged:
    for call in published(trace):
        token = _token(call)
        yield judge(call, not isinstance(token, BusError), "signature", "alg, b64, crit, x5t#S256", token)


@checks.judges("AMQP-03")
def _check_certificate(trace: RunTrace) -> Judged:
    for call, token in _tokens(trace):
        own = trace.keys.participant.thumbprint
        yield judge(call, token.thumbprint == own, "x5t#S256", own, token.thumbprint)


@checks.judges("AMQP-04")
def _check_addressee(trace: RunTrace) -> Judged:
    for call, token in _tokens(trace):
        yield judge(call, token.claims.get("to") == GATEWAY, "to", GATEWAY, token.claims.get("to"))


@checks.judges("AMQP-05")
def _check_signature(trace: RunTrace) -> Judged:
    key: Any = trace.keys.participant.certificate.public_key()
    for call, token in _tokens(trace):
        fault = ""
        try:
            jws.verify(token, key, call.request.body)
        except BusError as error:
            fault = error.code
        yield judge(call, not fault, "signature", "valid", fault)


@checks.judges("AMQP-06")
def _check_numbers(trace: RunTrace) -> Judged:
    numbers: dict[str, list[int]] = defaultdict(list)
    for call, token in _tokens(trace):
        if sequence := token.claims.get("seq"):
            chain = numbers[str(info_of(call).get("correlationId"))]
            chain.append(int(sequence))
            yield judge(call, chain[-1] == len(chain), "seq", len(chain), sequence)


@checks.judges("AMQP-07")
def _check_receipt_number(trace: RunTrace) -> Judged:
    for call, token in _tokens(trace):
        if data_part_of(call).get("contract") == RECEIPTS:
            sequence = token.claims.get("seq", 0)
            yield judge(call, not sequence, "seq", 0, sequence)


@checks.judges("AMQP-08")
def _check_no_hop(trace: RunTrace) -> Judged:
    for call in published(trace):
        yield judge(call, "hop" not in call.request.headers, "hop", "—", call.header("hop")[:40])


@checks.judges("AMQP-09")
def _check_envelope(trace: RunTrace) -> Judged:
    for call in published(trace):
        fault = ""
        try:
            MessageInfo.model_validate_json(_envelope_json(call))
        except ValidationError as error:
            fault = ", ".join(".".join(map(str, item["loc"])) + f": {item['type']}" for item in error.errors())
        yield judge(call, not fault, "messageInfo", "envelope", fault)


def _envelope_json(call: KeptExchange) -> str:
    import json

    return json.dumps(info_of(call))


@checks.judges("AMQP-10")
def _check_data(trace: RunTrace) -> Judged:
    for call in published(trace):
        part = data_part_of(call)
        contract = str(part.get("contract"))
        fault = find_data_fault(contract, part.get("data")) if contract in load_contracts() else "unknown"
        yield judge(call, not fault, "messageData", contract, fault)


@checks.judges("AMQP-11")
def _check_id(trace: RunTrace) -> Judged:
    bodies: dict[str, bytes] = {}
    for call in published(trace):
        name = str(info_of(call).get("messageId"))
        yield judge(
            call, bodies.setdefault(name, call.request.body) == call.request.body, "messageId", "new", name
        )


@checks.judges("AMQP-12")
def _check_date(trace: RunTrace) -> Judged:
    for call in published(trace):
        text = info_of(call).get("messageDate")
        moment = read_moment(text)
        is_kept = has_zone(text) and moment is not None and abs(moment - call.began_at) <= CLOCKS_MAY_DIFFER
        yield judge(call, is_kept, "messageDate", call.began_at.isoformat(), text)


@checks.judges("AMQP-13")
def _check_sender(trace: RunTrace) -> Judged:
    for call in published(trace):
        sender = info_of(call).get("sender")
        observed = sender.get("senderId") if isinstance(sender, dict) else None
        yield judge(call, observed == trace.keys.address, "sender/senderId", trace.keys.address, observed)


def _delivered(trace: RunTrace, *probes: str) -> list[KeptExchange]:
    return [call for call in trace.book.select(DOOR, DELIVER) if call.probe in probes]


def _statuses(trace: RunTrace, call: KeptExchange) -> list[str]:
    name = call.facts["message_id"]
    return [str(note.get("receiveStatus")) for _, note in notifications(trace) if note.get("messageId") == name]


def _has_answer(trace: RunTrace, call: KeptExchange) -> bool:
    return any(info_of(answer).get("correlationId") == call.facts["chain"] for answer in answers(trace))


@checks.judges("AMQP-14")
def _check_receipts(trace: RunTrace) -> Judged:
    for call in _delivered(trace, *GOOD_PROBES):
        statuses = _statuses(trace, call)
        yield judge(call, ACCEPTED in statuses, "receiveStatus", ACCEPTED, statuses)


@checks.judges("AMQP-15")
def _check_receipt_form(trace: RunTrace) -> Judged:
    for call in published(trace, RECEIPTS):
        info = info_of(call)
        observed = (info.get("serviceId"), info.get("messageType"))
        expected = ("delivery-notification", "NOTIFICATION")
        yield judge(call, observed == expected, "serviceId, messageType", expected, observed)


@checks.judges("AMQP-16")
def _check_spelling(trace: RunTrace) -> Judged:
    for call, note in notifications(trace):
        value = note.get("receiveStatus")
        yield judge(call, value in (ACCEPTED, NOT_ACCEPTED), "receiveStatus", NOT_ACCEPTED, value)


@checks.judges("AMQP-17")
def _check_receipt_chain(trace: RunTrace) -> Judged:
    cases = {call.facts["chain"] for call in trace.book.select(DOOR, DELIVER)}
    for call in published(trace, RECEIPTS):
        chain = info_of(call).get("correlationId")
        yield judge(call, chain not in cases, "correlationId", "of its own", chain)


@checks.judges("AMQP-18")
def _check_receipt_sender(trace: RunTrace) -> Judged:
    senders = {call.facts["message_id"]: call.facts.get("sender") for call in _delivered(trace, *GOOD_PROBES)}
    for call, note in notifications(trace):
        if (expected := senders.get(note.get("messageId"))) is not None:
            yield judge(call, note.get("senderId") == expected, "senderId", expected, note.get("senderId"))


def _refuses(probe: str) -> CheckFunction:
    def check(trace: RunTrace) -> Judged:
        for call in _delivered(trace, probe):
            statuses = _statuses(trace, call)
            is_kept = not _has_answer(trace, call) and ACCEPTED not in statuses
            yield judge(call, is_kept, probe, NOT_ACCEPTED, statuses or "answered")

    return check


for _number, _probe in enumerate(BAD_PROBES, start=19):
    checks.judges(f"AMQP-{_number}")(_refuses(_probe))


@checks.judges("AMQP-28")
def _check_told_refusals(trace: RunTrace) -> Judged:
    for call in _delivered(trace, *ATTESTED_PROBES):
        statuses = _statuses(trace, call)
        yield judge(call, bool(statuses), "receiveStatus", NOT_ACCEPTED, "—")


@checks.judges("AMQP-29")
def _check_code(trace: RunTrace) -> Judged:
    for call, note in notifications(trace):
        if note.get("receiveStatus") != ACCEPTED:
            yield judge(call, bool(note.get("errorCode")), "errorCode", "a code", note.get("errorCode"))


@checks.judges("AMQP-30")
def _check_once(trace: RunTrace) -> Judged:
    counts = Counter(info_of(answer).get("correlationId") for answer in answers(trace))
    for call in _delivered(trace, "repeat"):
        count = counts[call.facts["chain"]]
        if count:
            yield judge(call, count == 1, "answers", 1, count)


@checks.judges("AMQP-31")
def _check_order(trace: RunTrace) -> Judged:
    for call in _delivered(trace, "first-of-two"):
        expected = [call.facts["iin"]] + [item.facts["iin"] for item in _delivered(trace, "second-of-two")]
        observed = [
            _iin_of(item) for item in answers(trace) if info_of(item).get("correlationId") == call.facts["chain"]
        ]
        if observed:
            yield judge(call, observed == expected, "order", expected, observed)


def _iin_of(call: KeptExchange) -> Any:
    data = data_part_of(call).get("data")
    person = data.get("person") if isinstance(data, dict) else None
    return person.get("iin") if isinstance(person, dict) else None


@checks.judges("AMQP-32")
def _check_withdrawn(trace: RunTrace) -> Judged:
    for call in _delivered(trace, "behind-withdrawn"):
        yield judge(call, _has_answer(trace, call), "seq", "answered behind withdrawn/1", "—")


@checks.judges("AMQP-33")
def _check_after(trace: RunTrace) -> Judged:
    for call in _delivered(trace, "after"):
        yield judge(call, _has_answer(trace, call), "answer", "goes on", "—")


@checks.judges("AMQP-34")
def _check_chain(trace: RunTrace) -> Judged:
    cases = {call.facts["chain"] for call in trace.book.select(DOOR, DELIVER)}
    for call in answers(trace):
        chain = info_of(call).get("correlationId")
        yield judge(call, chain in cases, "correlationId", "of the question", chain)
