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
class XmlSignatureCheck:
    """Whether every signature holds, and whose each is: None for one that shows no certificate."""

    is_genuine: bool
    certificates: tuple[x509.Certificate | None, ...]


def sign_document(text: str, keys: Sequence[tuple[KeystoreEntry, str | None]], *, clear: bool, trim: bool) -> str:
    """The document signed by each key over its reference: ``#id`` or, for None or nothing, the whole document.

    Malformed xml-…, eds-signers (see `xmldsig.sign_enveloped`), xml-reference.
    """
    xml = _prepare_xml(text, trim=trim)
    for n, (entry, reference) in enumerate(keys):
        path = _find_reference_path(xml, reference) if reference else None
        xml = xmldsig.sign_enveloped(xml, entry.key, entry.certificate, tbs_xpath=path, clear=clear and n == 0)
    return xml.decode()


def find_signers(text: str) -> XmlSignatureCheck:
    """The signers of a document, the last one first; a document without signatures has none, and is not genuine.

    One signature may cover a part of the document, as `sign_document` makes it; each of several covers everything
    before. Malformed xml-….
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
    return XmlSignatureCheck(True, tuple(opened_signature.certificate for opened_signature in reversed(opened)))


def sign_body(text: str, entry: KeystoreEntry, *, trim: bool) -> str:
    """The SOAP envelope with its Body signed; a signature that was there is replaced.

    The examples of SmartBridge that people paste are signed already, by a key that nobody has.
    Malformed xml-…, soap-malformed (see `wsse.sign_body`).
    """
    envelope = _remove_signatures(_prepare_xml(text, trim=trim))
    return wsse.sign_body(envelope, entry.key, entry.certificate).decode()


def find_body_signer(text: str, find_certificate: CertificateLookup) -> XmlSignatureCheck:
    """Who signed the Body of an envelope. Malformed xml-…, soap-malformed."""
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
    return XmlSignatureCheck(True, (opened.certificate,))


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
    """The path to the element that a reference means; Malformed xml-reference."""
    name = reference.removeprefix("#")
    if reference.startswith("#") and _NAME.fullmatch(name):
        element = xmldsig.find_by_id(xmltree.parse_document(xml), name)
        for attribute in ("Id", "ID", "id"):
            if element.get(attribute) == name:
                return f"//*[@{attribute}='{name}']"
    raise Malformed("xml-reference", "a reference is #name of an element's Id")


def _remove_signatures(envelope: bytes) -> bytes:
    root = xmltree.parse_document(envelope)
    for soap in (wsse.SOAP_11, wsse.SOAP_12):
        for header in root.findall(f"{{{soap}}}Header"):
            _clear_header(header)
    return xmltree.write_document(root, declared=xmltree.is_declared(envelope))


def _clear_header(header: XmlElement) -> None:
    """Take signatures and their tokens out of a header, and a Security that held nothing else."""
    for block in (header, *header.findall(_SECURITY)):
        for element in [*block.findall(SIGNATURE), *block.findall(_TOKEN)]:
            xmltree.detach_element(element)
    for security in [candidate for candidate in header.findall(_SECURITY) if not len(candidate)]:
        xmltree.detach_element(security)


def _read_shown_certificate(signature: XmlElement) -> x509.Certificate | None:
    """The first certificate that a signature shows, whatever it proves."""
    for place in signature.iter(_CERTIFICATE, _IDENTIFIER):
        try:
            return load_certificate(decode_base64(place.text or "", "certificate"))
        except Malformed:
            continue
    return None
