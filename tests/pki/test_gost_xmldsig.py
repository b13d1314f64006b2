"""Enveloped signatures in XML by GOST: the national profile, and nothing but it."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from typing import Any

import pytest
import xmlsec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from shared.bus.errors import BusError, Malformed, Untrusted
from shared.pki import gost, keys
from shared.pki.gost import GOST_512
from shared.pki.gost.xmldsig import (
    C14N,
    DSIG,
    ENVELOPED,
    EXCLUSIVE,
    canonical,
    canonical_info,
    open_xml,
    sign_xml,
    without,
)
from tests.pki.gost_centre import QUICK, SUITES, citizen, size
from tests.pki.pki_centre import rsa_key

DOCUMENT = '<өтініш xmlns="urn:a" xmlns:b="urn:b" b:n="1"><b:қ>Нұрлан</b:қ> &lt;&#13;</өтініш>'.encode()
CANONICAL = '<өтініш xmlns="urn:a" xmlns:b="urn:b" b:n="1"><b:қ>Нұрлан</b:қ> &lt;&#xD;</өтініш>'.encode()
INHERITING = (
    b"<?xml version='1.0' encoding='UTF-8'?>\n<?first a?><!-- one --><a xml:lang='kk' xml:space='preserve' "
    b"xmlns='urn:a' xmlns:unused='urn:u'>\r\n <b xml:lang='ru' z='1' a='&quot;'/><!-- two --><![CDATA[<&]]></a>"
    b"<!-- three --><?last b?>"
)


@cache
def signed(suite: gost.Suite = QUICK) -> str:
    return sign_xml(DOCUMENT, *citizen(suite)).decode()


def refusal(xml: str | bytes) -> BusError:
    with pytest.raises((Malformed, Untrusted)) as caught:
        open_xml(xml if isinstance(xml, bytes) else xml.encode())
    return caught.value


def changed(old: str, new: str, text: str | None = None) -> str:
    text = text or signed()
    assert old in text
    return text.replace(old, new)


def element(name: str) -> str:
    found = re.search(rf"<ds:{name}\b[^>]*?(?:/>|>.*?</ds:{name}>)", signed())
    assert found is not None
    return found.group()


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_what_is_signed_is_read_back_in_its_canonical_form(suite: gost.Suite) -> None:
    opened = open_xml(signed(suite).encode())
    assert (opened.content, opened.certificate) == (CANONICAL, citizen(suite)[1])
    assert len(opened.signature) == 2 * suite.size


def test_the_form_is_that_of_the_national_profile() -> None:
    root = etree.fromstring(signed(GOST_512).encode())
    own = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:"
    assert root[-1].tag == f"{{{DSIG}}}Signature"
    assert [each.get("Algorithm") for each in root[-1].iter() if each.get("Algorithm")] == [
        C14N,
        f"{own}gostr34102015-gostr34112015-512",
        ENVELOPED,
        f"{C14N}#WithComments",
        f"{own}gostr34112015-512",
    ]
    digest = root[-1].findtext(f".//{{{DSIG}}}DigestValue")
    assert digest == base64.b64encode(GOST_512.hash(CANONICAL)).decode()


@pytest.mark.parametrize("xml", [DOCUMENT, INHERITING, b"<a/>", b"\xef\xbb\xbf<a/>"], ids=range(4))
def test_what_is_signed_survives_comments_and_reprinting(xml: bytes) -> None:
    first = open_xml(sign_xml(xml, *citizen(QUICK)))
    reprinted = etree.tostring(etree.fromstring(sign_xml(xml, *citizen(QUICK))).getroottree(), encoding="UTF-8")
    assert open_xml(reprinted).content == first.content
    assert b"<!--" not in first.content


@pytest.mark.parametrize("xml", [DOCUMENT, INHERITING], ids=["plain", "inheriting"])
@pytest.mark.parametrize(
    ("method", "transform", "is_exclusive"),
    [
        (xmlsec.constants.TransformInclC14N, xmlsec.constants.TransformInclC14NWithComments, False),
        (xmlsec.constants.TransformExclC14N, xmlsec.constants.TransformExclC14N, True),
    ],
    ids=["inclusive", "exclusive"],
)
def test_our_canonical_bytes_are_those_that_xmlsec_signs(
    xml: bytes, method: Any, transform: Any, is_exclusive: bool
) -> None:
    root = etree.fromstring(xml)
    signature = xmlsec.template.create(root, method, xmlsec.constants.TransformRsaSha256, ns="ds")
    root.append(signature)
    signature[0].set("{http://www.w3.org/XML/1998/namespace}lang", "en")  # its own goes before the inherited
    reference = xmlsec.template.add_reference(signature, xmlsec.constants.TransformSha256, uri="")
    xmlsec.template.add_transform(reference, xmlsec.constants.TransformEnveloped)
    xmlsec.template.add_transform(reference, transform)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(keys.pem(rsa_key()), xmlsec.constants.KeyDataFormatPem)
    context.sign(signature)
    digest, value = (signature.findtext(f".//{{{DSIG}}}{name}", "") for name in ("DigestValue", "SignatureValue"))
    content = canonical(without(root, signature), is_exclusive=is_exclusive)
    assert base64.b64encode(hashlib.sha256(content).digest()).decode() == digest
    info = canonical_info(signature[0], is_exclusive=is_exclusive)
    rsa_key().public_key().verify(base64.b64decode(value), info, padding.PKCS1v15(), hashes.SHA256())


def test_base64_may_be_wrapped_as_java_wraps_it() -> None:
    value = re.search(r"<ds:SignatureValue>(.*?)</ds:SignatureValue>", signed())
    assert value is not None
    wrapped = "&#13;\n".join(re.findall(r".{1,16}", value.group(1)))
    assert open_xml(changed(value.group(1), f"\n{wrapped}\n").encode()).content == CANONICAL


def test_a_signature_may_stand_before_the_end_of_the_document() -> None:
    alone = element("Signature")
    moved = changed("<b:қ>", f"{alone}<b:қ>", changed(alone, ""))
    assert open_xml(moved.encode()).content == CANONICAL


@pytest.mark.parametrize("before", [b"<a>one ", b"<a><b/>one ", b"<a>"], ids=["text", "element", "nothing"])
def test_the_text_around_a_signature_belongs_to_the_document(before: bytes) -> None:
    whole = sign_xml(before + b"two</a>", *citizen(QUICK)).decode()
    alone = re.search(r"<ds:Signature .*</ds:Signature>", whole)
    assert alone is not None
    moved = changed("two", f"{alone.group()}two", changed(alone.group(), "", whole))
    assert open_xml(moved.encode()).content == before.replace(b"<b/>", b"<b></b>") + b"two</a>"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Нұрлан", "Нұржан"),
        ('b:n="1"', 'b:n="2"'),
        ("<b:қ>", "<b:қ/><b:қ>"),
        ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
        (f'<ds:CanonicalizationMethod Algorithm="{C14N}"', f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"'),
        (f'<ds:Transform Algorithm="{C14N}#WithComments"', f'<ds:Transform Algorithm="{C14N}"'),
        ('xmlns="urn:a"', 'xmlns="urn:a" xml:lang="kk"'),
    ],
)
def test_a_changed_document_or_signature_is_noticed(old: str, new: str) -> None:
    assert refusal(changed(old, new)).code == "eds-signature-invalid"


def test_the_certificate_of_another_is_noticed() -> None:
    _, other = citizen(GOST_512)
    theirs = re.search(r"<ds:X509Certificate>.*</ds:X509Certificate>", signed(GOST_512))
    assert theirs is not None
    assert refusal(changed(element("X509Certificate"), theirs.group())).code == "eds-algorithm"
    stranger = sign_xml(DOCUMENT, gost.new_key(QUICK), citizen(QUICK)[1])
    assert refusal(stranger).code == "eds-signature-invalid"
    assert other != citizen(QUICK)[1]


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_the_old_algorithm_is_refused_by_its_name(suite: gost.Suite) -> None:
    more = "http://www.w3.org/2001/04/xmldsig-more#"
    for ours, old in ((suite.xml_signature, "gost34310-gost34311"), (suite.xml_digest, "gost34311")):
        error = refusal(changed(f'"{ours}"', f'"{more}{old}"', signed(suite)))
        assert (type(error), error.code) == (Untrusted, "eds-algorithm-gost34310")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (QUICK.xml_signature, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
        (QUICK.xml_signature, GOST_512.xml_signature),
        (QUICK.xml_signature, QUICK.signature + ".9"),
        (QUICK.xml_signature, "http://www.w3.org/2000/09/xmldsig#hmac-sha1"),
        (QUICK.xml_digest, "http://www.w3.org/2001/04/xmlenc#sha256"),
        (QUICK.xml_digest, GOST_512.xml_digest),
    ],
)
def test_another_algorithm_is_refused(old: str, new: str) -> None:
    assert refusal(changed(f'"{old}"', f'"{new}"')).code == "eds-algorithm"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('URI=""', 'URI="#a"'),
        ('URI=""', 'URI="" Id="a"'),
        ('URI=""', ""),
        (ENVELOPED, C14N),
        (f"{C14N}#WithComments", "http://www.w3.org/TR/1999/REC-xpath-19991116"),
        (f"{C14N}#WithComments", "http://www.w3.org/2006/12/xml-c14n11"),
        ("</ds:Transforms>", f'<ds:Transform Algorithm="{C14N}"/></ds:Transforms>'),
        (f'<ds:Transform Algorithm="{ENVELOPED}"/>', ""),
        ("<ds:DigestValue>", "<ds:DigestValue><!-- -->"),
        ("<ds:DigestValue>", "<ds:DigestValue>!"),
        ("<ds:SignatureValue>", "<ds:SignatureValue><ds:a/>"),
        ("<ds:KeyInfo>", "<ds:KeyInfo>text"),
        ("</ds:Signature>", "<ds:Object/></ds:Signature>"),
        ("</ds:SignedInfo>", '<ds:Reference URI=""/></ds:SignedInfo>'),
        ("<ds:DigestMethod ", '<ds:DigestMethod Id="a" '),
        (f'Algorithm="{C14N}"/>', f'Algorithm="{C14N}"><ds:a/></ds:CanonicalizationMethod>'),
        ("<ds:X509Certificate>", "<ds:X509Certificate>AAAA"),
    ],
)
def test_what_is_not_of_the_national_profile_is_malformed(old: str, new: str) -> None:
    assert refusal(changed(old, new)).code == "eds-malformed"


def test_a_document_has_exactly_one_signature_with_one_certificate() -> None:
    assert refusal(DOCUMENT).code == "eds-signers"
    assert refusal(changed("<b:қ>", f"{element('Signature')}<b:қ>")).code == "eds-signers"
    assert refusal(changed(element("X509Certificate"), "")).code == "eds-signers"
    twice = element("X509Certificate") * 2
    assert refusal(changed(element("X509Certificate"), twice)).code == "eds-signers"


def test_a_signed_document_within_another_is_not_the_other_signed() -> None:
    """Signature wrapping: the signature is right, its document hidden in a bigger one."""
    inner = re.sub(r"<\?xml.*?\?>\s*", "", signed())
    assert refusal(f"<outer>{inner}</outer>").code == "eds-malformed"
    alone = element("Signature")
    hidden = changed(alone, "", inner)
    assert refusal(f"<outer>{hidden}{alone}</outer>").code == "eds-signature-invalid"


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<a",
        b"text",
        b"<a>&amp</a>",
        b"<a>&nbsp;</a>",
        b"<a xmlns='relative'/>",
        b"<!DOCTYPE a><a/>",
        b"<?xml version='1.0'?>\n<!-- <a> --><?p ?> <!DOCTYPE a [<!ENTITY x 'xx'>]><a>&x;</a>",
        b"\xef\xbb\xbf<!DOCTYPE a SYSTEM 'file:///etc/hostname'><a/>",
        "<a>ә</a>".encode("utf-16"),
        b"<?xml version='1.0' encoding='windows-1251'?><a/>",
        b"<?xml version='1.0' encoding='utf-7'?>+ADw-a/>",
        "<a>\xff</a>".encode("latin-1"),
        b"<a>" * 300 + b"</a>" * 300,
        b"<a b='1' b='2'/>",
    ],
    ids=lambda xml: repr(xml[:24]),
)
def test_what_is_no_plain_document_is_neither_signed_nor_opened(xml: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        sign_xml(xml, *citizen(QUICK))
    assert caught.value.code == "eds-malformed"
    assert refusal(xml).code in {"eds-malformed", "eds-signers"}


def test_a_doctype_that_is_only_quoted_is_no_dtd() -> None:
    xml = b"<a><![CDATA[<!DOCTYPE html>]]><!-- <!DOCTYPE html> --></a>"
    assert open_xml(sign_xml(xml, *citizen(QUICK))).content == b"<a>&lt;!DOCTYPE html&gt;</a>"


def test_a_document_over_the_limit_is_refused_before_it_is_parsed() -> None:
    error = refusal(b"<" * (gost.MAX_BYTES + 1))
    assert (error.code, error.details) == ("eds-malformed", {"limit": gost.MAX_BYTES})


def test_a_document_that_grows_over_the_limit_when_canonical_is_refused() -> None:
    xml = b'<a b="' + b">" * (gost.MAX_BYTES // 3) + b'">' + b">" * (gost.MAX_BYTES // 3) + b"</a>"
    with pytest.raises(Malformed) as caught:
        sign_xml(xml, *citizen(QUICK))
    assert caught.value.details == {"limit": gost.MAX_BYTES}


def test_a_signed_document_is_not_signed_again() -> None:
    with pytest.raises(Malformed) as caught:
        sign_xml(signed().encode(), *citizen(QUICK))
    assert caught.value.code == "eds-malformed"
