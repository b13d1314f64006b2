"""The exact bytes of an element of an envelope: signed content must not be serialised again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

from shared.bus.errors import Malformed
from shared.pki.encoding.xmltree import XmlElement, parse_document

_START_TAG = re.compile(rb"<[^>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^>\"']*)*>")


@dataclass(frozen=True)
class ElementSlice:
    """An element as received, with the prefixes that its ancestors declare."""

    xml: bytes
    namespaces: dict[str, str]

    @property
    def content(self) -> bytes:
        """The bytes between the tags of the element; empty for an empty element."""
        start = _START_TAG.match(self.xml)
        if start is None or start.group().endswith(b"/>"):
            return b""
        return self.xml[start.end() : self.xml.rindex(b"</")]

    def parse(self) -> XmlElement:
        """The element, read with the prefixes of its ancestors."""
        return self.parse_within()[0]

    def parse_within(self) -> XmlElement:
        """An element with the prefixes, around what the bytes hold."""
        return parse_document(b"<a" + self.declarations.encode() + b">" + self.xml + b"</a>")

    @property
    def declarations(self) -> str:
        """The declarations of the ancestors' prefixes, as attributes of a start tag."""
        return "".join(
            f" xmlns{':' if prefix else ''}{prefix}={quoteattr(uri)}"
            for prefix, uri in sorted(self.namespaces.items())
        )


@dataclass
class _SliceFinder:
    """Follows the events of expat until the element at ``path`` has ended.

    ``_matched`` counts the open elements, from the root on, that are those of ``path``.
    """

    document: bytes
    path: Sequence[str]
    begin: int | None = None
    end: int | None = None
    namespaces: dict[str, str] = field(default_factory=dict)
    _declared: list[dict[str, str]] = field(default_factory=list)
    _depth: int = 0
    _matched: int = 0

    def start_element(self, name: str, attributes: dict[str, str], position: int) -> None:
        self._depth += 1
        matched = self._matched
        if self._depth != matched + 1 or self.begin is not None or name.rpartition(":")[2] != self.path[matched]:
            return
        self._matched += 1
        if self._matched == len(self.path):
            self.begin = position
            self.namespaces = {prefix: uri for scope in self._declared for prefix, uri in scope.items()}
            return
        self._declared.append(
            {
                attribute.partition(":")[2]: uri
                for attribute, uri in attributes.items()
                if attribute == "xmlns" or attribute.startswith("xmlns:")
            }
        )

    def end_element(self, position: int) -> None:
        if self._depth == self._matched:
            if self.begin is not None and self.end is None:
                self.end = self._tag_end(position)
            self._matched -= 1
            if self._declared:
                self._declared.pop()
        self._depth -= 1

    def _tag_end(self, position: int) -> int:
        """The end of the tag at ``position``: an end tag, or the only tag of an empty element."""
        tag = _START_TAG.match(self.document, position)
        return tag.end() if tag else len(self.document)


def slice_element(document: bytes, path: Sequence[str]) -> ElementSlice | None:
    """The first element at this path of local names, from the root on; None when there is none.

    The document must have been parsed before, so that it has no DTD and is in UTF-8. Malformed ``xml-malformed``.
    """
    finder = _SliceFinder(document, path)
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = lambda name, attributes: finder.start_element(
        name, attributes, parser.CurrentByteIndex
    )
    parser.EndElementHandler = lambda name: finder.end_element(parser.CurrentByteIndex)
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise Malformed("xml-malformed", expat.errors.messages[error.code]) from None
    if finder.begin is None or finder.end is None:
        return None
    return ElementSlice(document[finder.begin : finder.end], finder.namespaces)
