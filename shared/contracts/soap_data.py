"""The data of messages that come through ШЭП's SOAP door and are XML: ШЭП carries them byte for byte."""

from __future__ import annotations

from typing import Annotated, ClassVar
from xml.sax.saxutils import quoteattr

from pydantic import Field

from shared.bus.messages.message import MessageContract
from shared.pki.encoding.xmltree import XmlElement, parse_document


class SoapData(MessageContract):
    """The element ``data`` of a SOAP message, as its sender wrote it.

    ``xml`` is the whole element with its tags. ``namespaces`` are the prefixes that the element's ancestors
    declare, with "" for the default namespace: the element is read together with them.
    """

    contract: ClassVar[str] = "soap-data/1"

    xml: str
    namespaces: Annotated[dict[str, str], Field(default_factory=dict)]


def read_soap_data(data: SoapData) -> XmlElement:
    """The element ``data``; raises as ``parse_document`` does."""
    declarations = "".join(
        f" xmlns{':' if prefix else ''}{prefix}={quoteattr(uri)}"
        for prefix, uri in sorted(data.namespaces.items())
    )
    return parse_document(f"<scope{declarations}>{data.xml}</scope>".encode())[0]
