"""Near misses of WS-Security: each envelope is really signed with one mistake, and that mistake alone is named."""

from __future__ import annotations

import base64
import copy
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from xml.sax.saxutils import escape

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from shared.pki.explanation.xml_signatures import explain_envelope
from shared.pki.gost import GOST_256, GOST_512, GostSuite
from shared.pki.gost.xmlalgorithms import GostXmlKey
from shared.pki.xml.keyinfo import write_issuer_serial
from shared.pki.xml.signedinfo import DS
from shared.pki.xml.wsse import SOAP_11, SOAP_12, WSSE
from shared.pki.xml.xmldsig import WSU
from tests.pki.explanation.mis_signing import (
    BODY,
    ENVELOPE,
    ENVELOPED,
    EXPECTED,
    HEADER,
    INCLUSIVE,
    Element,
    EnvelopeSigning,
    Signer,
    base64_text,
    canonical,
    ec_sign_der,
    ec_signer,
    key_identifier,
    quick,
    rsa_sign,
    rsa_signer,
    x509_data,
)
from tests.pki.gost_centre import citizen as gost_citizen
from tests.pki.gost_centre import gost_centre
from tests.pki.pki_centre import centre

Edit = Callable[[Element], None]
WSU_ID = f"{{{WSU}}}Id"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
THUMBPRINT = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"


def body(root: Element) -> Element:
    return _only(root, BODY)


def text_of(root: Element, name: str = "messageId") -> Element:
    return _only(root, f".//{name}")


def signature(root: Element) -> Element:
    return _only(root, f".//{{{DS}}}Signature")


def security(root: Element) -> Element:
    return _only(root, f".//{{{WSSE}}}Security")


def _only(root: Element, path: str) -> Element:
    element = root.find(path)
    assert element is not None, path
    return element


def put(text: str, name: str = "messageId") -> Edit:
    """An edit that gives an element of the Body this text and no children."""

    def edit(root: Element) -> None:
        element = text_of(root, name)
        for child in list(element):
            element.remove(child)
        element.text = text

    return edit


def put_element(root: Element) -> None:
    put("", "data")(root)
    text_of(root, "data").text = None
    etree.SubElement(text_of(root, "data"), "iin").text = "1"


def drop_whitespace(root: Element) -> None:
    for element in body(root).iter():
        element.text = None if not (element.text or "").strip() else element.text
        element.tail = None if not (element.tail or "").strip() else element.tail


def with_other_id(change: str) -> Callable[[Element, Element], bytes]:
    """The Body's canonical form with its Id dropped, or under another name."""

    def content(_: Element, original: Element) -> bytes:
        changed = copy.deepcopy(original)
        value = changed.attrib.pop(WSU_ID)
        if change:
            changed.set(change, value)
        return canonical(changed)

    return content


def sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def append_copy(path: str) -> Edit:
    def edit(root: Element) -> None:
        element = _only(root, path)
        element.addnext(copy.deepcopy(element))

    return edit


def move_to_body(root: Element) -> None:
    body(root).append(signature(root))


def token(encode: Callable[[x509.Certificate], str]) -> Callable[[Element, x509.Certificate], None]:
    """KeyInfo whose KeyIdentifier holds what `encode` makes of the certificate."""

    def key_info(place: Element, certificate: x509.Certificate) -> None:
        key_identifier(place, certificate)
        place[0][0].text = encode(certificate)

    return key_info


def der_of(certificate: x509.Certificate) -> bytes:
    return bytes(certificate.public_bytes(Encoding.DER))


PKI_PATH = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509PKIPathv1"


def path_only(place: Element, certificate: x509.Certificate) -> None:
    key_identifier(place, certificate)
    place[0][0].set("ValueType", PKI_PATH)


def thumbprint_only(place: Element, certificate: x509.Certificate) -> None:
    key_identifier(place, certificate)
    place[0][0].set("ValueType", THUMBPRINT)
    place[0][0].text = base64_text(certificate.fingerprint(hashes.SHA1()))  # noqa: S303 - the form's own


def key_value_only(place: Element, certificate: x509.Certificate) -> None:
    etree.SubElement(etree.SubElement(place, f"{{{DS}}}KeyValue"), f"{{{DS}}}RSAKeyValue")


def named_only(place: Element, certificate: x509.Certificate) -> None:
    write_issuer_serial(etree.SubElement(place, f"{{{WSSE}}}SecurityTokenReference"), certificate)


def with_issuer(place: Element, certificate: x509.Certificate) -> None:
    x509_data(place, certificate)
    issuer = base64_text(der_of(centre().issuing))
    etree.SubElement(place[0], f"{{{DS}}}X509Certificate").text = issuer


