"""The canonical forms of XML that signatures may use, and the bytes that a digest covers.

The bytes never contain comments: a same-document reference leaves comments out before any transform runs (XMLDSig,
4.4.3.3), so `#WithComments` gives the bytes of the form without comments, as in Apache Santuario and xmlsec.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from shared.bus.errors import Malformed, Untrusted
from shared.pki import gost
from shared.pki.encoding.xmltree import XmlElement, only_elements, parse_canonical

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
class CanonicalForm:
    """A canonical form: the name in XMLDSig and, for an exclusive form, the prefixes treated inclusively."""

    uri: str
    prefixes: tuple[str, ...] = ()

    @property
    def is_exclusive(self) -> bool:
        return self.uri in _EXCLUSIVE

    def of_document(self, root: XmlElement) -> bytes:
        """The bytes of a document for the digest: the root and the processing instructions around the root."""
        return self._canonicalize(root.getroottree())

    def of_element(self, element: XmlElement) -> bytes:
        """The bytes of an element of a document for the digest.

        An inclusive form inherits `xml:lang` and the other xml: attributes of the ancestors (Canonical XML 1.0,
        2.4). Version 1.1 does not inherit `xml:id`; joining values of `xml:base` is not implemented: Malformed
        eds-malformed for an inherited `xml:base` in version 1.1.
        """
        if self.is_exclusive:
            return self._canonicalize(element)
        # lxml's own way writes xmlns="" below an element that inherits a default namespace: read the element anew.
        alone = parse_canonical(etree.tostring(element, encoding="UTF-8", with_tail=False))
        for name, value in self._inherited_attributes(element):
            alone.set(name, value)
        return self._canonicalize(alone)

    def _canonicalize(self, node: XmlElement | etree._ElementTree) -> bytes:
        try:
            return etree.tostring(
                node,
                method="c14n",
                exclusive=self.is_exclusive,
                with_comments=False,
                inclusive_ns_prefixes=list(self.prefixes) or None,
            )
        except etree.C14NError:
            raise Malformed("eds-malformed", "the document has no canonical form") from None

    def _inherited_attributes(self, element: XmlElement) -> Iterator[tuple[str, str]]:
        seen_names = set(element.attrib)
        for ancestor in element.iterancestors():
            for name, value in ancestor.attrib.items():
                if str(name).startswith(_XML) and name not in seen_names and self._is_inherited(str(name)):
                    seen_names.add(name)
                    yield str(name), str(value)

    def _is_inherited(self, name: str) -> bool:
        if self.uri in _INCLUSIVE:
            return True
        if name == f"{_XML}base":
            raise Malformed("eds-malformed", "canonical form 1.1 of an element with an inherited xml:base")
        return name != f"{_XML}id"


def canonical_form_of(element: XmlElement) -> CanonicalForm:
    """The canonical form that a CanonicalizationMethod or Transform names; else Untrusted eds-algorithm."""
    uri = algorithm_of(element)
    if uri not in _KNOWN:
        raise unknown_algorithm(uri)
    return CanonicalForm(uri, _inclusive_prefixes(element) if uri in _EXCLUSIVE else _refuse_parameters(element))


def algorithm_of(element: XmlElement) -> str:
    """The value of the attribute Algorithm; Malformed eds-malformed without one, or with other attributes."""
    only_elements(element, attributes=("Algorithm",))
    uri = element.get("Algorithm")
    if not uri:
        raise Malformed("eds-malformed", "an algorithm without a name")
    return str(uri)


def unknown_algorithm(uri: str) -> Untrusted:
    """The error for an algorithm that is not accepted; GOST 34.310-2004 has an error code of its own."""
    gost.refuse_old(uri)
    return Untrusted("eds-algorithm", "the algorithm is weak or unknown", algorithm=uri[:120])


def bare_algorithm(element: XmlElement) -> str:
    """The name of an algorithm without parameters; Malformed eds-malformed when the element has children."""
    uri = algorithm_of(element)
    _refuse_parameters(element)
    return uri


def _refuse_parameters(element: XmlElement) -> tuple[str, ...]:
    if len(element):
        raise Malformed("eds-malformed", "the algorithm takes no parameters")
    return ()


def _inclusive_prefixes(element: XmlElement) -> tuple[str, ...]:
    children = only_elements(element, attributes=("Algorithm",))
    if not children:
        return ()
    (prefix_list, *extras) = children
    if extras or prefix_list.tag != _PREFIX_LIST or only_elements(prefix_list, attributes=("PrefixList",)):
        raise Malformed("eds-malformed", "an exclusive canonical form with unknown parameters")
    prefixes = tuple((prefix_list.get("PrefixList") or "").split())
    if len(prefixes) > _MAX_PREFIXES:
        raise Malformed("eds-malformed", "too many prefixes", limit=_MAX_PREFIXES)
    return prefixes
