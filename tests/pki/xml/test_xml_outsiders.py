"""XML signatures through xmlsec (C) and signxml, in both directions."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from lxml import etree

from shared.pki.encoding.canonical import EXCLUSIVE, INCLUSIVE
from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.signedinfo import DS, ENVELOPED
from shared.pki.xml.wsse import KeyInfoForm
from shared.pki.xml.xmldsig import WSU
from tests.pki.outsiders import (
    METHODS,
    signxml,
    signxml_signs,
    signxml_verifies,
    xmlsec,
    xmlsec_key,
    xmlsec_signs,
    xmlsec_verifies,
)
from tests.pki.pki_centre import ALGORITHMS, centre
from tests.pki.xml_samples import (
    DOCUMENT,
    ENVELOPE,
    canonical,
    citizen,
    known,
    message,
    refusal,
)

DOCUMENTS = {
    "sample": DOCUMENT,
    "comments": b"<!-- a --><a>1<!-- b -->2<?pi c?></a><!-- d --><?e f?>",
    "namespaces": b'<a xmlns="urn:d" xmlns:p="urn:p"><b xmlns=""><p:c xmlns:p="urn:q" p:z="1" y="2"/></b></a>',
    "attributes": b'<a z=" x&#10;y&#9;" xml:space="preserve" xml:id="i" b="&lt;&quot;&gt;">\n&gt;&#13;\n</a>',
    "letters": "<a b='Қ'>Өтініш 😀 &#x1F600;</a>".encode(),
}
# signxml does not carry the root's xml:lang into SignedInfo, as Canonical XML requires, and digests comments that
# a Reference to "" leaves out: its documents have neither.
FOR_SIGNXML = {
    "sample": DOCUMENT.replace(b' xml:lang="kk"', b""),
    "namespaces": DOCUMENTS["namespaces"],
    "attributes": DOCUMENTS["attributes"].replace(b' xml:space="preserve" xml:id="i"', b""),
    "letters": DOCUMENTS["letters"],
}
CANONICAL_FORMS = (
    xmlsec.Transform.C14N,
    xmlsec.Transform.C14N_COMMENTS,
    xmlsec.Transform.C14N11,
    xmlsec.Transform.C14N11_COMMENTS,
    xmlsec.Transform.EXCL_C14N,
    xmlsec.Transform.EXCL_C14N_COMMENTS,
)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", DOCUMENTS)
def test_xmldsig_of_ours_is_verified_by_xmlsec(name: str, algorithm: str) -> None:
    xml = xmldsig.sign_enveloped(DOCUMENTS[name], *citizen(algorithm), chain=[centre().issuing])
    xmlsec_verifies(xml, algorithm)
    with pytest.raises(xmlsec.VerificationError):
        xmlsec_verifies(xml.replace(b"<ds:Signature ", b"<x/><ds:Signature "), algorithm)


@pytest.mark.parametrize("inherits", ['xml:lang="kk"', 'xmlns="urn:d" xmlns:q="urn:q"', 'xml:space="default"'])
def test_xmldsig_of_ours_over_one_element_is_verified_by_xmlsec(inherits: str) -> None:
    xml = f'<a {inherits}><b Id="b"><c xml:lang="ru"/><!-- c --></b><d/></a>'.encode()
    for path in ("//*[@Id='b']", "//*[local-name()='d']"):
        done = xmldsig.sign_enveloped(xml, *citizen(), tbs_xpath="//*[@Id='b']", parent_xpath=path)
        xmlsec_verifies(done, "ec", "b")
        changed = done.replace(b'xml:lang="ru"', b'xml:lang="en"')
        with pytest.raises(xmlsec.VerificationError):
            xmlsec_verifies(changed, "ec", "b")


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("form", [None, *CANONICAL_FORMS], ids=str)
@pytest.mark.parametrize("method", CANONICAL_FORMS, ids=str)
def test_xmldsig_signed_by_xmlsec_is_opened(method: Any, form: Any, algorithm: str) -> None:
    for name, xml in DOCUMENTS.items():
        opened = xmldsig.open_enveloped(xmlsec_signs(xml, algorithm, method, form))
        assert opened.certificate == citizen(algorithm)[1]
        if "EXCL" not in str(form) and "exc" not in str(form):
            assert opened.content == canonical(xml), name


@pytest.mark.parametrize("digest", ["SHA1", "SHA224"])
def test_xmldsig_signed_weakly_by_xmlsec_is_refused(digest: str) -> None:
    form = xmlsec.Transform.C14N
    xml = xmlsec_signs(DOCUMENT, "rsa", form, form, getattr(xmlsec.Transform, digest))
    assert refusal(partial(xmldsig.open_enveloped, xml)).code == "eds-algorithm"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("form", KeyInfoForm)
def test_wsse_body_signed_by_us_is_verified_by_xmlsec(form: KeyInfoForm, algorithm: str) -> None:
    xml = message(form, algorithm)
    name = next(
        str(element.get(f"{{{WSU}}}Id")) for element in etree.fromstring(xml).iter(f"{{{wsse.SOAP_11}}}Body")
    )
    xmlsec_verifies(xml, algorithm, name)
    with pytest.raises(xmlsec.VerificationError):
        xmlsec_verifies(xml.replace(b"8f0c", b"8f0d"), algorithm, name)


@pytest.mark.parametrize("prefixes", [None, "", "soapenv xs", "#default xs nobody"])
def test_wsse_body_signed_by_xmlsec_with_inclusive_prefixes_is_opened(prefixes: str | None) -> None:
    """The form of WSS4J: the listed prefixes are part of the signed bytes, whether declared there or unused."""
    root = etree.fromstring(ENVELOPE)
    header, body = root
    body.set("Id", "b")
    signature = xmlsec.template.create(root, xmlsec.Transform.EXCL_C14N, METHODS["rsa"])
    header.append(signature)
    reference = xmlsec.template.add_reference(signature, xmlsec.Transform.SHA256, uri="#b")
    transform = xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
    if prefixes is not None:
        for each in (transform, next(signature.iter(f"{{{DS}}}CanonicalizationMethod"))):
            etree.SubElement(each, f"{{{EXCLUSIVE}}}InclusiveNamespaces", PrefixList=prefixes)
    data = xmlsec.template.add_x509_data(xmlsec.template.ensure_key_info(signature))
    xmlsec.template.x509_data_add_issuer_serial(data)
    context = xmlsec.SignatureContext()
    context.key = xmlsec_key("rsa")
    context.register_id(body, "Id", None)
    context.sign(signature)
    opened = wsse.open_body(etree.tostring(root), lookup=known())
    assert opened.certificate == citizen("rsa")[1]
    assert (b'xmlns:xs="' in opened.content) is bool(prefixes and "xs" in prefixes)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("name", FOR_SIGNXML)
def test_xmldsig_of_ours_is_verified_by_signxml(name: str, algorithm: str) -> None:
    xml = xmldsig.sign_enveloped(FOR_SIGNXML[name], *citizen(algorithm))
    result = signxml_verifies(xml, citizen(algorithm)[1])
    assert result.signed_data == xmldsig.open_enveloped(xml).content
    changed = xml.replace(b"<ds:Signature ", b"<x/><ds:Signature ")
    with pytest.raises(signxml.exceptions.InvalidDigest):
        signxml_verifies(changed, citizen(algorithm)[1])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(
    "form", [None, INCLUSIVE, INCLUSIVE + "#WithComments", EXCLUSIVE, EXCLUSIVE + "WithComments"]
)
def test_xmldsig_signed_by_signxml_is_opened(form: str | None, algorithm: str) -> None:
    for document in FOR_SIGNXML.values():
        root = signxml_signs(document, algorithm, form)
        opened = xmldsig.open_enveloped(etree.tostring(root.getroottree()))
        assert opened.certificate == citizen(algorithm)[1]
        if form is None or EXCLUSIVE not in form:
            assert opened.content == canonical(document)


def test_xmldsig_signed_by_signxml_with_a_key_value_beside_the_certificate_is_opened() -> None:
    root = signxml_signs(FOR_SIGNXML["sample"], "rsa", None, always_add_key_value=True)
    assert xmldsig.open_enveloped(etree.tostring(root)).certificate == citizen("rsa")[1]


def test_xmldsig_element_signed_by_signxml_is_opened() -> None:
    root = signxml_signs(b'<a><b Id="b">1</b></a>', "ec", None, reference_uri="#b")
    assert xmldsig.open_enveloped(etree.tostring(root), part=True).content == b'<b Id="b">1</b>'


def test_xmldsig_transforms_of_others_are_those_that_we_expect() -> None:
    listed = [each.get("Algorithm") for each in signxml_signs(DOCUMENT, "rsa", None).iter("{*}Transform")]
    assert listed == [ENVELOPED, "http://www.w3.org/2006/12/xml-c14n11"]
