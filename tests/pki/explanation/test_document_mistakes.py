"""Near misses of XMLDSig inside a document, and of the signer's certificate, whatever carries it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from shared.pki.certificates import authority, keys
from shared.pki.certificates.profile import CertificateKind, SignaturePurpose
from shared.pki.explanation.findings import ExpectedSignature
from shared.pki.explanation.xml_signatures import explain_xml
from shared.pki.gost.xmlalgorithms import sign_xml
from shared.pki.xml.signedinfo import DS
from shared.pki.xml.xmldsig import sign_enveloped
from tests.pki.explanation.mis_signing import (
    DOCUMENT,
    ENVELOPED,
    EXCLUSIVE,
    EXPECTED,
    INCLUSIVE,
    DocumentSigning,
    Element,
    Signer,
    canonical,
    ec_pair,
    quick,
    rsa_pair,
)
from tests.pki.gost_centre import QUICK, gost_centre
from tests.pki.gost_centre import citizen as gost_citizen
from tests.pki.pki_centre import IIN, NOW, OTHER_IIN, centre, subject


def note(root: Element) -> Element:
    element = root.find("{*}note")
    assert element is not None
    return element


def put_note(text: str) -> Callable[[Element], None]:
    def edit(root: Element) -> None:
        note(root).text = text

    return edit


def put_line_end_before_signature(root: Element) -> None:
    root[-2].tail = (root[-2].tail or "") + "\n  "


def drop_whitespace(root: Element) -> None:
    root.text = None
    for child in list(root)[:-1]:
        child.tail = None


def duplicate_signature(root: Element) -> None:
    root.append(copy.deepcopy(root[-1]))


def add_object(root: Element) -> None:
    etree.SubElement(root[-1], f"{{{DS}}}Object")


D_ = DocumentSigning
MISTAKES: tuple[tuple[str, DocumentSigning], ...] = (
    ("whitespace-around-signature", D_(finish=put_line_end_before_signature)),
    ("whitespace-lost", D_(finish=drop_whitespace)),
    ("carriage-returns-added", D_(prepare=put_note("a\nb"), finish=put_note("a\r\nb"))),
    ("line-ends-lost", D_(prepare=put_note("a\r\nb\r\n"), document="<a><note/></a>", finish=put_note("a\nb\n"))),
    ("canonical-form-other", D_(document="<a xmlns:b='urn:b'><note/></a>", content=canonical)),
    ("signed-part-of-document", D_(content=lambda root: canonical(root[1]))),
    ("transform-enveloped-absent", D_(transforms=(INCLUSIVE,))),
    ("transform-order", D_(transforms=(INCLUSIVE, ENVELOPED))),
    ("transform-twice", D_(transforms=(ENVELOPED, INCLUSIVE, EXCLUSIVE), content=canonical)),
    ("reference-outside", D_(reference="http://example.org/order")),
    ("several-signatures", D_(finish=duplicate_signature)),
    ("signature-with-object", D_(finish=add_object)),
    ("signature-absent", D_(finish=lambda root: root.remove(root[-1]))),
    ("id-absent", D_(reference="#order")),
    ("content-changed", D_(finish=put_note("another"))),
)


@pytest.mark.parametrize(("code", "signing"), MISTAKES, ids=[code for code, _ in MISTAKES])
def test_mistake_in_a_signed_document_is_named_and_nothing_else(code: str, signing: DocumentSigning) -> None:
    document = signing.make()
    assert quick(lambda: explain_xml(document, EXPECTED)) == (code,)


def test_explanation_finds_nothing_in_a_document_that_verifies() -> None:
    assert explain_xml(DocumentSigning().make(), EXPECTED).codes == ()
    assert explain_xml(sign_enveloped(DOCUMENT.encode(), *ec_pair()), EXPECTED).codes == ()


def test_enveloping_signature_is_named() -> None:
    root = etree.fromstring(DocumentSigning().make())
    assert "signature-enveloping" in explain_xml(etree.tostring(root[-1]), EXPECTED).codes


def of_person(kind: CertificateKind = CertificateKind.INDIVIDUAL, **options: object) -> Signer:
    key = keys.new_ec_key()
    return Signer(key, centre().certify(key, kind, **options))


def self_signed() -> Signer:
    key = keys.new_ec_key()
    name = subject(CertificateKind.INDIVIDUAL)
    builder = x509.CertificateBuilder().issuer_name(name).subject_name(name).public_key(key.public_key())
    builder = builder.serial_number(5).not_valid_before(NOW).not_valid_after(NOW + timedelta(days=9))
    return Signer(key, builder.sign(key, SHA256()))


def of_false_issuer() -> Signer:
    key, kind = keys.new_ec_key(), CertificateKind.INDIVIDUAL
    certificate = authority.issue_certificate(
        rsa_pair()[0], centre().issuing, key.public_key(), kind=kind, subject=subject(kind), now=NOW, san_uri=None
    )
    return Signer(key, certificate)


PERSON = replace(EXPECTED, purpose=SignaturePurpose.PERSON)
CERTIFICATES = {
    "certificate-for-login": (of_person, {"kind": CertificateKind.INDIVIDUAL_AUTH}, PERSON),
    "certificate-for-signing": (of_person, {}, replace(EXPECTED, purpose=SignaturePurpose.LOGIN)),
    "certificate-of-other-owner": (of_person, {"kind": CertificateKind.EMPLOYEE}, PERSON),
    "certificate-of-another-person": (of_person, {}, replace(PERSON, iin=OTHER_IIN)),
    "certificate-expired": (of_person, {}, replace(PERSON, at=NOW + timedelta(days=500))),
    "certificate-not-yet-valid": (of_person, {}, replace(PERSON, at=NOW - timedelta(days=3))),
    "clock-behind": (of_person, {}, replace(PERSON, at=NOW - timedelta(minutes=20))),
    "certificate-self-signed": (self_signed, {}, EXPECTED),
    "certificate-of-false-issuer": (of_false_issuer, {}, PERSON),
    "certificate-of-other-centre": (of_person, {}, replace(PERSON, anchors=gost_centre(QUICK).anchors)),
}


@pytest.mark.parametrize("code", CERTIFICATES)
def test_certificate_that_does_not_serve_is_named_under_a_genuine_signature(code: str) -> None:
    make, options, expected = CERTIFICATES[code]
    signer = make(**options)
    document = sign_enveloped(DOCUMENT.encode(), signer.key, signer.certificate)
    assert quick(lambda: explain_xml(document, expected)) == (code,)


def test_certificate_that_serves_gives_no_finding() -> None:
    signer = of_person()
    document = sign_enveloped(DOCUMENT.encode(), signer.key, signer.certificate)
    assert explain_xml(document, replace(PERSON, iin=IIN)).codes == ()


def test_gost_signature_that_verifies_gives_no_finding_where_gost_is_accepted() -> None:
    document = sign_xml(DOCUMENT.encode(), *gost_citizen(QUICK))
    expected = ExpectedSignature(anchors=gost_centre(QUICK).anchors, at=NOW)
    assert explain_xml(document, replace(expected, accepts_gost=True)).codes == ()
    assert explain_xml(document, expected).codes == ("gost-not-accepted",)
