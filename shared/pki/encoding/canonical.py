"""Canonical forms of XML: the ones that are accepted, and the bytes that a digest is taken of.

Comments are never part of them: a same-document reference leaves comments out before any transform runs (XMLDSig,
4.4.3.3), so `#WithComments` means the same bytes here, as it does in Apache Santuario and xmlsec.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from shared.bus.errors import Malformed, Untrusted
from shared.pki import gost
from shared.pki.encoding.xmltree import Element, only_elements, reread

INCLUSIVE: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_11: Final = "http://www.w3.org/2006/12/xml-c14n11"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
WITH_COMMENTS: Final = "#WithComments"
NATIONAL: Final = INCLUSIVE + WITH_COMMENTS

_XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_INCLUSIVE = frozenset({INCLUSIVE, INCLUSIVE + WITH_COMMENTS})
_INCLUSIVE_11 = frozenset({INCLUSIVE_11, INCLUSIVE_11 + WITH_COMMENTS})
_EXCLUSIVE = frozenset({EXCLUSIVE, EXCLUSIVE + "WithComments"})
_KNOWN = _INCLUSIVE | _INCLUSIVE_11 | _EXCLUSIVE
_PREFIX_LIST = f"{{{EXCLUSIVE}}}InclusiveNamespaces"
_MAX_PREFIXES = 32


@dataclass(frozen=True)
class Method:
    """A canonical form: its name in XMLDSig and, for an exclusive one, the prefixes treated inclusively."""

    uri: str
    prefixes: tuple[str, ...] = ()

    @property
    def is_exclusive(self) -> bool:
        return self.uri in _EXCLUSIVE

    def of_document(self, root: Element) -> bytes:
        """The document as the digest sees it: the root, and the processing instructions around it."""
        return self._bytes(root.getroottree())

    def of_element(self, element: Element) -> bytes:
        """The element as the digest sees it within its document.

        An inclusive form carries `xml:lang` and the like of what stands around (Canonical XML 1.0, 2.4);
        version 1.1 leaves out `xml:id`, and how it joins `xml:base` is not done: Malformed eds-malformed.
        """
        if self.is_exclusive:
            return self._bytes(element)
        # lxml's own way writes xmlns="" below an element that inherits a default namespace: read it anew instead.
        alone = reread(etree.tostring(element, encoding="UTF-8", with_tail=False))
        for name, value in self._inherited(element):
            alone.set(name, value)
        return self._bytes(alone)

    def _bytes(self, what: Element | etree._ElementTree) -> bytes:
        try:
            return etree.tostring(
                what,
                method="c14n",
                exclusive=self.is_exclusive,
                with_comments=False,
                inclusive_ns_prefixes=list(self.prefixes) or None,
            )
        except etree.C14NError:
            raise Malformed("eds-malformed", "the document has no canonical form") from None

    def _inherited(self, element: Element) -> Iterator[tuple[str, str]]:
        seen = set(element.attrib)
        for ancestor in element.iterancestors():
            for name, value in ancestor.attrib.items():
                if str(name).startswith(_XML) and name not in seen and self._inherits(str(name)):
                    seen.add(name)
                    yield str(name), str(value)

    def _inherits(self, name: str) -> bool:
        if self.uri in _INCLUSIVE:
            return True
        if name == f"{_XML}base":
            raise Malformed("eds-malformed", "xml:base around what is signed in canonical form 1.1")
        return name != f"{_XML}id"


def method_of(element: Element) -> Method:
    """The canonical form that a CanonicalizationMethod or Transform names; else Untrusted eds-algorithm."""
    uri = algorithm_of(element)
    if uri not in _KNOWN:
        raise unknown_algorithm(uri)
    return Method(uri, _prefixes(element) if uri in _EXCLUSIVE else _nothing(element))


def algorithm_of(element: Element) -> str:
    """The name in the attribute Algorithm, and nothing else among the attributes."""
    only_elements(element, attributes=("Algorithm",))
    uri = element.get("Algorithm")
    if not uri:
        raise Malformed("eds-malformed", "an algorithm without a name")
    return str(uri)


def unknown_algorithm(uri: str) -> Untrusted:
    """The refusal of an algorithm by its name; GOST 34.310-2004 has a code of its own."""
    gost.refuse_old(uri)
    return Untrusted("eds-algorithm", "the algorithm is weak or unknown", algorithm=uri[:120])


def bare_algorithm(element: Element) -> str:
    """The name of an algorithm that takes no parameters."""
    uri = algorithm_of(element)
    _nothing(element)
    return uri


def _nothing(element: Element) -> tuple[str, ...]:
    if len(element):
        raise Malformed("eds-malformed", "an algorithm with parameters that it does not take")
    return ()


def _prefixes(element: Element) -> tuple[str, ...]:
    children = only_elements(element, attributes=("Algorithm",))
    if not children:
        return ()
    (listed, *more) = children
    if more or listed.tag != _PREFIX_LIST or only_elements(listed, attributes=("PrefixList",)):
        raise Malformed("eds-malformed", "an exclusive canonical form with unknown parameters")
    prefixes = tuple((listed.get("PrefixList") or "").split())
    if len(prefixes) > _MAX_PREFIXES:
        raise Malformed("eds-malformed", "too many prefixes", limit=_MAX_PREFIXES)
    return prefixes
