"""Reads XML from untrusted senders: no DTD, no network, UTF-8 only, with limits on size and shape.

libxml2 itself stops at 256 levels and at 10 MB in one text. The canonical form of libxml2 takes time that grows
with the square of an element's attributes and of the namespaces in scope (100,000 attributes of one element in a
file of 1 MB took over a minute), and the exclusive form repeats a namespace's name at every element that uses that
namespace. So this module counts attributes and namespaces before any other work.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any, Final, TypeAlias

from lxml import etree

from shared.bus.errors import Malformed

XmlElement: TypeAlias = etree._Element

MAX_BYTES: Final = 24 * 1024 * 1024
"""More than a message may have (16 MiB): a file of ten megabytes in base64 passes with all that is around it. What
costs time and memory is marks, not text.
"""
MAX_MARKS: Final = 100_000
"""The most `<` (an element has one or two, a comment one), and the most `=`, that a document may hold."""
MAX_ATTRIBUTES: Final = 64
MAX_NAMESPACES: Final = 64
MAX_NAMESPACE_LENGTH: Final = 256

WHITESPACE: Final = " \t\r\n"

_BOM = b"\xef\xbb\xbf"
_DECLARATION = re.compile(
    rb"<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:'1\.0'|\"1\.0\")"
    rb"(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(?P<quote>['\"])[Uu][Tt][Ff]-?8(?P=quote))?"
    rb"(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(?:'(?:yes|no)'|\"(?:yes|no)\"))?[ \t\r\n]*\?>"
)


def parse_document(data: bytes, *, max_bytes: int = MAX_BYTES) -> XmlElement:
    """The root of the document in `data`; comments and processing instructions are kept.

    Raises Malformed: xml-too-large (`details["limit"]`) beyond a limit, xml-dtd for a document type declaration
    (refused unread, so that no entity is expanded), xml-malformed for bytes that are not well-formed XML 1.0 with
    namespaces in UTF-8.
    """
    _require_within("bytes", len(data), max_bytes)
    _require_within("marks", data.count(b"<"), MAX_MARKS)
    _require_within("marks", data.count(b"="), MAX_MARKS)
    data = data.removeprefix(_BOM)
    _refuse_encoding(data)
    _refuse_dtd(data)
    root = _parse_bytes(data)
    _bound_attributes(root)
    _bound_namespaces(root)
    return root


def parse_canonical(canonical: bytes) -> XmlElement:
    """The root of a canonical form, which was made from a parsed document: the limits are not checked again."""
    return _parse_bytes(canonical)


def only_elements(parent: XmlElement, *, attributes: Collection[str] = ()) -> list[XmlElement]:
    """The children of an element of fixed structure: elements with nothing but whitespace between them.

    Raises Malformed eds-malformed when there is text, a comment, a processing instruction or another attribute.
    """
    children = list(parent)
    is_plain = all(isinstance(child.tag, str) for child in children)
    between = (parent.text, *(child.tail for child in children))
    if not is_plain or any(text and text.strip(WHITESPACE) for text in between):
        raise unexpected_element(parent)
    if not set(parent.attrib) <= set(attributes):
        raise unexpected_element(parent)
    return children


def only_text(parent: XmlElement, *, attributes: Collection[str] = ()) -> str:
    """The text of an element that holds text only; else Malformed eds-malformed."""
    if len(parent) or not set(parent.attrib) <= set(attributes):
        raise unexpected_element(parent)
    return parent.text or ""


def unexpected_element(element: XmlElement) -> Malformed:
    """The error for an element of a signature with an unexpected name, attribute or content."""
    return Malformed(
        "eds-malformed", "an element of the signature is not as it should be", element=local_name(element)
    )


def local_name(element: XmlElement) -> str:
    """The local name of an element, cut to the length that a log line allows."""
    return etree.QName(element).localname[:60]


def detach_element(element: XmlElement) -> None:
    """Take an element out of its parent; the text after it stays."""
    parent, before, tail = element.getparent(), element.getprevious(), element.tail
    if parent is None:
        raise unexpected_element(element)
    if tail and before is not None:
        before.tail = (before.tail or "") + tail
    elif tail:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def write_document(root: XmlElement, *, declared: bool) -> bytes:
    """The document of `root` as UTF-8, with an XML declaration when `declared`."""
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=declared)


def is_declared(data: bytes) -> bool:
    """Whether a document begins with an XML declaration."""
    return data.removeprefix(_BOM).startswith(b"<?xml ")


def _require_within(subject: str, actual: int, limit: int) -> None:
    if actual > limit:
        raise Malformed("xml-too-large", f"too many {subject}", limit=limit)


def _malformed_xml(reason: str) -> Malformed:
    return Malformed("xml-malformed", reason)


def _refuse_encoding(data: bytes) -> None:
    """Refuse any encoding but UTF-8: readers that decode the bytes differently would read different documents."""
    if data.startswith(b"<?xml") and not _DECLARATION.match(data):
        raise _malformed_xml("the XML declaration is not one of XML 1.0 in UTF-8")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed_xml("not UTF-8") from None


def _refuse_dtd(data: bytes) -> None:
    """Refuse a DTD among the parts before the root: XML declaration, comments, instructions, whitespace."""
    at = 0
    while (at := data.find(b"<", at)) >= 0:
        if data.startswith(b"<!--", at):
            end = data.find(b"-->", at + 4)
        elif data.startswith(b"<?", at):
            end = data.find(b"?>", at + 2)
        elif data.startswith(b"<!", at):
            raise Malformed("xml-dtd", "a document type declaration is refused")
        else:
            return
        if end < 0:
            break
        at = end
    raise _malformed_xml("there is no root element")


def _parse_bytes(data: bytes) -> XmlElement:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        recover=False,
        remove_comments=False,
        remove_pis=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError):
        # The reason is dropped: it quotes the document.
        raise _malformed_xml("not well-formed XML, or deeper than 256 levels") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Malformed("xml-dtd", "a document type declaration is refused")
    return root


def _bound_attributes(root: XmlElement) -> None:
    if _too_many_attributes()(root):
        raise Malformed("xml-too-large", "too many attributes of one element", limit=MAX_ATTRIBUTES)


@lru_cache(maxsize=1)
def _too_many_attributes() -> Any:
    return etree.XPath(f"boolean(//*/@*[{MAX_ATTRIBUTES + 1}])")


def _bound_namespaces(root: XmlElement) -> None:
    in_scope = 0
    for event, namespace in etree.iterwalk(root, events=("start-ns", "end-ns")):
        if event == "end-ns":
            in_scope -= 1
            continue
        in_scope += 1
        _require_within("namespaces in scope", in_scope, MAX_NAMESPACES)
        _require_within("letters in the name of a namespace", len(namespace[1]), MAX_NAMESPACE_LENGTH)
