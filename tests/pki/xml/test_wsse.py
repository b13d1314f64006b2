"""WS-Security over the SOAP Body: three forms of KeyInfo, and only the signed Body is returned."""

from __future__ import annotations

import re
from functools import partial

import pytest
from cryptography import x509
from lxml import etree

from shared.pki.encoding.canonical import EXCLUSIVE, CanonicalForm
from shared.pki.xml import signedinfo, wsse
from shared.pki.xml.algorithms import signing_key
from shared.pki.xml.keyinfo import IssuerSerial, KnownCertificates, SubjectKeyId, write_issuer_serial
from shared.pki.xml.signedinfo import DS
from shared.pki.xml.wsse import SOAP_12, WSSE, KeyInfoForm
from shared.pki.xml.xmldsig import WSU
from tests.pki.pki_centre import ALGORITHMS, centre
from tests.pki.xml_samples import (
    ENVELOPE,
    SOAP,
    body,
    citizen,
    edited,
    header,
    message,
    one,
    open_body,
    refusal,
    security,
    signature,
    signed,
    stranger,
)
from tests.pki.xml_samples import (
    message_refused as refused,
)

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("form", KeyInfoForm)
def test_wsse_body_is_opened_with_its_signer(form: KeyInfoForm, algorithm: str) -> None:
    xml = message(form, algorithm)
    opened = open_body(xml)
    assert opened.certificate == citizen(algorithm)[1]
    assert opened.content == CanonicalForm(EXCLUSIVE).of_element(body(etree.fromstring(xml)))
    assert one(opened.body, ".//data").text == "<request>Сәлем</request>\r"
    assert opened.body.tag == f"{{{SOAP}}}Body"


@pytest.mark.parametrize("form", KeyInfoForm)
def test_wsse_profile_is_that_of_the_wire_contract(form: KeyInfoForm) -> None:
    root = etree.fromstring(message(form, "rsa"))
    assert security(root).get(f"{{{SOAP}}}mustUnderstand") == "1"
    name = body(root).get(f"{{{WSU}}}Id") or ""
    assert re.fullmatch(f"id-{UUID}", name)
    assert one(signature(root), "ds:SignedInfo/ds:Reference").get("URI") == f"#{name}"
    assert [
        each.get("Algorithm") for each in signature(root).iter("{*}CanonicalizationMethod", "{*}Transform")
    ] == [
        EXCLUSIVE,
        EXCLUSIVE,
    ]
    (reference,) = one(signature(root), "ds:KeyInfo")
    expected = {
        KeyInfoForm.KEY_IDENTIFIER: [f"{{{WSSE}}}KeyIdentifier"],
        KeyInfoForm.ISSUER_SERIAL: [
            f"{{{DS}}}X509Data",
            f"{{{DS}}}X509IssuerSerial",
            f"{{{DS}}}X509IssuerName",
            f"{{{DS}}}X509SerialNumber",
        ],
        KeyInfoForm.BINARY_TOKEN: [f"{{{WSSE}}}Reference"],
    }
    assert [each.tag for each in reference.iterdescendants()] == expected[form]
    assert len(security(root)) == (2 if form is KeyInfoForm.BINARY_TOKEN else 1)


def test_wsse_prefixes_are_the_usual_ones() -> None:
    for prefix in (b"<wsse:Security", b"<ds:Signature", b" wsu:Id=", b"soapenv:mustUnderstand="):
        assert prefix in message()
    assert b"ns0" not in message()


@pytest.mark.parametrize(
    "envelope",
    [
        ENVELOPE.replace(b"<soapenv:Header/>", b""),
        ENVELOPE.replace(b"<soapenv:Header/>", b"<soapenv:Header><other/></soapenv:Header>"),
        ENVELOPE.replace(SOAP.encode(), SOAP_12.encode()),
        b"<?xml version='1.0' encoding='UTF-8'?>\n<!-- c -->" + ENVELOPE,
        ENVELOPE.replace(b"<soapenv:Body>", b'<soapenv:Body Id="x">\n').replace(b"soapenv", b"S"),
        ENVELOPE.replace(b"<soapenv:Body>", b'<soapenv:Body xmlns:u="' + WSU.encode() + b'" u:Id="mine">'),
        ENVELOPE.replace(b"</data>", b"</data>" + signed().partition(b"?>")[2]),
    ],
    ids=["no header", "a full header", "SOAP 1.2", "declaration", "its own Id", "its own wsu:Id", "signed inside"],
)
def test_wsse_signs_and_opens_any_envelope(envelope: bytes) -> None:
    opened = open_body(wsse.sign_body(envelope, *citizen()))
    assert one(opened.body, ".//data").text == "<request>Сәлем</request>\r"
    assert opened.certificate == citizen()[1]


def test_wsse_signature_directly_in_the_header_is_read() -> None:
    def lift(root: etree._Element) -> None:
        header(root).append(signature(root))
        header(root).remove(security(root))

    assert open_body(edited(message(), lift)).certificate == citizen()[1]


