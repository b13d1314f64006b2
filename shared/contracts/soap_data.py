"""The data of messages that come through ШЭП's SOAP door and are XML: ШЭП carries them byte for byte."""

from __future__ import annotations

from typing import Annotated, ClassVar
from xml.sax.saxutils import quoteattr

from lxml import etree
from pydantic import Field

from shared.bus.errors import BusError, Malformed
from shared.bus.messages.message import MessageContract, WireModel
from shared.pki.encoding.xmltree import XmlElement, parse_document

NOTHING_FOUND, DATA_FAULT = "SCSE001", "SCSE002"
"""Status codes of an answer without success: a refusal by the rules or nothing found; faulty business data."""
MOST_FIELDS = 100


class SoapStatus(WireModel):
    """``status`` of an answer that is no success."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{3,4}[0-9]{3}$")]
    message: Annotated[str, Field(max_length=250)]


class SoapData(MessageContract):
    """The element ``data`` of a SOAP message, as its sender wrote it.

    ``xml`` is the whole element with its tags. ``namespaces`` are the prefixes that the element's ancestors
    declare, with "" for the default namespace: the element is read together with them. ``status`` is None in a
    request and in an answer that succeeded.
    """

    contract: ClassVar[str] = "soap-data/1"

    xml: str
    namespaces: Annotated[dict[str, str], Field(default_factory=dict)]
    status: SoapStatus | None = None


def refuse_business(error: BusError) -> SoapStatus:
    """The status of an answer that a provider's error refuses; ``message`` begins with the error's code."""
    code = DATA_FAULT if isinstance(error, Malformed) else NOTHING_FOUND
    return SoapStatus(code=code, message=f"{error.code}: {error.message}"[:250])


def read_soap_data(data: SoapData) -> XmlElement:
    """The element ``data``; raises as ``parse_document`` does."""
    declarations = "".join(
        f" xmlns{':' if prefix else ''}{prefix}={quoteattr(uri)}"
        for prefix, uri in sorted(data.namespaces.items())
    )
    return parse_document(f"<scope{declarations}>{data.xml}</scope>".encode())[0]


def read_soap_fields(data: XmlElement) -> dict[str, str]:
    """The texts of the fields in ``data`` by their local names; raises as ``parse_document`` does.

    Clients write the fields as children of ``data``, as children of its only child, or as an escaped document in
    its text; with or without a namespace. Of a repeated field the first counts.
    """
    texts: dict[str, str] = {}
    for part in _field_elements(data)[:MOST_FIELDS]:
        texts.setdefault(etree.QName(part).localname, (part.text or "").strip())
    return texts


def _field_elements(data: XmlElement) -> list[XmlElement]:
    children = [child for child in data if isinstance(child.tag, str)]
    if not children and (data.text or "").lstrip().startswith("<"):
        return _field_elements(parse_document((data.text or "").strip().encode()))
    if len(children) == 1 and len(children[0]):
        return _field_elements(children[0])
    return children
