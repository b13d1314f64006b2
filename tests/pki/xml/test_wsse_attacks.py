"""Wrapping of a signed Body, and other doubts about which Body was signed: each is refused with its code."""

from __future__ import annotations

from copy import deepcopy
from functools import partial

import pytest
from lxml import etree

from shared.pki.xml import wsse
from shared.pki.xml.signedinfo import DS
from shared.pki.xml.wsse import SOAP_12, WSSE, KeyInfoForm
from shared.pki.xml.xmldsig import WSU
from tests.pki.xml_samples import (
    ENVELOPE,
    SOAP,
    Edit,
    body,
    citizen,
    header,
    message,
    one,
    open_body,
    refusal,
    security,
    signature,
    signed,
)
from tests.pki.xml_samples import (
    message_refused as refused,
)


def second_body(root: etree._Element) -> None:
    root.append(deepcopy(body(root)))


def forged_body_first(root: etree._Element) -> None:
    forged = deepcopy(body(root))
    forged.attrib.clear()
    one(forged, ".//messageId").text = "forged"
    root.insert(1, forged)


def wrapped_in_header(root: etree._Element) -> None:
    genuine = body(root)
    forged = deepcopy(genuine)
    forged.set(f"{{{WSU}}}Id", "id-forged")
    root.replace(genuine, forged)
    etree.SubElement(header(root), "wrapper").append(genuine)


def wrapped_in_security(root: etree._Element) -> None:
    genuine = body(root)
    root.replace(genuine, etree.Element(f"{{{SOAP}}}Body"))
    etree.SubElement(security(root), "wrapper").append(genuine)


def wrapped_in_body(root: etree._Element) -> None:
    genuine = body(root)
    forged = etree.Element(f"{{{SOAP}}}Body")
    root.replace(genuine, forged)
    etree.SubElement(forged, "data").append(genuine)


def not_a_child(root: etree._Element) -> None:
    etree.SubElement(root, "wrapper").append(body(root))


def of_the_other_soap(root: etree._Element) -> None:
    body(root).append(etree.Element(f"{{{SOAP_12}}}Body"))


def trailing(root: etree._Element) -> None:
    etree.SubElement(root, "trailer")


def envelope_within(root: etree._Element) -> None:
    body(root).append(deepcopy(root))


def header_last(root: etree._Element) -> None:
    root.append(header(root))


@pytest.mark.parametrize(
    "attack",
    [
        second_body,
        forged_body_first,
        wrapped_in_header,
        wrapped_in_security,
        wrapped_in_body,
        not_a_child,
        of_the_other_soap,
        trailing,
        envelope_within,
        header_last,
    ],
    ids=lambda attack: attack.__name__,
)
def test_wsse_with_more_or_less_than_one_body_in_its_place_is_refused(attack: Edit) -> None:
    assert refused(attack).code == "soap-malformed"


def renamed_and_moved(root: etree._Element) -> None:
    """Keep the signed bytes under another element name: wrapping without a second Body."""
    forged = deepcopy(body(root))
    del forged.attrib[f"{{{WSU}}}Id"]
    genuine = body(root)
    genuine.tag = "kept"
    header(root).append(genuine)
    root.append(forged)


def reference_elsewhere(root: etree._Element) -> None:
    one(body(root), ".//requestInfo").set("Id", "inner")
    one(signature(root), "ds:SignedInfo/ds:Reference").set("URI", "#inner")


def whole_document(root: etree._Element) -> None:
    one(signature(root), "ds:SignedInfo/ds:Reference").set("URI", "")


def pointer(root: etree._Element) -> None:
    one(signature(root), "ds:SignedInfo/ds:Reference").set("URI", "#xpointer(//*)")


@pytest.mark.parametrize("attack", [renamed_and_moved, reference_elsewhere, whole_document, pointer])
def test_wsse_signature_over_anything_but_the_body_is_invalid(attack: Edit) -> None:
    assert refused(attack).code == "eds-signature-invalid"


@pytest.mark.parametrize("attribute", ["Id", "ID", "id", f"{{{WSU}}}Id"])
def test_wsse_id_that_two_elements_have_is_refused(attribute: str) -> None:
    def repeat(root: etree._Element) -> None:
        etree.SubElement(header(root), "other").set(attribute, str(body(root).get(f"{{{WSU}}}Id")))

    assert refused(repeat).code == "eds-malformed"