def test_wsse_unqualified_id_on_the_body_is_read() -> None:
    """A foreign client's form: a plain Id names the Body, and the Id is signed."""
    own, method = signing_key(citizen()[0]), CanonicalForm(EXCLUSIVE)
    root = etree.fromstring(ENVELOPE.replace(b"<soapenv:Body>", b'<soapenv:Body Id="plain">'))
    draft, place = signedinfo.draft_signature(
        own, method=EXCLUSIVE, reference="#plain", transforms=(EXCLUSIVE,), content=method.of_element(body(root))
    )
    header(root).append(draft)
    write_issuer_serial(place, citizen()[1])
    signedinfo.sign_draft(draft, own, EXCLUSIVE)
    assert open_body(etree.tostring(root)).body.get("Id") == "plain"


def test_wsse_blocks_beside_the_signature_prove_nothing_and_do_no_harm() -> None:
    def beside(root: etree._Element) -> None:
        etree.SubElement(security(root), f"{{{WSU}}}Timestamp")

    assert open_body(edited(message(), beside)).certificate == citizen()[1]


def test_wsse_message_without_a_signature_says_so() -> None:
    assert refusal(partial(open_body, ENVELOPE)).code == "eds-missing"
    assert refused(lambda root: root.remove(header(root))).code == "eds-missing"
    assert refused(lambda root: security(root).remove(signature(root))).code == "eds-missing"


def test_wsse_signature_in_the_body_is_not_the_transports() -> None:
    def sink(root: etree._Element) -> None:
        body(root).append(signature(root))

    assert refused(sink).code == "eds-missing"


def test_keyinfo_certificate_that_is_only_named_must_be_known() -> None:
    xml = message(KeyInfoForm.ISSUER_SERIAL)
    assert refusal(lambda: wsse.open_body(xml)).code == "eds-certificate-unknown"
    for certificate in (stranger()[1], centre().issuing):
        others = KnownCertificates([certificate])
        assert refusal(partial(wsse.open_body, xml, lookup=others)).code == "eds-certificate-unknown"
    assert wsse.open_body(xml, lookup=KnownCertificates([citizen()[1]])).certificate == citizen()[1]


@pytest.mark.parametrize("form", ["{}", "  {} ", "{upper}", "{reversed}", "{spaced}", "{hex}"])
def test_keyinfo_issuer_name_is_known_however_written(form: str) -> None:
    certificate = citizen()[1]
    parts = [each.rfc4514_string() for each in certificate.issuer]
    plain = ",".join(parts)
    written = {
        "upper": plain.replace("O=", "o=").upper(),
        "reversed": ",".join(reversed(parts)),
        "spaced": ", ".join(parts),
        "hex": "".join(c if c.isascii() else "".join(f"\\{b:02X}" for b in c.encode()) for c in plain),
    }
    named = IssuerSerial(form.format(plain, **written).strip(), certificate.serial_number)
    assert named.names_certificate(certificate)
    assert not IssuerSerial("CN=other", certificate.serial_number).names_certificate(certificate)
    assert not IssuerSerial("=", certificate.serial_number).names_certificate(certificate)
    assert not IssuerSerial(plain, certificate.serial_number + 1).names_certificate(certificate)


def test_keyinfo_certificate_is_found_by_the_identifier_of_its_key() -> None:
    certificate = citizen()[1]
    key_id = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest

    def name_in_token(root: etree._Element) -> None:
        identifier = next(root.iter(f"{{{WSSE}}}KeyIdentifier"))
        identifier.set("ValueType", wsse.X509_KEY_ID)
        identifier.text = signedinfo.base64_text(key_id)

    def name_in_data(root: etree._Element) -> None:
        place = next(root.iter(f"{{{WSSE}}}SecurityTokenReference"))
        place.remove(place[0])
        data = signedinfo.add_child(place, "X509Data")
        signedinfo.add_child(data, "X509SKI").text = signedinfo.base64_text(key_id)

    for change in (name_in_token, name_in_data):
        xml = edited(message(), change)
        assert open_body(xml).certificate == certificate
        assert refusal(partial(wsse.open_body, xml)).code == "eds-certificate-unknown"
        others = KnownCertificates([stranger()[1]])
        assert refusal(partial(wsse.open_body, xml, lookup=others)).code == "eds-certificate-unknown"
    assert not SubjectKeyId(key_id[:-1] + b"x").names_certificate(certificate)


@pytest.mark.parametrize("number", ["", "x", "-1", "1" * 100, "١", "0x10", "1.0"])
def test_keyinfo_serial_number_is_a_decimal(number: str) -> None:
    def change(root: etree._Element) -> None:
        next(root.iter(f"{{{DS}}}X509SerialNumber")).text = number

    assert refused(change, message(KeyInfoForm.ISSUER_SERIAL)).code == "eds-malformed"