def by_issuer(data: bytes) -> bytes:
    return centre().issuing_key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def gost_signer(declared: GostSuite = GOST_512) -> Signer:
    key, certificate = gost_citizen(GOST_512)
    own = GostXmlKey(key)
    return Signer(key, certificate, declared.xml_signature, declared.xml_digest, declared.hash_data, own.sign)


def body_of_info(info: Element) -> bytes:
    return canonical(body(info.getroottree().getroot()))


def indented(info: Element) -> bytes:
    changed = copy.deepcopy(info)
    etree.indent(changed)
    return canonical(changed)


def rename_prefix(text: str) -> bytes:
    return re.sub("(</?)s:", r"\1soapenv:", text).replace("xmlns:s=", "xmlns:soapenv=").encode()


def requote(text: str) -> bytes:
    return text.replace('xsi:type="xs:string"', "xsi:type = 'xs:string' ").encode()


def as_written(_: Element, original: Element) -> bytes:
    return etree.tostring(original, encoding="unicode", with_tail=False).encode()


def inclusive(_: Element, original: Element) -> bytes:
    return canonical(original, exclusive=False)


def first_block(root: Element, _: Element) -> bytes:
    return canonical(root[0][0])


def add_header(root: Element) -> None:
    etree.SubElement(_only(root, HEADER), "Timestamp", {WSU_ID: "ts"})


