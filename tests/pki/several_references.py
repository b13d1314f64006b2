"""Envelopes whose signature covers more than the Body, as npm's soap and gSOAP sign them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy

from cryptography import x509
from lxml import etree

from shared.pki.certificates.keys import PrivateKey
from shared.pki.encoding.canonical import EXCLUSIVE, CanonicalForm
from shared.pki.xml.algorithms import signing_key
from shared.pki.xml.signedinfo import DS, base64_text, sign_draft
from shared.pki.xml.wsse import WSSE, KeyInfoForm, sign_body
from shared.pki.xml.xmldsig import WSU

TIMESTAMP, TOKEN = f"{{{WSU}}}Timestamp", f"{{{WSSE}}}BinarySecurityToken"
_ID = f"{{{WSU}}}Id"


def sign_with_headers(
    envelope: bytes,
    key: PrivateKey,
    certificate: x509.Certificate,
    covered: Sequence[str] = (TIMESTAMP, TOKEN),
    prepare: Callable[[etree._Element], object] = lambda root: None,
) -> bytes:
    """The envelope with a Timestamp, signed over the Body and over the elements ``covered``; ``prepare`` changes
    the document before it is signed.
    """
    root = etree.fromstring(sign_body(envelope, key, certificate, key_info=KeyInfoForm.BINARY_TOKEN))
    (security,) = root.iter(f"{{{WSSE}}}Security")
    timestamp = etree.SubElement(security, TIMESTAMP, {_ID: "TS-1"})
    etree.SubElement(timestamp, f"{{{WSU}}}Created").text = "2026-11-29T10:00:00Z"
    prepare(root)
    (signature,) = root.iter(f"{{{DS}}}Signature")
    (reference,) = signature[0].findall(f"{{{DS}}}Reference")
    for number, tag in enumerate(covered):
        element = next(root.iter(tag))
        if element.get(_ID) is None:
            element.set(_ID, f"part-{number}")
        signature[0].append(_refer_to(element, reference, key))
    sign_draft(signature, signing_key(key), EXCLUSIVE)
    return etree.tostring(root)


def _refer_to(element: etree._Element, pattern: etree._Element, key: PrivateKey) -> etree._Element:
    reference = deepcopy(pattern)
    reference.set("URI", f"#{element.get(_ID)}")
    (value,) = reference.iter(f"{{{DS}}}DigestValue")
    value.text = base64_text(signing_key(key).hash_data(CanonicalForm(EXCLUSIVE).of_element(element)))
    return reference
