"""Enveloped signatures in XML by GOST R 34.10-2015: the national profile (wire contract §6).

One `ds:Signature`, a child of the root element, over the whole document without itself: Reference URI="",
transforms enveloped-signature and one canonicalisation, KeyInfo with the signer's certificate. Everything else is
refused: it would only be a second meaning of the same bytes. What was signed is handed back as the canonical bytes
whose digest was proved, and those are what a caller goes on with, not the document that came.

A reference to the whole document leaves comments out (XML Signature, 4.4.3.3), whatever the canonicalisation is
called.
"""

from __future__ import annotations

import base64
import binascii
import re
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from shared.bus.errors import Malformed, Untrusted
from shared.pki.der import UNREADABLE
from shared.pki.gost.keys import PrivateKey, fitting_key
from shared.pki.gost.suites import MAX_BYTES, Suite, by_digest, by_signature

DSIG = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f"{DSIG}enveloped-signature"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

# Canonicalisation: whether it is exclusive.
_CANONICAL = {C14N: False, f"{C14N}#WithComments": False, EXCLUSIVE: True, f"{EXCLUSIVE}WithComments": True}
_XML = "{http://www.w3.org/XML/1998/namespace}"
_DECLARED = re.compile(r"\ufeff?<\?xml\s[^>]*?encoding\s*=\s*[\"'](?P<name>[^\"'>]*)")
_PROLOG = re.compile(r"\ufeff?(?:\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)

Element = Any  # lxml's stubs know no element whose text is surely there


@dataclass(frozen=True)
class SignedXml:
    """What one signer signed: `content` is the canonical document without its signature.

    The signature holds; whether the signer is trusted is the question of the chain.
    """

    content: bytes
    certificate: x509.Certificate
    signature: bytes


def sign_xml(xml: bytes, key: PrivateKey, certificate: x509.Certificate) -> bytes:
    """The document (UTF-8) with a signature as the last child of its root; takes 0.2 s.

    Malformed eds-malformed: not a document, over `MAX_BYTES`, with a DTD, or signed already.
    """
    root = _parsed(xml)
    if next(root.iter(_ds("Signature")), None) is not None:
        raise Malformed("eds-malformed", "the document is signed already")
    digest = key.suite.hash(canonical(root, is_exclusive=False))
    signature = etree.fromstring(_written(key.suite, digest, certificate))
    root.append(signature)
    made = key.sign(canonical_info(signature[0], is_exclusive=False))
    signature[1].text = base64.b64encode(made).decode("ascii")
    return etree.tostring(root.getroottree(), encoding="UTF-8", xml_declaration=True)


def open_xml(xml: bytes) -> SignedXml:
    """What the document's signature is over, once digest and signature are proved; takes 0.3 s.

    eds-malformed (Malformed): not UTF-8, not XML, with a DTD, over `MAX_BYTES`, or a signature of another form.
    eds-signers (Malformed): not exactly one signature, or not exactly one certificate in it.
    eds-algorithm-gost34310, eds-algorithm (Untrusted): by GOST 34.310-2004, or by anything but this package's.
    eds-signature-invalid (Untrusted): the document or the signature is not what was signed.
    """
    root = _parsed(xml)
    signature = _only_signature(root)
    info, value, key_info = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo")
    certificate, suite = _certificate(key_info), _suite(info)
    key = fitting_key(certificate, suite, suite)
    content = _content(root, signature, info, suite)
    made = _decoded(value)
    try:
        key.verify(made, canonical_info(info, is_exclusive=_is_exclusive(info[0])))
    except InvalidSignature:
        raise Untrusted("eds-signature-invalid", "the signature does not hold") from None
    return SignedXml(content, certificate, made)


def _parsed(xml: bytes) -> Element:
    """The root element. A DTD is refused before a parser sees it: it could name files, or grow without end."""
    if len(xml) > MAX_BYTES:
        raise Malformed("eds-malformed", "too long for GOST", limit=MAX_BYTES)
    try:
        text = xml.decode("utf-8")
        prolog, declared = _PROLOG.match(text), _DECLARED.match(text)
        if prolog is None or text.startswith("<!", prolog.end()):
            raise Malformed("eds-malformed", "a document with a DTD")
        if declared is not None and declared["name"].lower() not in {"utf-8", "us-ascii"}:
            raise Malformed("eds-malformed", "not an XML document in UTF-8")
        parser = etree.XMLParser(
            encoding="utf-8", resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
        )
        return etree.fromstring(xml, parser)
    except (ValueError, etree.XMLSyntaxError):
        # The reason is dropped: it quotes the document.
        raise Malformed("eds-malformed", "not an XML document in UTF-8") from None


def _only_signature(root: Element) -> Element:
    found = list(root.iter(_ds("Signature")))
    if len(found) != 1:
        raise Malformed("eds-signers", "a document has exactly one signature", signatures=len(found))
    (signature,) = found
    if signature.getparent() is not root:
        raise Malformed("eds-malformed", "the signature is not a child of the root element")
    return signature


def _content(root: Element, signature: Element, info: Element, suite: Suite) -> bytes:
    """The canonical document without the signature, when its digest is the one signed."""
    _, _, reference = _children(info, "CanonicalizationMethod", "SignatureMethod", "Reference")
    transforms, method, value = _children(reference, "Transforms", "DigestMethod", "DigestValue")
    if dict(reference.attrib) != {"URI": ""}:
        raise Malformed("eds-malformed", "the signature is over something else than the document")
    enveloped, form = _children(transforms, "Transform", "Transform")
    if _algorithm(enveloped) != ENVELOPED:
        raise Malformed("eds-malformed", "the first transform does not take the signature away")
    if by_digest(_algorithm(method)) is not suite:
        raise Untrusted("eds-algorithm", "the digest does not fit the signature")
    content = canonical(without(root, signature), is_exclusive=_is_exclusive(form))
    if suite.hash(content) != _decoded(value):
        raise Untrusted("eds-signature-invalid", "the document is not what was signed")
    return content


def _certificate(key_info: Element) -> x509.Certificate:
    found = list(key_info.iter(_ds("X509Certificate")))
    if len(found) != 1:
        raise Malformed("eds-signers", "not exactly one certificate of the signer", certificates=len(found))
    _children(_children(key_info, "X509Data")[0], "X509Certificate")
    try:
        return x509.load_der_x509_certificate(_decoded(found[0]))
    except UNREADABLE:
        raise Malformed("eds-malformed", "the certificate is not readable") from None


def _suite(info: Element) -> Suite:
    method = _algorithm(_children(info, "CanonicalizationMethod", "SignatureMethod", "Reference")[1])
    suite = by_signature(method)
    if suite is None:
        raise Untrusted("eds-algorithm", "the signature is not by GOST R 34.10-2015")
    return suite


def _children(parent: Element, *names: str) -> list[Element]:
    """The children of an element, which must be these and no others, with nothing but space between them."""
    if [each.tag for each in parent] != [_ds(name) for name in names]:
        raise Malformed("eds-malformed", f"{etree.QName(parent).localname} is not of the national profile")
    if any(text and text.strip() for text in (parent.text, *(each.tail for each in parent))):
        raise Malformed("eds-malformed", "text between the elements of the signature")
    return list(parent)


def _algorithm(method: Element) -> str:
    """The only thing that a method may say: it has no parameters."""
    _children(method)
    if set(method.attrib) != {"Algorithm"}:
        raise Malformed("eds-malformed", "a method without its algorithm")
    return str(method.get("Algorithm"))


def _is_exclusive(method: Element) -> bool:
    found = _CANONICAL.get(_algorithm(method))
    if found is None:
        raise Malformed("eds-malformed", "not a canonicalisation of the national profile")
    return found


def _decoded(element: Element) -> bytes:
    """The bytes of a base64 text; signers wrap lines, and some write the carriage return as a reference."""
    if len(element):
        raise Malformed("eds-malformed", "an element within base64")
    try:
        return base64.b64decode("".join((element.text or "").split()), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("eds-malformed", "not base64") from None


def without(root: Element, signature: Element) -> Element:
    """A copy of the document without the signature; the text behind the signature stays."""
    position = root.index(signature)
    copied = deepcopy(root.getroottree()).getroot()
    removed = copied[position]
    before = removed.getprevious()
    if before is None:
        copied.text = (copied.text or "") + (removed.tail or "")
    else:
        before.tail = (before.tail or "") + (removed.tail or "")
    copied.remove(removed)
    return copied


def canonical(root: Element, *, is_exclusive: bool) -> bytes:
    """The whole document, instructions around the root element included, without comments."""
    return _written_canonically(root.getroottree(), is_exclusive)


def canonical_info(info: Element, *, is_exclusive: bool) -> bytes:
    """SignedInfo where it stands. Canonical XML 1.0, 2.4: it inherits the attributes of xml: of its ancestors."""
    if not is_exclusive:
        info = _inheriting(info)
    return _written_canonically(info, is_exclusive)


def _written_canonically(node: Any, is_exclusive: bool) -> bytes:
    try:
        made: bytes = etree.tostring(
            node, method="c14n", exclusive=is_exclusive, with_comments=False, with_tail=False
        )
    except etree.LxmlError:  # a relative URI of a namespace has no canonical form
        raise Malformed("eds-malformed", "the document has no canonical form") from None
    return made


def _inheriting(info: Element) -> Element:
    inherited: dict[str, str] = {}
    for ancestor in info.iterancestors():
        inherited = {name: text for name, text in ancestor.attrib.items() if name.startswith(_XML)} | inherited
    if not inherited:
        return info
    tree = info.getroottree()
    copied = deepcopy(tree).find(tree.getelementpath(info))
    for name, text in (inherited | dict(copied.attrib)).items():
        copied.set(name, text)
    return copied


def _written(suite: Suite, digest: bytes, certificate: x509.Certificate) -> bytes:
    """ds:Signature without its value."""
    held = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode("ascii")
    text = (
        f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{C14N}"/>'
        f'<ds:SignatureMethod Algorithm="{suite.xml_signature}"/>'
        f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"/>'
        f'<ds:Transform Algorithm="{C14N}#WithComments"/></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{suite.xml_digest}"/>'
        f"<ds:DigestValue>{base64.b64encode(digest).decode('ascii')}</ds:DigestValue>"
        "</ds:Reference></ds:SignedInfo><ds:SignatureValue/>"
        f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{held}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        "</ds:Signature>"
    )
    return text.encode("ascii")


def _ds(name: str) -> str:
    return f"{{{DSIG}}}{name}"