GOST_EXPECTED = replace(EXPECTED, anchors=gost_centre(GOST_512).anchors)
E_ = EnvelopeSigning
PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
MISTAKES: tuple[tuple[str, EnvelopeSigning], ...] = (
    ("pretty-printed-after-signing", E_(finish=lambda root: etree.indent(body(root)))),
    ("whitespace-lost", E_(prepare=lambda root: etree.indent(body(root)), finish=drop_whitespace)),
    ("line-ends-lost", E_(prepare=put("8\r\nf"), finish=put("8\nf"))),
    ("carriage-returns-added", E_(prepare=put("8\nf"), finish=put("8\r\nf"))),
    ("text-padded-after-signing", E_(finish=put(" 8f0c\n"))),
    ("text-escaped-after-signing", E_(prepare=put_element, finish=put("<iin>1</iin>", "data"))),
    ("text-unescaped-after-signing", E_(prepare=put("<iin>1</iin>", "data"), finish=put_element)),
    ("text-escaped-twice", E_(prepare=put("<a>&</a>", "data"), finish=put("&lt;a&gt;&amp;&lt;/a&gt;", "data"))),
    ("text-unescaped-twice", E_(prepare=put("a &amp; b", "data"), finish=put("a & b", "data"))),
    ("unicode-normalised", E_(envelope=ENVELOPE.replace("Ё", "E"), prepare=put("И\u0306"), finish=put("Й"))),
    ("canonical-form-other", E_(content=inclusive)),
    ("canonical-form-other", E_(content=lambda _, own: canonical(own, comments=True))),
    ("canonical-form-other", E_(content=lambda _, own: canonical(own, inclusive_ns_prefixes=["xs", "xsi"]))),
    ("canonical-form-absent", E_(content=as_written)),
    ("signed-whole-envelope", E_(reference="", content=lambda root, _: canonical(root))),
    ("signed-whole-envelope", E_(content=lambda root, _: canonical(root))),
    ("signed-content-of-body", E_(content=lambda _, own: canonical(own[0]))),
    ("signed-other-element", E_(prepare=add_header, reference="#ts", content=first_block)),
    ("id-added-after-signing", E_(content=with_other_id(""))),
    ("id-attribute-renamed", E_(content=with_other_id("Id"))),
    ("id-attribute-renamed", E_(body_id=("Id", "id-1"), content=lambda _, own: _as_wsu(own))),
    ("id-namespace", E_(body_id=("{urn:example:other}Id", "id-1"))),
    ("id-differs", E_(body_id=(WSU_ID, "id-2"))),
    ("id-absent", E_(content=with_other_id(""), finish=lambda root: body(root).attrib.pop(WSU_ID))),
    ("id-twice", E_(prepare=lambda root: etree.SubElement(_only(root, HEADER), "x", Id="id-1"))),
    ("reference-without-hash", E_(reference="id-1")),
    ("reference-outside", E_(reference="cid:body")),
    ("soap-version-changed", E_(write=lambda text: text.replace(SOAP_11, SOAP_12).encode())),
    ("prefix-renamed", E_(write=rename_prefix)),
    ("byte-order-mark-signed", E_(content=lambda _, own: b"\xef\xbb\xbf" + canonical(own))),
    ("declaration-signed", E_(content=lambda _, own: b'<?xml version="1.0" encoding="UTF-8"?>' + canonical(own))),
    ("line-end-signed", E_(content=lambda _, own: canonical(own) + b"\n")),
    ("text-in-other-encoding", E_(content=lambda _, own: canonical(own).decode().encode("utf-16-le"))),
    ("digest-other-than-declared", E_(signer=rsa_signer(hash_data=sha1))),
    ("digest-sha1", E_(signer=rsa_signer(hash_data=sha1, digest_uri=f"{DS}sha1"))),
    ("digest-in-hex", E_(signer=rsa_signer(hash_data=lambda data: sha256(data).hex().encode()))),
    ("digest-in-base64-twice", E_(signer=rsa_signer(hash_data=lambda data: base64.b64encode(sha256(data))))),
    ("digest-reversed", E_(signer=rsa_signer(hash_data=lambda data: sha256(data)[::-1]))),
    ("digest-algorithm-unknown", E_(signer=rsa_signer(digest_uri="urn:example:sha3"))),
    ("signature-sha1", E_(signer=rsa_signer(signature_uri=f"{DS}rsa-sha1", sign=rsa_sign(hashes.SHA1())))),  # noqa: S303
    ("signature-hash-other-than-declared", E_(signer=rsa_signer(sign=rsa_sign(hashes.SHA512())))),
    ("signature-pss", E_(signer=rsa_signer(sign=rsa_sign(hashes.SHA256(), PSS)))),
    ("signature-reversed", E_(signer=rsa_signer(sign=lambda data: rsa_sign(hashes.SHA256())(data)[::-1]))),
    ("ecdsa-der-not-raw", E_(signer=ec_signer(sign=ec_sign_der))),
    ("hashed-twice", E_(signer=rsa_signer(sign=lambda data: rsa_sign(hashes.SHA256())(sha256(data))))),
    ("hashed-twice", E_(signer=ec_signer(sign=lambda data: ec_signer().sign(sha256(data))))),
    ("signature-in-base64-twice", E_(value_text=lambda value: base64_text(base64.b64encode(value)))),
    ("signature-in-base64url", E_(value_text=lambda value: base64.urlsafe_b64encode(value).decode())),
    ("signature-in-hex", E_(value_text=lambda value: base64_text(value.hex().encode()))),
    ("signature-empty", E_(value_text=lambda value: "")),
    ("key-not-of-certificate", E_(signer=rsa_signer(sign=by_issuer))),
    ("key-of-other-certificate", E_(signer=rsa_signer(sign=by_issuer), key_info=with_issuer)),
    ("algorithm-not-of-key", E_(signer=ec_signer(signature_uri=rsa_signer().signature_uri))),
    ("gost-size gost-not-accepted", E_(signer=gost_signer(GOST_256))),
    ("gost-not-accepted", E_(signer=gost_signer())),
    ("gost-34310", E_(signer=rsa_signer(digest_uri="http://www.w3.org/2001/04/xmldsig-more#gost34311"))),
    ("signed-info-other-form", E_(signed_info=lambda info: canonical(info, exclusive=False))),
    ("signed-info-not-canonical", E_(signed_info=lambda info: etree.tostring(info))),
    ("signed-info-pretty-printed", E_(finish=lambda root: etree.indent(signature(root)[0]))),
    ("signed-info-whitespace-lost", E_(signed_info=indented)),
    ("signed-content-not-signed-info", E_(signed_info=body_of_info)),
    ("transform-not-exclusive", E_(transforms=(INCLUSIVE,), content=inclusive)),
    ("transform-enveloped-needless", E_(transforms=(ENVELOPED, *EnvelopeSigning().transforms))),
    ("transform-unknown", E_(transforms=(XSLT,))),
    ("several-references", E_(finish=append_copy(f".//{{{DS}}}Reference"))),
    ("several-signatures", E_(finish=append_copy(f".//{{{DS}}}Signature"))),
    ("several-security-headers", E_(finish=append_copy(f".//{{{WSSE}}}Security"))),
    ("signature-with-object", E_(finish=lambda root: etree.SubElement(signature(root), f"{{{DS}}}Object"))),
    ("signature-in-body", E_(finish=move_to_body)),
    ("signature-absent", E_(finish=lambda root: security(root).remove(signature(root)))),
    ("security-namespace", E_(finish=lambda root: setattr(security(root), "tag", "{urn:example:wsse}Security"))),
    ("certificate-in-pem", E_(key_info=token(lambda one: one.public_bytes(Encoding.PEM).decode()))),
    ("certificate-in-base64-twice", E_(key_info=token(lambda one: base64_text(base64.b64encode(der_of(one)))))),
    ("certificate-in-hex", E_(key_info=token(lambda one: der_of(one).hex()))),
    ("certificate-unreadable", E_(key_info=token(lambda one: base64_text(der_of(one)[:-9])))),
    ("key-info-form", E_(key_info=path_only)),
    ("certificate-only-named", E_(key_info=thumbprint_only)),
    ("key-info-without-certificate", E_(key_info=key_value_only)),
    ("certificate-only-named", E_(key_info=named_only)),
    ("certificate-absent", E_(key_info=lambda place, certificate: None)),
    ("body-twice", E_(finish=append_copy(BODY))),
    ("envelope-namespace", E_(write=lambda text: text.replace(SOAP_11, "urn:example:soap").encode())),
    ("encoding-utf-16", E_(write=lambda text: text.encode("utf-16"))),
    ("encoding-declared", E_(write=lambda text: b'<?xml version="1.0" encoding="windows-1251"?>' + text.encode())),
    ("encoding-not-utf-8", E_(write=lambda text: text.encode("windows-1251", "xmlcharrefreplace"))),
    ("declaration-not-first", E_(write=lambda text: b'\n<?xml version="1.0"?>' + text.encode())),
    ("document-type-declared", E_(write=lambda text: b"<!DOCTYPE a>" + text.encode())),
    ("document-escaped", E_(write=lambda text: escape(text).encode())),
    ("document-in-base64", E_(write=lambda text: base64.b64encode(text.encode()))),
    ("document-is-json", E_(write=lambda text: b'{"a": 1}')),
    ("document-empty", E_(write=lambda text: b" ")),
    ("xml-not-well-formed", E_(write=lambda text: text[:-3].encode())),
    ("content-changed", E_(finish=put("8f0d"))),
)  # fmt: skip


