"""Signatures in XML documents and SOAP envelopes, as NCANode makes and reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from services.is_nuc.ncanode.dialect import decode_base64, encode_utf8
from services.is_nuc.ncanode.information import load_certificate
from services.is_nuc.ncanode.keystore import KeystoreEntry
from shared.bus.errors import Malformed, Untrusted
from shared.pki.encoding import xmltree
from shared.pki.encoding.xmltree import XmlElement
from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.keyinfo import CertificateLookup
from shared.pki.xml.signedinfo import SIGNATURE

_DS = SIGNATURE.removesuffix("Signature")
_CERTIFICATE = f"{_DS}X509Certificate"
_IDENTIFIER = f"{{{wsse.WSSE}}}KeyIdentifier"
_SECURITY = f"{{{wsse.WSSE}}}Security"
_TOKEN = f"{{{wsse.WSSE}}}BinarySecurityToken"
_NAME = re.compile(r"[\w.-]{1,200}")


@dataclass(frozen=True)
class SignedPart:
    """What one signature covers: its reference, the place of the signed element, whether that is all."""

    reference: str
    path: str
    is_whole: bool


@dataclass(frozen=True)
class XmlSignatureCheck:
    """``is_genuine``: whether every signature is valid. ``certificates``: the signers' certificates, None for a
    signature without one. ``parts``: what each signer signed, in the same order; nothing unless all is genuine.
    """

    is_genuine: bool
    certificates: tuple[x509.Certificate | None, ...]
    parts: tuple[SignedPart, ...] = ()


def sign_document(text: str, keys: Sequence[tuple[KeystoreEntry, str | None]], *, clear: bool, trim: bool) -> str:
    """The document signed by each key in turn; a key signs the element of its reference ``#id``, or the whole
    document for None or an empty reference.

    ``clear`` removes existing signatures first, ``trim`` removes texts of whitespace only. Malformed: the xml-…
    codes and eds-signers of `xmldsig.sign_enveloped`, xml-reference.
    """
    xml = _prepare_xml(text, trim=trim)
    for n, (entry, reference) in enumerate(keys):
        path = _find_reference_path(xml, reference) if reference else None
        xml = xmldsig.sign_enveloped(xml, entry.key, entry.certificate, tbs_xpath=path, clear=clear and n == 0)
    return xml.decode()


def find_signers(text: str) -> XmlSignatureCheck:
    """The signers of a document, the last signer first; a document without signatures is not genuine.

    A single signature may cover one element, as `sign_document` can make it. Each of several signatures covers the
    document with the earlier signatures. Malformed: the xml-… codes of `xmltree.parse_document`, and eds-signers
    for too many signatures.
    """
    xml = _prepare_xml(text)
    root = xmltree.parse_document(xml)
    signatures = list(root.iter(SIGNATURE))
    try:
        opened = (xmldsig.open_enveloped(xml, part=True),) if len(signatures) == 1 else xmldsig.open_all(xml)
    except (Malformed, Untrusted) as error:
        if error.code == "eds-signers" and len(signatures) > xmldsig.MAX_SIGNATURES:
            raise
        return XmlSignatureCheck(
            False, tuple(_read_shown_certificate(signature) for signature in reversed(signatures))
        )
    last_first = opened[::-1]
    return XmlSignatureCheck(
        True,
        tuple(signed.certificate for signed in last_first),
        tuple(SignedPart(signed.reference, signed.path, signed.is_whole) for signed in last_first),
    )


def sign_body(text: str, entry: KeystoreEntry, *, trim: bool) -> str:
    """The SOAP envelope with a signed Body; an existing signature is replaced.

    Developers paste examples of SmartBridge, which have a signature already. Malformed: the xml-… codes and
    soap-malformed of `wsse.sign_body`.
    """
    envelope = _remove_signatures(_prepare_xml(text, trim=trim))
    return wsse.sign_body(envelope, entry.key, entry.certificate).decode()


def find_body_signer(text: str, find_certificate: CertificateLookup) -> XmlSignatureCheck:
    """The signer of the Body of an envelope; `find_certificate` finds certificates that are only named.

    Malformed: the xml-… codes and soap-malformed of `wsse.open_body`.
    """
    xml = _prepare_xml(text)
    try:
        opened = wsse.open_body(xml, lookup=find_certificate)
    except (Malformed, Untrusted) as error:
        if not error.code.startswith("eds-"):
            raise
        certificates = [
            _read_shown_certificate(signature) for signature in xmltree.parse_document(xml).iter(SIGNATURE)
        ]
        return XmlSignatureCheck(False, tuple(certificates[:1]))
    return XmlSignatureCheck(True, (opened.certificate,), (SignedPart(opened.reference, opened.path, False),))


def _prepare_xml(text: str, *, trim: bool = False) -> bytes:
    xml = encode_utf8(text.strip())
    if not trim:
        return xml
    root = xmltree.parse_document(xml)
    for element in root.iter():
        element.text = _unless_blank(element.text) if isinstance(element.tag, str) else element.text
        element.tail = _unless_blank(element.tail)
    return xmltree.write_document(root, declared=xmltree.is_declared(xml))


def _unless_blank(text: str | None) -> str | None:
    return text if text and text.strip() else None


def _find_reference_path(xml: bytes, reference: str) -> str:
    """The XPath of the element that a reference names; Malformed xml-reference."""
    name = reference.removeprefix("#")
    if reference.startswith("#") and _NAME.fullmatch(name):
        element = xmldsig.find_by_id(xmltree.parse_document(xml), name)
        for attribute in ("Id", "ID", "id"):
            if element.get(attribute) == name:
                return f"//*[@{attribute}='{name}']"
    raise Malformed("xml-reference", "a reference must be #name, where name is the Id of an element")


def _remove_signatures(envelope: bytes) -> bytes:
    root = xmltree.parse_document(envelope)
    for soap in (wsse.SOAP_11, wsse.SOAP_12):
        for header in root.findall(f"{{{soap}}}Header"):
            _clear_header(header)
    return xmltree.write_document(root, declared=xmltree.is_declared(envelope))


def _clear_header(header: XmlElement) -> None:
    """Remove signatures and their tokens from a header, then every empty Security."""
    for block in (header, *header.findall(_SECURITY)):
        for element in [*block.findall(SIGNATURE), *block.findall(_TOKEN)]:
            xmltree.detach_element(element)
    for security in [candidate for candidate in header.findall(_SECURITY) if not len(candidate)]:
        xmltree.detach_element(security)


def _read_shown_certificate(signature: XmlElement) -> x509.Certificate | None:
    """The first readable certificate in a signature, unverified; None without one."""
    for place in signature.iter(_CERTIFICATE, _IDENTIFIER):
        try:
            return load_certificate(decode_base64(place.text or "", "certificate"))
        except Malformed:
            continue
    return None
