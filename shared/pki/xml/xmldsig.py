"""A document with a person's signature inside: XMLDSig enveloped, in the national profile (wire contract §6).

What is made: CanonicalizationMethod Canonical XML 1.0, Reference URI="", transforms enveloped-signature and
Canonical XML 1.0 #WithComments, KeyInfo/X509Data/X509Certificate, RSA or ECDSA with SHA-256. What is read may use
the exclusive form or version 1.1 instead (`canonical`), stronger digests, more certificates.

What comes out of opening is what was signed and nothing else: the canonical bytes, and the element that is read
from them. A comment in the middle of a text is gone there, so the text is whole.

Several signers (NCANode, /xml/sign) sign one after another: each signature covers the document with the signatures
before it, as NCANode does it and verifies it.
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
"""Attributes that a Reference may mean by #name: without a schema, whatever is called so."""


# Steps by name, each with one plain predicate at most: nobody's expression may keep us busy or compute.
_NAME = r"(?:[^\W\d][\w.-]*:)?[^\W\d][\w.-]*"
_PREDICATE = rf"""\[(?:\d{{1,6}}|(?:@{_NAME}|local-name\(\))=(?:'[^']*'|"[^"]*"))\]"""
_STEP = rf"(?:{_NAME}|\*)(?:{_PREDICATE})?"
_PATH = re.compile(rf"/{{0,2}}{_STEP}(?:/{{1,2}}{_STEP})*")


@dataclass(frozen=True)
class SignedXml:
    """What one signer signed. The signature holds; whether the signer is trusted is `chain`'s question.

    `content` is the canonical form of the document without the signature and without comments, UTF-8. `chain` is
    whatever other certificates came along, unverified.
    """

    content: bytes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    signature: bytes = field(repr=False)

    @cached_property
    def root(self) -> XmlElement:
        """The element that was signed, read from `content`."""
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
    """The document with a ds:Signature by the owner of `certificate` as the last child of its root.

    Signatures that are there stay, and are signed too; `clear` takes them out first. `parent_xpath` names the one
    element that the signature is put into. `tbs_xpath` names the one element to sign instead of the document: the
    Reference is then to its Id, which it is given when it has none. Paths begin at the root, prefixes are those
    that the root declares.

    Raises Malformed xml-… (see `xmltree.parse`) and xml-xpath: not a path of plain steps (names, `*`, a number, an
    attribute's value, local-name()), or not to exactly one element.
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

    The whole document must be signed, by exactly one signature. With `part` an element may be: then it is that
    element alone that comes out (as `tbs_xpath` made it), and what stands around it proves nothing.

    xml-too-large, xml-dtd, xml-malformed (Malformed): see `xmltree.parse`.
    eds-missing (Malformed): there is no ds:Signature.
    eds-signers (Malformed): more than one signature; no certificate, or several that are not one chain.
    eds-malformed (Malformed): not of the form in `signedinfo`, or a Reference to elsewhere.
    eds-algorithm (Untrusted): weak, unknown or not the key's, named in `details["algorithm"]`.
    eds-signature-invalid (Untrusted): the content is not what was signed, or only a part of the document is.
    """
    root = xmltree.parse_document(xml, max_bytes=max_bytes)
    signatures = _find_signatures(root)
    if len(signatures) != 1:
        raise Malformed("eds-signers", "a document has exactly one signature", signers=len(signatures))
    return _open_signature(root, signatures[0], algorithms, part=part)


def open_all(
    xml: bytes, *, algorithms: XmlAlgorithms = STANDARD, max_bytes: int = MAX_BYTES
) -> tuple[SignedXml, ...]:
    """What each of several signers signed, the first one first: one to `MAX_SIGNATURES`, all children of the root.

    Each covers the document with the signatures before it; the first one's `content` is the bare document.
    Raises as `open_enveloped` does, for the last signature that does not hold.
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
    """Take out every ds:Signature among the children of the root, as NCANode does."""
    for signature in [child for child in root if child.tag == SIGNATURE]:
        xmltree.detach_element(signature)


def find_by_id(root: XmlElement, name: str) -> XmlElement:
    """The one element that has this Id; Malformed eds-malformed when there is none or several."""
    matches = _id_query()(root, name=name)
    if len(matches) != 1:
        raise Malformed("eds-malformed", "the signature is over an Id that is not exactly one element's")
    element: XmlElement = matches[0]
    return element


def _find_signatures(root: XmlElement) -> list[XmlElement]:
    signatures = list(root.iter(SIGNATURE))
    if not signatures:
        raise Malformed("eds-missing", "the document is not signed")
    return signatures


def _open_signature(
    root: XmlElement, signature: XmlElement, algorithms: XmlAlgorithms, *, part: bool
) -> SignedXml:
    claim = signedinfo.read_claim(signature)
    method = signedinfo.content_form(claim, enveloped=True)
    signed = _referred_element(root, claim, part=part)
    signer = read_key_info(claim.key_info)
    claim.prove_signature(signer.certificate, algorithms)
    if signature is root or signed is signature:
        raise xmltree.unexpected_element(signature)
    xmltree.detach_element(signature)
    content = method.of_element(signed) if claim.reference else method.of_document(root)
    claim.prove_content(content, algorithms)
    return SignedXml(content, signer.certificate, signer.chain, claim.value)


def _referred_element(root: XmlElement, claim: SignatureClaim, *, part: bool) -> XmlElement:
    """The element that the Reference means: the root for the empty one, else the one with that Id."""
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
    """Elements with this Id, however the attribute is called; libxml2 looks ten times faster than we."""
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
    """The one element that an expression of the caller's names."""
    prefixes = {prefix: name for prefix, name in root.nsmap.items() if prefix}
    matches: Any = ()
    if len(expression) <= MAX_XPATH and _PATH.fullmatch(expression):
        with suppress(etree.XPathError):  # a prefix that the root does not declare
            matches = root.getroottree().xpath(expression, namespaces=prefixes)
    if len(matches) != 1:
        raise Malformed("xml-xpath", "the expression does not name exactly one element")
    element: XmlElement = matches[0]
    return element
