"""Reads calls of the universal channels as real clients write them, and names what departs from the contract.

No schema of the channels sets ``elementFormDefault``: below the wrapper every element is unqualified. Clients
qualify elements all the same, change their order, leave required ones out, send empty ones: the door reads
elements by their local names and keeps a list of the deviations. A strict door refuses the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from services.shep_gateway.doors.soap.data_slices import ElementSlice, slice_element
from shared.bus.errors import Malformed, Untrusted
from shared.pki.encoding.canonical import EXCLUSIVE, CanonicalForm
from shared.pki.encoding.xmltree import XmlElement
from shared.pki.xml.wsse import SOAP_11

SYNC_TYPES = "http://bip.bee.kz/SyncChannel/v10/Types"
REQUEST_INFO = (
    "messageId", "correlationId", "serviceId", "messageDate", "routeId", "sender", "properties", "sessionId",
)  # fmt: skip
"""The children of ``requestInfo`` in the order of the contract."""
LONGEST_KEY, LONGEST_VALUE = 30, 500
MOST_DEVIATIONS = 30


@dataclass(frozen=True)
class Deviation:
    """A departure from the contract: a stable code, and the element where it was met."""

    code: str
    element: str


@dataclass
class Deviations:
    """The deviations of one call, in the order in which they were met."""

    noted: list[Deviation] = field(default_factory=list)

    def note(self, code: str, element: str) -> None:
        """Keep a deviation; the list stays short whatever a stranger sends."""
        deviation = Deviation(code, element[:60])
        if deviation not in self.noted and len(self.noted) < MOST_DEVIATIONS:
            self.noted.append(deviation)


@dataclass(frozen=True)
class ChannelCall:
    """A call of ``SendMessage``: the information of the request, and its data as they were written."""

    message_id: str
    correlation_id: str
    service_id: str
    route_id: str
    sender_id: str
    properties: dict[str, str]
    session_id: str
    data: ElementSlice
    text: str
    """The text of the data, where the data have no elements."""
    deviations: tuple[Deviation, ...]


@dataclass(frozen=True)
class InfoForm:
    """What the contract says of an element of simple children: their order, and which must be there."""

    order: tuple[str, ...]
    required: tuple[str, ...]
    sent_empty: tuple[str, ...] = ()
    """The children that the contract itself wants empty or absent."""


REQUEST_FORM = InfoForm(REQUEST_INFO, ("messageId", "serviceId", "messageDate", "sender"))


def read_sync_call(document: bytes, body: XmlElement) -> ChannelCall:
    """The call in a Body whose signature is proved.

    ``document`` is the whole envelope: the data are cut out of its bytes. Malformed ``soap-call-malformed`` with
    the missing element; Untrusted ``eds-signature-invalid`` when the data are not those that were signed.
    """
    deviations = Deviations()
    wrapper = only_child(body, "SendMessage", deviations)
    if etree.QName(wrapper).namespace != SYNC_TYPES:
        deviations.note("wrapper-namespace", "SendMessage")
    request = only_child(wrapper, "request", deviations)
    info = find_child(request, "requestInfo", deviations)
    texts = read_info(info, REQUEST_FORM, deviations)
    service_id = require_text(texts, "serviceId")
    path = ("Envelope", "Body", "SendMessage", "request", "requestData", "data")
    data = slice_element(document, path)
    if data is None:
        raise Malformed("soap-call-malformed", "the request has no data", element="data")
    signed_data = find_child(find_child(request, "requestData", deviations), "data", deviations)
    require_signed(data, signed_data)
    return ChannelCall(
        message_id=texts.get("messageId", ""),
        correlation_id=texts.get("correlationId", ""),
        service_id=service_id,
        route_id=texts.get("routeId", ""),
        sender_id=read_sender(info),
        properties=dict(read_properties(info)),
        session_id=texts.get("sessionId", ""),
        data=data,
        text=signed_data.text or "" if not len(signed_data) else "",
        deviations=tuple(deviations.noted),
    )


def require_signed(data: ElementSlice, signed_data: XmlElement) -> None:
    """Require that the bytes cut out are those of the signed element, as two parsers read them."""
    form = CanonicalForm(EXCLUSIVE)
    if form.of_element(data.parse()) != form.of_element(signed_data):
        raise Untrusted("eds-signature-invalid", "the data are not those that were signed")


def read_info(info: XmlElement, form: InfoForm, deviations: Deviations) -> dict[str, str]:
    """The texts of the children by local name, the first of each name; notes what departs from ``form``."""
    texts: dict[str, str] = {}
    for child in child_elements(info):
        name = etree.QName(child).localname
        if child.tag != name:
            deviations.note("element-qualified", name)
        if name not in form.order:
            deviations.note("element-unknown", name)
        elif name in texts and name != "properties":
            deviations.note("element-repeated", name)
        text = (child.text or "").strip()
        if not len(child) and not text and name not in form.sent_empty:
            deviations.note("element-empty", name)
        texts.setdefault(name, text)
    for name in form.required:
        if name not in texts:
            deviations.note("element-missing", name)
    _note_order([etree.QName(child).localname for child in child_elements(info)], form.order, deviations)
    _note_forms(texts, deviations)
    return texts


def require_text(texts: dict[str, str], name: str) -> str:
    """The text of a child without which the call means nothing; Malformed ``soap-call-malformed``."""
    if not texts.get(name):
        raise Malformed("soap-call-malformed", f"the call has no {name}", element=name)
    return texts[name]


def _note_order(names: Sequence[str], order: Sequence[str], deviations: Deviations) -> None:
    last = 0
    for name in names:
        if name in order:
            place = order.index(name)
            if place < last:
                deviations.note("element-order", name)
            last = max(last, place)


def _note_forms(texts: dict[str, str], deviations: Deviations) -> None:
    session_id, date = texts.get("sessionId"), texts.get("messageDate")
    if session_id and not (session_id.startswith("{") and session_id.endswith("}")):
        deviations.note("session-without-braces", "sessionId")
    if date:
        try:
            moment = datetime.fromisoformat(date)
        except ValueError:
            deviations.note("date-malformed", "messageDate")
        else:
            if moment.tzinfo is None:
                deviations.note("date-without-zone", "messageDate")


def read_sender(info: XmlElement) -> str:
    """``sender/senderId``; "" where a client leaves it out."""
    for child in child_elements(info):
        if etree.QName(child).localname == "sender":
            names = {etree.QName(part).localname: (part.text or "").strip() for part in child_elements(child)}
            return names.get("senderId", "")
    return ""


def read_properties(info: XmlElement) -> Iterator[tuple[str, str]]:
    """The keys and values of ``properties``, those with a key; Malformed ``soap-call-malformed``."""
    for child in child_elements(info):
        if etree.QName(child).localname != "properties":
            continue
        parts = {etree.QName(part).localname: (part.text or "").strip() for part in child_elements(child)}
        if not parts.get("key"):
            continue
        if len(parts["key"]) > LONGEST_KEY or len(parts.get("value", "")) > LONGEST_VALUE:
            raise Malformed("soap-call-malformed", "a property is too long", element="properties")
        yield parts["key"], parts.get("value", "")


def only_child(parent: XmlElement, name: str, deviations: Deviations) -> XmlElement:
    """The only child, which has this local name; Malformed ``soap-call-malformed``."""
    children = list(child_elements(parent))
    if len(children) != 1:
        raise Malformed("soap-call-malformed", f"expected one {name}", element=name)
    return find_child(parent, name, deviations)


def find_child(parent: XmlElement, name: str, deviations: Deviations) -> XmlElement:
    """The only child of this local name; Malformed ``soap-call-malformed`` when there is none or another one."""
    children = [child for child in child_elements(parent) if etree.QName(child).localname == name]
    if len(children) != 1:
        raise Malformed("soap-call-malformed", f"expected one {name}", element=name)
    (child,) = children
    if child.tag != name and etree.QName(parent).namespace != SOAP_11:
        deviations.note("element-qualified", name)
    return child


def child_elements(parent: XmlElement) -> Iterator[XmlElement]:
    """The children that are elements."""
    return (child for child in parent if isinstance(child.tag, str))
