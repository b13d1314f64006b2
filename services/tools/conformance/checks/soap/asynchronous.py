"""What a participant of AsyncChannel must do at ШЭП's side."""

from __future__ import annotations

from collections.abc import Iterator

from services.tools.conformance.checks.message_rules import TYPES, has_zone
from services.tools.conformance.exchanges import KeptExchange
from services.tools.conformance.judging import CheckBook, JudgedExchange, RunTrace, judge
from services.tools.conformance.roles.soap.async_door import NOTIFY, PULL, SEND, STATUS

checks = CheckBook()
Judged = Iterator[JudgedExchange]

ACCEPTED, NOT_ACCEPTED = "MESSAGE_ACCEPTED", "MESSAGE_NOT_ACCTEPTED"
MOST_EMPTY_PULLS = 10


def _text(call: KeptExchange, name: str) -> str:
    return (call.request.text_of(name) or "").strip()


def _sent(trace: RunTrace, *, is_request: bool) -> list[KeptExchange]:
    return [
        call
        for call in trace.book.select("async", SEND)
        if (_text(call, "messageType") == "REQUEST") is is_request
    ]


@checks.judges("ASYNC-01")
def _check_no_id(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", SEND):
        yield judge(call, not _text(call, "messageId"), "messageId", "—", _text(call, "messageId"))


@checks.judges("ASYNC-02")
def _check_no_chain(trace: RunTrace) -> Judged:
    for call in _sent(trace, is_request=True):
        keys = [element.text for element in call.request.find_all("key")]
        is_kept = not _text(call, "correlationId") or "regulation" in keys
        yield judge(call, is_kept, "correlationId", "—", _text(call, "correlationId"))


@checks.judges("ASYNC-03")
def _check_chain(trace: RunTrace) -> Judged:
    for call in _sent(trace, is_request=False):
        yield judge(call, bool(_text(call, "correlationId")), "correlationId", "the chain's", "")


@checks.judges("ASYNC-04")
def _check_known_chain(trace: RunTrace) -> Judged:
    for call in _sent(trace, is_request=False):
        earlier = [item for item in trace.book.select("async") if item.number < call.number]
        known_names = {element.text for item in earlier for element in item.response.find_all("correlationId")}
        if value := _text(call, "correlationId"):
            yield judge(call, value in known_names, "correlationId", "given by ШЭП", value)


@checks.judges("ASYNC-05")
def _check_type(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", SEND):
        value = _text(call, "messageType")
        yield judge(call, value in TYPES, "messageType", ", ".join(TYPES), value)


@checks.judges("ASYNC-06")
def _check_pull_service(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", PULL):
        yield judge(call, bool(_text(call, "serviceId")), "serviceId", "a service", "")


@checks.judges("ASYNC-07")
def _check_amount(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", PULL):
        if (value := call.request.text_of("amount")) is not None:
            yield judge(call, value.strip().isdigit(), "amount", "int ≥ 0", value)


def _shown(trace: RunTrace) -> dict[str, tuple[KeptExchange, str]]:
    """The messages that a signed answer showed: the exchange, and the service."""
    shown_mails: dict[str, tuple[KeptExchange, str]] = {}
    for call in trace.book.select("async", PULL, probe="signed"):
        for message in call.response.find_all("messageInfo"):
            name = (message.findtext("messageId") or "").strip()
            shown_mails.setdefault(name, (call, (message.findtext("serviceId") or "").strip()))
    return shown_mails


@checks.judges("ASYNC-08")
def _check_notified(trace: RunTrace) -> Judged:
    notified = {call.facts.get("message_id") for call in trace.book.select("async", NOTIFY)}
    for message_id, (call, _) in _shown(trace).items():
        yield judge(call, message_id in notified, NOTIFY, message_id, "—")


@checks.judges("ASYNC-09")
def _check_notified_ids(trace: RunTrace) -> Judged:
    shown_mails = _shown(trace)
    for call in trace.book.select("async", NOTIFY):
        message_id = str(call.facts.get("message_id"))
        if call.facts.get("mail") != "trap":
            service = shown_mails.get(message_id, (call, ""))[1]
            is_kept = message_id in shown_mails and _text(call, "serviceId") == service
            yield judge(call, is_kept, "notification", service, f"{message_id} {_text(call, 'serviceId')}")


@checks.judges("ASYNC-10")
def _check_spelling(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", NOTIFY):
        value = _text(call, "receiveStatus")
        yield judge(call, value in (ACCEPTED, NOT_ACCEPTED), "receiveStatus", f"{ACCEPTED}, {NOT_ACCEPTED}", value)


@checks.judges("ASYNC-11")
def _check_status_date(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", NOTIFY):
        value = _text(call, "statusDate")
        yield judge(call, has_zone(value), "statusDate", "xs:dateTime", value)


@checks.judges("ASYNC-12")
def _check_resend(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", NOTIFY):
        value = _text(call, "resendMessage")
        yield judge(call, value in ("RESEND", "NOT_RESEND"), "resendMessage", "RESEND, NOT_RESEND", value)


def _refused(trace: RunTrace) -> list[KeptExchange]:
    return [call for call in trace.book.select("async", NOTIFY) if _text(call, "receiveStatus").find("NOT") > 0]


@checks.judges("ASYNC-13")
def _check_unreadable(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", NOTIFY):
        if call.facts.get("mail") == "unreadable":
            value = _text(call, "receiveStatus")
            yield judge(call, value != ACCEPTED, "receiveStatus", NOT_ACCEPTED, value)


@checks.judges("ASYNC-14")
def _check_error(trace: RunTrace) -> Judged:
    for call in _refused(trace):
        yield judge(call, bool(_text(call, "errorCode")), "error/errorCode", "a code", "—")


@checks.judges("ASYNC-15")
def _check_no_resend(trace: RunTrace) -> Judged:
    for call in _refused(trace):
        if call.facts.get("mail") == "unreadable":
            value = _text(call, "resendMessage")
            yield judge(call, value == "NOT_RESEND", "resendMessage", "NOT_RESEND", value)


def _answers(trace: RunTrace) -> list[KeptExchange]:
    return [call for call in trace.book.select("async", SEND) if call.facts.get("answers")]


@checks.judges("ASYNC-16")
def _check_answer_service(trace: RunTrace) -> Judged:
    services = {service for _, service in _shown(trace).values()}
    for call in _answers(trace):
        yield judge(call, _text(call, "serviceId") in services, "serviceId", services, _text(call, "serviceId"))


@checks.judges("ASYNC-17")
def _check_answered_once(trace: RunTrace) -> Judged:
    answers = _answers(trace)
    for call in answers[-1:]:
        yield judge(call, len(answers) == 1, "RESPONSE", 1, len(answers))


@checks.judges("ASYNC-18")
def _check_status_id(trace: RunTrace) -> Judged:
    given = {call.facts.get("given") for call in trace.book.select("async", SEND)}
    for call in trace.book.select("async", STATUS):
        yield judge(call, _text(call, "messageId") in given, "messageId", "given by ШЭП", _text(call, "messageId"))


@checks.judges("ASYNC-19")
def _check_request_date(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", STATUS, NOTIFY):
        value = _text(call, "requestDate")
        yield judge(call, has_zone(value), "requestDate", "xs:dateTime", value)


@checks.judges("ASYNC-20")
def _check_repeat(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", SEND, probe="outage"):
        later = [item for item in _sent(trace, is_request=True) if item.number > call.number]
        yield judge(call, bool(later), "HTTP 500", "sent again", len(later))


@checks.judges("ASYNC-21")
def _check_trap(trace: RunTrace) -> Judged:
    for call in trace.book.select("async", PULL, probe="unsigned"):
        touched = [item for item in trace.book.select("async", NOTIFY) if item.facts.get("mail") == "trap"]
        yield judge(touched[0] if touched else call, not touched, PULL, "unsigned: not used", NOTIFY)


@checks.judges("ASYNC-22")
def _check_pulling(trace: RunTrace) -> Judged:
    pulls = list(trace.book.select("async", PULL))
    empty = [call.began_at for call in pulls if call.facts.get("is_empty")]
    for call in pulls[:1]:
        most = max((sum(0 <= (item - start).total_seconds() < 1 for item in empty) for start in empty), default=0)
        yield judge(call, most <= MOST_EMPTY_PULLS, PULL, f"≤ {MOST_EMPTY_PULLS}/s", f"{most}/s")
