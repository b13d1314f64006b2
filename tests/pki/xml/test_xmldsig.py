"""Enveloped signatures: signing follows the national profile, and opening returns what was signed."""

from __future__ import annotations

import base64
from functools import partial

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from shared.bus.errors import Malformed
from shared.pki.certificates.profile import CertificateKind
from shared.pki.xml import xmldsig
from tests.pki.pki_centre import ALGORITHMS, centre
from tests.pki.xml_samples import DOCUMENT, NAMES, canonical, citizen, edited, one, refusal, signed, stranger

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
TWO = b'<root><person><name>A</name></person><person Id="p2"><name>B</name></person><place/></root>'


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_xmldsig_is_opened_with_its_signer(algorithm: str) -> None:
    opened = xmldsig.open_enveloped(signed(algorithm))
    assert opened.content == canonical(DOCUMENT)
    assert opened.certificate == citizen(algorithm)[1]
    assert opened.chain == ()
    assert opened.root.tag == "{urn:example:gbdul}request"
    assert opened.root.find("{*}RequestorBIN").text == "050340000126"  # type: ignore[union-attr]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_xmldsig_profile_is_that_of_the_wire_contract(algorithm: str) -> None:
    root = etree.fromstring(signed(algorithm))
    assert root[-1].tag == "{http://www.w3.org/2000/09/xmldsig#}Signature"
    assert [each.get("Algorithm") for each in root[-1].iter("{*}CanonicalizationMethod")] == [C14N]
    assert [each.get("Algorithm") for each in root[-1].iter("{*}SignatureMethod")] == [
        f"http://www.w3.org/2001/04/xmldsig-more#{'rsa' if algorithm == 'rsa' else 'ecdsa'}-sha256"
    ]
    assert [each.get("Algorithm") for each in root[-1].iter("{*}Transform")] == [
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
        f"{C14N}#WithComments",
    ]
    assert [each.get("URI") for each in root[-1].iter("{*}Reference")] == [""]
    assert one(root[-1], "ds:KeyInfo/ds:X509Data/ds:X509Certificate").text == base64.b64encode(
        citizen(algorithm)[1].public_bytes(Encoding.DER)
    ).decode("ascii")


def test_xmldsig_keeps_the_document_and_its_declaration() -> None:
    assert signed().startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<request xmlns=")
    bare = edited(signed(), lambda root: root.remove(root[-1]))
    assert canonical(bare) == canonical(DOCUMENT)
    assert xmldsig.sign_enveloped(b"<a/>", *citizen()).startswith(b"<a><ds:Signature")


def test_xmldsig_carries_the_chain_along() -> None:
    xml = xmldsig.sign_enveloped(DOCUMENT, *citizen(), chain=[centre().issuing, centre().root])
    opened = xmldsig.open_enveloped(xml)
    assert (opened.certificate, opened.chain) == (citizen()[1], (centre().issuing, centre().root))


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn")), max_size=40)


@given(text=texts, value=texts, comment=st.sampled_from(["", "<!-- c -->", "<?pi x?>"]))
def test_xmldsig_carries_any_text_exactly(text: str, value: str, comment: str) -> None:
    root = etree.Element("root", value=value)
    root.text = text
    xml = etree.tostring(root, encoding="UTF-8") + comment.encode()
    opened = xmldsig.open_enveloped(xmldsig.sign_enveloped(xml, *citizen()))
    assert (opened.root.text or "", opened.root.get("value")) == (text, value)
    assert opened.content == canonical(xml)


def test_xmldsig_comment_within_a_text_cannot_cut_the_text_short() -> None:
    """lxml's `.text` ends at a comment; the returned element has no comments, so its text is whole."""
    xml = xmldsig.sign_enveloped(b"<a><iin>850101<!-- x -->100022</iin></a>", *citizen())
    assert etree.fromstring(xml)[0].text == "850101"
    assert xmldsig.open_enveloped(xml).root[0].text == "850101100022"