def test_wsse_with_several_security_headers_is_refused() -> None:
    def for_another(root: etree._Element) -> None:
        etree.SubElement(header(root), f"{{{WSSE}}}Security").set(f"{{{SOAP}}}actor", "urn:other")

    assert refused(lambda root: header(root).append(deepcopy(security(root)))).code == "eds-malformed"
    assert refused(for_another).code == "eds-malformed"


def test_wsse_with_several_signatures_is_refused() -> None:
    assert refused(lambda root: security(root).append(deepcopy(signature(root)))).code == "eds-signers"
    assert refused(lambda root: header(root).append(deepcopy(signature(root)))).code == "eds-signers"
    assert refusal(lambda: wsse.sign_body(message(), *citizen())).code == "eds-signers"


def test_wsse_signature_deeper_in_the_header_is_refused() -> None:
    def sink(root: etree._Element) -> None:
        etree.SubElement(security(root), "deeper").append(signature(root))

    def sink_security(root: etree._Element) -> None:
        etree.SubElement(header(root), "deeper").append(security(root))

    assert refused(sink).code == "eds-malformed"
    assert refused(sink_security).code == "eds-malformed"


@pytest.mark.parametrize(
    "uri",
    [
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        f"{DS}enveloped-signature",
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
    ],
)
def test_wsse_transform_is_one_and_the_exclusive_form(uri: str) -> None:
    error = refused(lambda root: next(signature(root).iter("{*}Transform")).set("Algorithm", uri))
    assert (error.code, error.details) == ("eds-algorithm", {"algorithm": uri})


@pytest.mark.parametrize("change", [b"<messageId>9", b"<messageId><!--x--><b/>", b" <messageId>"])
def test_wsse_body_that_was_changed_is_noticed(change: bytes) -> None:
    xml = message().replace(b"<messageId>", change)
    assert refusal(partial(open_body, xml)).code == "eds-signature-invalid"


def test_wsse_comment_in_the_body_cannot_cut_a_text_short() -> None:
    xml = message().replace(b"8f0c", b"8<!-- x -->f0c")
    assert etree.fromstring(xml).findtext(".//messageId") == "8"
    assert open_body(xml).body.findtext(".//messageId") == "8f0c"


def test_wsse_context_of_the_body_may_change_as_exclusive_forms_allow() -> None:
    xml = message().replace(b"<soapenv:Envelope ", b'<soapenv:Envelope xmlns:more="urn:more" xml:lang="kk" ')
    assert open_body(xml).content == open_body(message()).content


def test_wsse_message_that_is_no_envelope_is_refused() -> None:
    for xml in (b"<a/>", b"<Envelope><Body/></Envelope>", signed(), ENVELOPE.replace(b"schemas", b"schemos")):
        assert refusal(partial(open_body, xml)).code == "soap-malformed"
        assert refusal(partial(wsse.sign_body, xml, *citizen())).code == "soap-malformed"


def token(root: etree._Element) -> etree._Element:
    return one(security(root), "wsse:BinarySecurityToken")


def renamed_token(root: etree._Element) -> None:
    token(root).tag = "token"


def token_elsewhere(root: etree._Element) -> None:
    header(root).append(token(root))


def token_of_another_type(root: etree._Element) -> None:
    token(root).set("ValueType", "urn:pkcs7")


def external_token(root: etree._Element) -> None:
    next(signature(root).iter(f"{{{WSSE}}}Reference")).set("URI", "http://127.0.0.1:1/token")


def repeated_token(root: etree._Element) -> None:
    security(root).append(deepcopy(token(root)))


def token_of_garbage(root: etree._Element) -> None:
    token(root).text = "AAAA"


@pytest.mark.parametrize(
    "attack",
    [renamed_token, token_elsewhere, token_of_another_type, external_token, repeated_token, token_of_garbage],
)
def test_wsse_token_must_be_one_certificate_in_the_security_header(attack: Edit) -> None:
    assert refused(attack, message(KeyInfoForm.BINARY_TOKEN)).code == "eds-malformed"


def test_wsse_signature_that_tells_no_signer_is_refused() -> None:
    assert refused(lambda root: one(signature(root), "ds:KeyInfo").clear()).code == "eds-signers"
    assert refused(lambda root: one(signature(root), "ds:KeyInfo")[0].clear()).code == "eds-malformed"
