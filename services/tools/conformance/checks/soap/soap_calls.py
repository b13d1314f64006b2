"""Calls of the SOAP channels as the checks read them: the parts of the request, the signature, the schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from lxml import etree

from services.tools.conformance.exchanges import CarriedPart, KeptExchange
from services.tools.conformance.judging import RunTrace
from services.tools.conformance.roles.soap.soap_envelopes import ASYNC_TYPES, CLIENT_TYPES, SYNC_TYPES
from shared.bus.errors import BusError
from shared.pki.encoding.xmltree import XmlElement
from shared.pki.xml.wsse import SignedBody, open_body

SCHEMAS = Path(__file__).parents[5] / "shared" / "contracts" / "published" / "channels"
DS = "http://www.w3.org/2000/09/xmldsig#"
SCHEMA_OF: Mapping[str, str] = {
    SYNC_TYPES: "sync-types.xsd",
    ASYNC_TYPES: "async-types.xsd",
    CLIENT_TYPES: "client-types.xsd",
}
DOORS = ("sync", "async")
INFO_NAMES = ("requestInfo", "messageInfo", "notification")


def soap_calls(trace: RunTrace) -> Iterator[KeptExchange]:
    """The calls of the participant at the SOAP doors."""
    for door in DOORS:
        yield from trace.book.select(door)


def readable_calls(trace: RunTrace) -> Iterator[tuple[KeptExchange, XmlElement]]:
    """The calls whose envelope has a Body with an element: that element, the wrapper of the operation."""
    for call in soap_calls(trace):
        if (wrapper := call.request.body_child()) is not None:
            yield call, wrapper


def request_info(wrapper: XmlElement) -> Iterator[XmlElement]:
    """The elements with the information of a request: not its data."""
    for name in INFO_NAMES:
        yield from wrapper.iter(f"{{*}}{name}")
    if not any(True for name in INFO_NAMES for _ in wrapper.iter(f"{{*}}{name}")):
        yield from wrapper.iter("{*}request")


def prove_body(call: KeptExchange, part: CarriedPart, key: str) -> SignedBody | BusError:
    """The signed Body of an envelope, or why the signature proves nothing; ``key`` is request or response."""
    if key not in call.facts:
        try:
            call.facts[key] = open_body(part.body, most_references=5)
        except BusError as error:
            call.facts[key] = error
    proof: SignedBody | BusError = call.facts[key]
    return proof


def prove_request(call: KeptExchange) -> SignedBody | BusError:
    """As ``prove_body``, of a request."""
    return prove_body(call, call.request, "request-proof")


def prove_answer(call: KeptExchange) -> SignedBody | BusError:
    """As ``prove_body``, of an answer."""
    return prove_body(call, call.response, "response-proof")


@cache
def load_schema(file: str) -> etree.XMLSchema:
    """A published schema of the channels."""
    return etree.XMLSchema(etree.parse(str(SCHEMAS / file)))


def find_schema_fault(wrapper: XmlElement) -> str:
    """What the published schema says against an element of a Body; "" for nothing, and for a foreign element."""
    file = SCHEMA_OF.get(etree.QName(wrapper).namespace or "")
    if file is None:
        return ""
    try:
        load_schema(file).assertValid(etree.fromstring(etree.tostring(wrapper)))
    except etree.DocumentInvalid as error:
        return str(error)
    return ""


def header_elements(part: CarriedPart, name: str, namespace: str = "*") -> list[XmlElement]:
    """The elements of this name in the Header of an envelope."""
    return [found for header in part.find_all("Header")[:1] for found in header.iter(f"{{{namespace}}}{name}")]


def text_in(parent: XmlElement, name: str) -> str | None:
    """The text of the first element of this local name below ``parent``; None without one."""
    element = next(parent.iter(f"{{*}}{name}"), None)
    return None if element is None else (element.text or "").strip()