def test_xmldsig_lets_comments_come_and_go_and_nothing_else() -> None:
    assert xmldsig.open_enveloped(signed().replace(b"<empty", b"<!-- c --><empty")).content == canonical(DOCUMENT)
    for change in (b"<?pi?><empty", b" <empty", b"<b/><empty"):
        xml = signed().replace(b"<empty", change)
        assert refusal(partial(xmldsig.open_enveloped, xml)).code == "eds-signature-invalid"


def test_xmldsig_signs_instructions_around_the_root_too() -> None:
    xml = xmldsig.sign_enveloped(b"<?a b?><r/><?c d?>", *citizen())
    assert xmldsig.open_enveloped(xml).content.startswith(b"<?a b?>")
    assert refusal(lambda: xmldsig.open_enveloped(xml.replace(b"<?a b?>", b""))).code == "eds-signature-invalid"


@pytest.mark.parametrize("junk", ["\r\n", "&#13;\n", " \t", "&#xD;&#xA;"])
@pytest.mark.parametrize("name", ["SignatureValue", "X509Certificate"])
def test_xmldsig_tolerates_white_space_and_carriage_returns_in_base64(name: str, junk: str) -> None:
    before, tag, rest = signed("rsa").decode().partition(f"<ds:{name}>")
    text, end, after = rest.partition("</ds")
    lines = junk.join(text[n : n + 76] for n in range(0, len(text), 76))
    xml = f"{before}{tag}{junk}{lines}{junk}{end}{after}".encode()
    assert xmldsig.open_enveloped(xml).content == canonical(DOCUMENT)


def test_xmldsig_signs_one_element_where_the_caller_says() -> None:
    xml = xmldsig.sign_enveloped(TWO, *citizen(), tbs_xpath="//person[2]", parent_xpath="/root/place")
    opened = xmldsig.open_enveloped(xml, part=True)
    assert opened.content == b'<person Id="p2"><name>B</name></person>'
    assert one(etree.fromstring(xml), "place/ds:Signature/ds:SignedInfo/ds:Reference").get("URI") == "#p2"
    assert refusal(lambda: xmldsig.open_enveloped(xml)).code == "eds-signature-invalid"


def test_xmldsig_element_without_an_id_is_given_one() -> None:
    xml = xmldsig.sign_enveloped(TWO, *citizen(), tbs_xpath="/root/person[1]", parent_xpath="/root/person[1]")
    opened = xmldsig.open_enveloped(xml, part=True)
    assert opened.root.get("Id", "").startswith("id-")
    assert opened.root[0].text == "A"
    assert len(opened.root) == 1


def test_xmldsig_does_not_open_what_stands_around_a_signed_element() -> None:
    xml = xmldsig.sign_enveloped(TWO, *citizen(), tbs_xpath="//person[@Id='p2']").replace(b">A<", b">Z<")
    assert xmldsig.open_enveloped(xml, part=True).root.findtext("name") == "B"


@pytest.mark.parametrize("inherits", ['xml:lang="kk"', 'xmlns="urn:d" xmlns:q="urn:q"', 'xml:space="preserve"'])
def test_xmldsig_element_is_signed_with_what_is_inherited(inherits: str) -> None:
    xml = f'<a {inherits}><b Id="b"><c xml:lang="ru"/></b></a>'.encode()
    done = xmldsig.sign_enveloped(xml, *citizen(), tbs_xpath="//*[@Id='b']")
    assert inherits.split('"')[1].encode() in xmldsig.open_enveloped(done, part=True).content
    changed = done.replace(inherits.split('"')[1].encode(), b"urn:zz", 1)
    assert refusal(lambda: xmldsig.open_enveloped(changed, part=True)).code == "eds-signature-invalid"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "//",
        "//nobody",
        "//person",
        "p:x",
        "//person/@Id",
        "count(//*)",
        "//*[//*[//*]]",
        "//a" * 100,
        "1",
        "//*[.",
    ],
)
def test_xmldsig_path_must_lead_to_one_element_by_plain_steps(path: str) -> None:
    assert refusal(lambda: xmldsig.sign_enveloped(TWO, *citizen(), tbs_xpath=path)).code == "xml-xpath"
    assert refusal(lambda: xmldsig.sign_enveloped(TWO, *citizen(), parent_xpath=path)).code == "xml-xpath"


