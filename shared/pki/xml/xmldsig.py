"""A document with a person's signature inside: XMLDSig enveloped, in the profile of NCALayer's signXml and НУЦ.

Signing writes CanonicalizationMethod Canonical XML 1.0, Reference URI="", the transforms enveloped-signature and
Canonical XML 1.0 #WithComments, KeyInfo/X509Data/X509Certificate, RSA or ECDSA with SHA-256. Reading also accepts
the exclusive form and version 1.1 (`canonical`), stronger digests and more certificates.

Opening returns what was signed and nothing else: the canonical bytes, and the element read from these bytes.
Comments are gone from them, so a text with a comment in the middle comes out whole.

Several signers (NCANode, /xml/sign) sign one after another: each signature covers the document with the earlier
signatures, as NCANode makes and verifies them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Final

from cryptography import x509
from lxml import etree

from shared.bus.errors import Malformed, Untrusted
from shared.pki.certificates.keys import PrivateKey
from shared.pki.encoding import xmltree
from shared.pki.encoding.canonical import INCLUSIVE, NATIONAL, CanonicalForm
from shared.pki.encoding.xmltree import MAX_BYTES, XmlElement
from shared.pki.xml import signedinfo
from shared.pki.xml.algorithms import STANDARD, SigningKey, XmlAlgorithms, signing_key
from shared.pki.xml.keyinfo import read_key_info, write_certificates
from shared.pki.xml.signedinfo import ENVELOPED, SIGNATURE, SignatureClaim

MAX_SIGNATURES: Final = 16
MAX_XPATH: Final = 256
WSU: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
ID_ATTRIBUTES: Final = ("Id", "ID", "id", f"{{{WSU}}}Id", "{http://www.w3.org/XML/1998/namespace}id")
"""Attributes that a Reference may mean by #name: without a schema, every attribute with such a name is an Id."""


# Paths of steps by name, each with at most one plain predicate: a caller's XPath cannot compute or take long.
_NAME = r"(?:[^\W\d][\w.-]*:)?[^\W\d][\w.-]*"
_PREDICATE = rf"""\[(?:\d{{1,6}}|(?:@{_NAME}|local-name\(\))=(?:'[^']*'|"[^"]*"))\]"""
_STEP = rf"(?:{_NAME}|\*)(?:{_PREDICATE})?"
_PATH = re.compile(rf"/{{0,2}}{_STEP}(?:/{{1,2}}{_STEP})*")


@dataclass(frozen=True)
class SignedXml:
    """What one signer signed. The signature is valid; whether the signer is trusted is for `verify_chain` to say.

    `content` is the canonical form of the document without the signature and without comments, UTF-8. `chain`
    holds the other certificates of the signature, unverified. `reference` is the URI of the signature («» or
    «#name»), `path` the place of the signed element in the document, as `place_of` tells it; with `is_whole` False
    nothing outside that element is signed.
    """

    content: bytes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    signature: bytes = field(repr=False)
    reference: str = ""
    path: str = ""
    is_whole: bool = True

    @cached_property
    def root(self) -> XmlElement:
        """The signed element, read from `content`."""
        return xmltree.parse_canonical(self.content)