def _as_wsu(original: Element) -> bytes:
    """The Body's canonical form with `wsu:Id` in place of `Id`."""
    text = etree.tostring(original, with_tail=False).decode().replace(" Id=", f' xmlns:wsu="{WSU}" wsu:Id=')
    return canonical(etree.fromstring(text))


@pytest.mark.parametrize(("code", "signing"), MISTAKES, ids=[code for code, _ in MISTAKES])
def test_mistake_in_an_envelope_is_named_and_nothing_else(code: str, signing: EnvelopeSigning) -> None:
    envelope = signing.make()
    expected = GOST_EXPECTED if signing.signer.signature_uri.startswith("urn:") else EXPECTED
    assert quick(lambda: explain_envelope(envelope, expected)) == tuple(code.split())


HARMLESS = {
    "nothing": EnvelopeSigning(),
    "elliptic curve": EnvelopeSigning(signer=ec_signer()),
    "byte order mark": EnvelopeSigning(write=lambda text: b"\xef\xbb\xbf" + text.encode()),
    "declaration": EnvelopeSigning(write=lambda text: b'<?xml version="1.0" encoding="utf-8"?>\n' + text.encode()),
    "quotes": EnvelopeSigning(write=requote),
    "attributes in another order": EnvelopeSigning(
        prepare=lambda root: body(root).set("a", "1"),
        write=lambda text: re.sub(r'<s:Body (\S+) (\S+)>', r"<s:Body \2 \1>", text).encode(),
    ),
    "comment": EnvelopeSigning(finish=lambda root: body(root).append(etree.Comment("passed on"))),
    "space around the header": EnvelopeSigning(write=lambda text: text.replace("<s:H", "\n <s:H").encode()),
    "unqualified Id": EnvelopeSigning(body_id=("Id", "id-1")),
    "certificate in X509Data": EnvelopeSigning(key_info=x509_data),
}  # fmt: skip


@pytest.mark.parametrize("signing", HARMLESS.values(), ids=HARMLESS)
def test_explanation_finds_nothing_in_an_envelope_that_verifies(signing: EnvelopeSigning) -> None:
    envelope = signing.make()
    assert quick(lambda: explain_envelope(envelope, EXPECTED)) == ()


def test_explanation_tells_reference_digests_forms_and_the_proved_variant() -> None:
    explanation = explain_envelope(EnvelopeSigning(finish=lambda root: etree.indent(body(root))).make(), EXPECTED)
    assert explanation.findings[0].is_proved
    facts = explanation.facts
    assert facts["reference"] == "#id-1"
    assert facts["canonical-form"] == facts["transforms"] == "http://www.w3.org/2001/10/xml-exc-c14n#"
    assert facts["key-info"] == "SecurityTokenReference KeyIdentifier"
    signed = canonical(body(etree.fromstring(EnvelopeSigning().make())))
    assert facts["digest-given"] == sha256(signed).hex() != facts["digest-computed"]