def test_xmldsig_paths_use_the_prefixes_of_the_root() -> None:
    xml = b'<p:a xmlns:p="urn:p"><p:b/></p:a>'
    for path in ("/p:a/p:b", "p:b", "//*[local-name()='b']", "/p:a/*[1]"):
        done = xmldsig.sign_enveloped(xml, *citizen(), parent_xpath=path)
        assert one(etree.fromstring(done), "{urn:p}b/ds:Signature") is not None


def test_xmldsig_cannot_sign_a_repeated_id() -> None:
    xml = b'<a><b Id="x"/><c id="x"/></a>'
    assert refusal(lambda: xmldsig.sign_enveloped(xml, *citizen(), tbs_xpath="//b")).code == "eds-malformed"


def test_xmldsig_signers_sign_one_after_another() -> None:
    both = xmldsig.sign_enveloped(signed("rsa"), *citizen("ec"))
    first, second = xmldsig.open_all(both)
    assert (first.certificate, second.certificate) == (citizen("rsa")[1], citizen("ec")[1])
    assert first.content == canonical(DOCUMENT)
    assert second.content == canonical(signed("rsa"))
    assert refusal(lambda: xmldsig.open_enveloped(both)).code == "eds-signers"


def test_xmldsig_with_several_signatures_needs_each_to_hold() -> None:
    both = xmldsig.sign_enveloped(signed("rsa"), *citizen("ec"))
    assert refusal(lambda: xmldsig.open_all(both.replace(b"<empty/>", b""))).code == "eds-signature-invalid"

    def without_first(root: etree._Element) -> None:
        root.remove(root.findall("ds:Signature", NAMES)[0])

    def swapped(root: etree._Element) -> None:
        root.append(root.findall("ds:Signature", NAMES)[0])

    for edit in (without_first, swapped):
        assert refusal(partial(xmldsig.open_all, edited(both, edit))).code == "eds-signature-invalid"


def test_xmldsig_last_signature_may_be_taken_off_and_the_first_holds() -> None:
    both = xmldsig.sign_enveloped(signed("rsa"), *citizen("ec"))
    alone = edited(both, lambda root: root.remove(root[-1]))
    assert [each.certificate for each in xmldsig.open_all(alone)] == [citizen("rsa")[1]]


def test_xmldsig_signatures_are_cleared_on_request() -> None:
    again = xmldsig.sign_enveloped(signed("rsa"), *stranger(), clear=True)
    opened = xmldsig.open_enveloped(again)
    assert (opened.content, opened.certificate) == (canonical(DOCUMENT), stranger()[1])


def test_xmldsig_with_too_many_signatures_is_refused() -> None:
    xml = b"<a/>"
    for _ in range(xmldsig.MAX_SIGNATURES + 1):
        xml = xmldsig.sign_enveloped(xml, *citizen())
    assert refusal(lambda: xmldsig.open_all(xml)).code == "eds-signers"


def test_xmldsig_document_without_a_signature_says_so() -> None:
    for open_it in (xmldsig.open_enveloped, xmldsig.open_all):
        assert refusal(partial(open_it, DOCUMENT)).code == "eds-missing"


def test_xmldsig_signing_refuses_what_reading_refuses() -> None:
    with pytest.raises(Malformed) as caught:
        xmldsig.sign_enveloped(b"<!DOCTYPE a><a/>", *citizen())
    assert caught.value.code == "xml-dtd"
    with pytest.raises(Malformed):
        xmldsig.sign_enveloped(b'<a xmlns="relative/name"/>', *citizen())


def test_xmldsig_with_the_certificate_of_an_employee_serves_as_well() -> None:
    key, certificate = centre().issue(CertificateKind.EMPLOYEE)
    assert xmldsig.open_enveloped(xmldsig.sign_enveloped(DOCUMENT, key, certificate)).certificate == certificate