def sign_enveloped(
    xml: bytes,
    key: PrivateKey | SigningKey,
    certificate: x509.Certificate,
    *,
    chain: Sequence[x509.Certificate] = (),
    tbs_xpath: str | None = None,
    parent_xpath: str | None = None,
    clear: bool = False,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """The document with a ds:Signature by the owner of `certificate` as the last child of the root.

    Existing signatures stay and are covered by the new one; `clear` removes them first. `parent_xpath` names the
    element that receives the signature. `tbs_xpath` names the element to sign instead of the document: the
    Reference is then to the Id of that element, which gets an Id when it has none. Paths begin at the root;
    prefixes are those that the root declares.

    Raises Malformed: the xml-… codes of `xmltree.parse_document`, and xml-xpath for a path that has other than
    plain steps (names, `*`, a number, an attribute's value, local-name()) or does not name exactly one element.
    """
    root = xmltree.parse_document(xml, max_bytes=max_bytes)
    if clear:
        clear_signatures(root)
    own = signing_key(key)
    signed = root if tbs_xpath is None else _only_element(root, tbs_xpath)
    parent = root if parent_xpath is None else _only_element(root, parent_xpath)
    reference = "" if signed is root else f"#{_ensured_id(root, signed)}"
    method = CanonicalForm(NATIONAL)
    content = method.of_document(root) if signed is root else method.of_element(signed)
    signature, key_info = signedinfo.draft_signature(
        own, method=INCLUSIVE, reference=reference, transforms=(ENVELOPED, NATIONAL), content=content
    )
    write_certificates(key_info, (certificate, *chain))
    parent.append(signature)
    signedinfo.sign_draft(signature, own, INCLUSIVE)
    return xmltree.write_document(root, declared=xmltree.is_declared(xml))


def open_enveloped(
    xml: bytes, *, algorithms: XmlAlgorithms = STANDARD, max_bytes: int = MAX_BYTES, part: bool = False
) -> SignedXml:
    """What is signed in `xml`, once digest and signature are proved.

    Exactly one signature must cover the whole document. With `part`, the signature may cover one element: then
    only that element is returned (as `tbs_xpath` made it), and the rest of the document proves nothing.

    * xml-too-large, xml-dtd, xml-malformed (Malformed): see `xmltree.parse_document`.
    * eds-missing (Malformed): no ds:Signature.
    * eds-signers (Malformed): several signatures; no certificate, or several that are not one chain.
    * eds-malformed (Malformed): not the form of `signedinfo`, or a Reference out of the document.
    * eds-algorithm (Untrusted): weak, unknown or unfit for the key; `details["algorithm"]` names the algorithm.
    * eds-signature-invalid (Untrusted): the content was changed, or only a part of the document is signed.
    """
    root = xmltree.parse_document(xml, max_bytes=max_bytes)
    signatures = _find_signatures(root)
    if len(signatures) != 1:
        raise Malformed("eds-signers", "a document has exactly one signature", signers=len(signatures))
    return _open_signature(root, signatures[0], algorithms, part=part)


def open_all(
    xml: bytes, *, algorithms: XmlAlgorithms = STANDARD, max_bytes: int = MAX_BYTES
) -> tuple[SignedXml, ...]:
    """What each of several signers signed, in the order of signing: one to `MAX_SIGNATURES`, all children of the
    root.

    Each signature covers the document with the earlier signatures; the first `content` is the bare document.
    Raises as `open_enveloped` does, for the last invalid signature.
    """
    root = xmltree.parse_document(xml, max_bytes=max_bytes)
    signatures = _find_signatures(root)
    if len(signatures) > MAX_SIGNATURES or any(signature.getparent() is not root for signature in signatures):
        raise Malformed(
            "eds-signers", "too many signatures, or one that is no child of the root", signers=len(signatures)
        )
    opened = [_open_signature(root, signature, algorithms, part=False) for signature in reversed(signatures)]
    return tuple(reversed(opened))


def clear_signatures(root: XmlElement) -> None:
    """Remove every ds:Signature among the children of the root, as NCANode does."""
    for signature in [child for child in root if child.tag == SIGNATURE]:
        xmltree.detach_element(signature)


def find_by_id(root: XmlElement, name: str) -> XmlElement:
    """The only element with this Id; Malformed eds-malformed for none or several."""
    matches = _id_query()(root, name=name)
    if len(matches) != 1:
        raise Malformed("eds-malformed", "the signature is over an Id that is not exactly one element's")
    element: XmlElement = matches[0]
    return element


def place_of(element: XmlElement) -> str:
    """The place of an element from the root, by local names: «/order/item[2]» where neighbours are alike."""
    steps = []
    for step in (element, *element.iterancestors()):
        parent = step.getparent()
        alike = [step] if parent is None else [child for child in parent if child.tag == step.tag]
        number = f"[{alike.index(step) + 1}]" if len(alike) > 1 else ""
        steps.append(f"/{etree.QName(step).localname}{number}")
    return "".join(reversed(steps))


def _find_signatures(root: XmlElement) -> list[XmlElement]:
    signatures = list(root.iter(SIGNATURE))
    if not signatures:
        raise Malformed("eds-missing", "the document is not signed")
    return signatures


def _open_signature(
    root: XmlElement, signature: XmlElement, algorithms: XmlAlgorithms, *, part: bool
) -> SignedXml:
    claim = signedinfo.read_claim(signature)
    signed = _referred_element(root, claim, part=part)
    is_beside = signed not in signature.iterancestors()
    names_enveloped = any(transform.get("Algorithm") == ENVELOPED for transform in claim.transforms)
    method = signedinfo.content_form(claim, enveloped=names_enveloped or not is_beside)
    signer = read_key_info(claim.key_info)
    claim.prove_signature(signer.certificate, algorithms)
    if signature is root or signed is signature:
        raise xmltree.unexpected_element(signature)
    path = place_of(signed)
    xmltree.detach_element(signature)
    content = method.of_element(signed) if claim.reference else method.of_document(root)
    claim.prove_content(content, algorithms)
    is_whole = signed is root
    return SignedXml(content, signer.certificate, signer.chain, claim.value, claim.reference, path, is_whole)


def _referred_element(root: XmlElement, claim: SignatureClaim, *, part: bool) -> XmlElement:
    """The element that the Reference means: the root for an empty URI, else the element with that Id."""
    if claim.reference == "":
        return root
    if not claim.reference.startswith("#") or "(" in claim.reference:
        raise Malformed("eds-malformed", "the signature is over something outside the document")
    signed = find_by_id(root, claim.reference[1:])
    if not part and signed is not root:
        raise Untrusted("eds-signature-invalid", "only a part of the document is signed")
    if claim.element in signed.iterancestors() or signed is claim.element:
        raise xmltree.unexpected_element(claim.element)
    return signed


@lru_cache(maxsize=1)
def _id_query() -> Any:
    """A query for elements with an Id under any attribute name; libxml2 searches ten times faster than Python."""
    return etree.XPath(
        "//*[@Id=$name or @ID=$name or @id=$name or @wsu:Id=$name or @xml:id=$name]", namespaces={"wsu": WSU}
    )


def _ensured_id(root: XmlElement, element: XmlElement) -> str:
    existing_id = next((value for attribute in ID_ATTRIBUTES if (value := element.get(attribute))), None)
    if existing_id is not None:
        find_by_id(root, str(existing_id))
        return str(existing_id)
    name = f"id-{uuid.uuid4()}"
    element.set("Id", name)
    return name


def _only_element(root: XmlElement, expression: str) -> XmlElement:
    """The only element that the caller's path names."""
    prefixes = {prefix: name for prefix, name in root.nsmap.items() if prefix}
    matches: Any = ()
    if len(expression) <= MAX_XPATH and _PATH.fullmatch(expression):
        with suppress(etree.XPathError):  # a prefix that the root does not declare
            matches = root.getroottree().xpath(expression, namespaces=prefixes)
    if len(matches) != 1:
        raise Malformed("xml-xpath", "the expression does not name exactly one element")
    element: XmlElement = matches[0]
    return element
