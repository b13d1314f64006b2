"""What every call of the SOAP channels must keep: HTTP, the envelope, the information of the request."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from lxml import etree

from services.tools.conformance.checks.message_rules import LONGEST_KEY, LONGEST_VALUE, has_zone, read_moment
from services.tools.conformance.checks.soap.soap_calls import (
    find_schema_fault,
    readable_calls,
    request_info,
    soap_calls,
    text_in,
)
from services.tools.conformance.exchanges import local_names
from services.tools.conformance.judging import CheckBook, JudgedExchange, RunTrace, judge
from services.tools.conformance.roles.soap.async_door import OPERATIONS
from services.tools.conformance.roles.soap.soap_envelopes import ASYNC_TYPES, SYNC_TYPES
from shared.pki.xml.wsse import SOAP_11

checks = CheckBook()
Judged = Iterator[JudgedExchange]

CONTENT_TYPE = re.compile(r'(text|application)/xml(\s*;\s*charset="?utf-8"?)?', re.I)
GUID_IN_BRACES = re.compile(r"\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}")
DATES = ("messageDate", "requestDate", "notificationDate", "statusDate")
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
ORDERS = {
    "requestInfo": (
        *("messageId", "correlationId", "serviceId", "messageDate", "routeId", "sender"),
        *("properties", "sessionId"),
    ),
    "messageInfo": (
        *("messageId", "correlationId", "serviceId", "messageType", "routeId", "messageDate", "sender"),
        *("properties", "sessionId"),
    ),
    "notification": ("messageId", "serviceId", "notificationDate", "deliveryStatus"),
    "deliveryStatus": ("receiveStatus", "statusDate", "resendMessage", "error"),
}
MAY_BE_EMPTY = {"messageId", "correlationId"}
"""The ids that ШЭП makes: AsyncChannel wants them empty or absent in a first message."""


@checks.judges("SOAP-01")
def _check_method(trace: RunTrace) -> Judged:
    for call in soap_calls(trace):
        yield judge(call, call.request.head.startswith("POST "), "HTTP", "POST", call.request.head.split(" ")[0])


@checks.judges("SOAP-02")
def _check_content_type(trace: RunTrace) -> Judged:
    for call in soap_calls(trace):
        value = call.header("content-type")
        yield judge(call, bool(CONTENT_TYPE.fullmatch(value.strip())), "Content-Type", "text/xml", value)


@checks.judges("SOAP-03")
def _check_action(trace: RunTrace) -> Judged:
    for call in soap_calls(trace):
        value = call.header("soapaction")
        yield judge(call, value in ("", '""'), "SOAPAction", '""', value)


@checks.judges("SOAP-04")
def _check_xml(trace: RunTrace) -> Judged:
    for call in soap_calls(trace):
        is_kept = b"<!DOCTYPE" in call.request.body[:2000] or call.request.xml is not None
        yield judge(call, is_kept, "body", "XML", call.request.body[:60])


@checks.judges("SOAP-05")
def _check_dtd(trace: RunTrace) -> Judged:
    for call in soap_calls(trace):
        yield judge(call, b"<!DOCTYPE" not in call.request.body, "body", "—", "DOCTYPE")


@checks.judges("SOAP-06")
def _check_envelope(trace: RunTrace) -> Judged:
    for call in soap_calls(trace):
        if (root := call.request.xml) is not None:
            names = [name for name in local_names(root) if name != "Header"]
            is_kept = root.tag == f"{{{SOAP_11}}}Envelope" and names == ["Body"]
            yield judge(call, is_kept, "Envelope", SOAP_11, root.tag)


@checks.judges("SOAP-07")
def _check_wrapper(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        known_names = [f"{{{ASYNC_TYPES}}}{operation}" for operation in OPERATIONS]
        if call.door == "sync":
            known_names = [f"{{{SYNC_TYPES}}}SendMessage"]
        body = wrapper.getparent()
        is_only = body is not None and len(body) == 1
        yield judge(call, wrapper.tag in known_names and is_only, "Body", known_names[0], wrapper.tag)


@checks.judges("SOAP-08")
def _check_unqualified(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        elements = [child for child in wrapper if isinstance(child.tag, str)]
        for info in request_info(wrapper):
            elements += [item for item in info.iter() if isinstance(item.tag, str)]
        qualified = [str(item.tag) for item in elements if etree.QName(item).namespace]
        yield judge(call, not qualified, "request", "unqualified", qualified[:1])


@checks.judges("SOAP-09")
def _check_order(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        for name, order in ORDERS.items():
            for info in wrapper.iter(f"{{*}}{name}"):
                names = [item for item in local_names(info) if item in order]
                yield judge(call, names == sorted(names, key=order.index), name, " ".join(order), " ".join(names))


@checks.judges("SOAP-10")
def _check_service(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        if call.operation != "getMessageStatus":
            value = text_in(wrapper, "serviceId")
            yield judge(call, bool(value), "serviceId", "a service of ШЭП's register", value)


@checks.judges("SOAP-11")
def _check_date(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        for info in request_info(wrapper):
            dates = [name for name in DATES if text_in(info, name) is not None]
            is_good = all(_is_moment(text_in(info, name) or "") for name in dates)
            is_needed = "requestInfo" in str(info.tag) or "messageInfo" in str(info.tag)
            shown_mails = " ".join(f"{name}={text_in(info, name)}" for name in dates)
            is_kept = is_good and (bool(dates) or not is_needed)
            yield judge(call, is_kept, "messageDate", "xs:dateTime", shown_mails)


def _is_moment(text: str) -> bool:
    return "T" in text and read_moment(text) is not None


@checks.judges("SOAP-12")
def _check_zone(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        for name in DATES:
            if (text := text_in(wrapper, name)) and read_moment(text):
                yield judge(call, has_zone(text), name, "+05:00, Z", text)


@checks.judges("SOAP-13")
def _check_moment(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        moment = read_moment(text_in(wrapper, "messageDate"))
        if moment is not None and moment.tzinfo is not None:
            is_near = abs(moment - call.began_at) <= CLOCKS_MAY_DIFFER
            yield judge(call, is_near, "messageDate", call.began_at.isoformat(), moment.isoformat())


@checks.judges("SOAP-14")
def _check_sender(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        value = text_in(wrapper, "senderId")
        yield judge(call, value == trace.keys.address, "sender/senderId", trace.keys.address, value)


@checks.judges("SOAP-15")
def _check_password(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        has_one = any(True for sender in wrapper.iter("{*}sender") for _ in sender.iter("{*}password"))
        yield judge(call, not has_one, "sender/password", "—", "password")


@checks.judges("SOAP-16")
def _check_properties(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        for entry in (item for info in request_info(wrapper) for item in info.iter("{*}properties")):
            key, value = text_in(entry, "key") or "", text_in(entry, "value") or ""
            is_kept = 1 <= len(key) <= LONGEST_KEY and len(value) <= LONGEST_VALUE
            observed = f"{len(key)}, {len(value)}"
            yield judge(call, is_kept, "properties", f"{LONGEST_KEY}, {LONGEST_VALUE}", observed)


@checks.judges("SOAP-17")
def _check_empty(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        empty = [
            str(item.tag)
            for info in request_info(wrapper)
            for item in info.iter()
            if isinstance(item.tag, str) and not len(item) and not (item.text or "").strip()
        ]
        allowed = MAY_BE_EMPTY if call.door == "async" else set()
        yield judge(call, set(empty) <= allowed, "request", "absent or filled", empty[:3])


@checks.judges("SOAP-18")
def _check_session(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        if value := text_in(wrapper, "sessionId"):
            yield judge(call, bool(GUID_IN_BRACES.fullmatch(value)), "sessionId", "{GUID}", value)


@checks.judges("SOAP-19")
def _check_schema(trace: RunTrace) -> Judged:
    for call, wrapper in readable_calls(trace):
        fault = find_schema_fault(wrapper)
        yield judge(call, not fault, "Body", "XSD", fault)
