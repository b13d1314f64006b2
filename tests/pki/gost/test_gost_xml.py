"""GOST in XML: enveloped signatures and signed SOAP bodies under НУЦ's names, with the same strict rules."""

from __future__ import annotations

import base64
import re
from functools import cache
from typing import Any

import pytest
from lxml import etree

from shared.bus.errors import BusError, Malformed, Refused, Untrusted
from shared.pki import gost
from shared.pki.certificates.profile import CertificateKind, SignaturePurpose
from shared.pki.gost import GOST_512
from shared.pki.gost.xmlalgorithms import ALGORITHMS, WITH_GOST, GostXmlKey, open_xml, sign_xml
from shared.pki.verification.xmlcheck import check_xml
from shared.pki.xml import wsse, xmldsig
from shared.pki.xml.algorithms import STANDARD
from tests.pki.gost_centre import QUICK, SUITES, citizen, gost_centre, gost_crl, size
from tests.pki.pki_centre import IIN, LATER, OTHER_IIN, centre

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
DOCUMENT = '<өтініш xmlns="urn:a" b="1">Нұрлан<!-- ? --> &lt;&#13;</өтініш>'.encode()
CANONICAL = '<өтініш xmlns="urn:a" b="1">Нұрлан &lt;&#xD;</өтініш>'.encode()
ENVELOPE = (
    b'<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><a/></soap:Body>'
    b"</soap:Envelope>"
)


@cache
def signed(suite: gost.GostSuite = QUICK) -> str:
    return sign_xml(DOCUMENT, *citizen(suite)).decode()


def refusal(xml: str | bytes, **options: Any) -> BusError:
    xml = xml if isinstance(xml, bytes) else xml.encode()
    with pytest.raises((Malformed, Untrusted)) as caught:
        xmldsig.open_enveloped(xml, **{"algorithms": WITH_GOST} | options)
    return caught.value


def changed(old: str, new: str, text: str | None = None) -> str:
    text = text or signed()
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize("suite", SUITES, ids=size)
def test_gost_xml_is_read_back_in_its_canonical_form(suite: gost.GostSuite) -> None:
    opened = open_xml(signed(suite).encode())
    assert (opened.content, opened.certificate) == (CANONICAL, citizen(suite)[1])
    assert len(opened.signature) == 2 * suite.size
    assert xmldsig.open_enveloped(signed(suite).encode(), algorithms=WITH_GOST).content == CANONICAL


def test_gost_xml_has_the_form_and_the_names_of_the_national_profile() -> None:
    root = etree.fromstring(signed(GOST_512).encode())
    own = "urn:ietf:params:xml:ns:pkigovkz:xmlsec:algorithms:"
    assert [each.get("Algorithm") for each in root[-1].iter() if each.get("Algorithm")] == [
        C14N,
        f"{own}gostr34102015-gostr34112015-512",
        f"{DSIG}enveloped-signature",
        f"{C14N}#WithComments",
        f"{own}gostr34112015-512",
    ]
    digest = root[-1].findtext(f".//{{{DSIG}}}DigestValue")
    assert digest == base64.b64encode(GOST_512.hash_data(CANONICAL)).decode()


@pytest.mark.parametrize("key_info", wsse.KeyInfoForm)
def test_gost_soap_body_is_signed_and_opened(key_info: wsse.KeyInfoForm) -> None:
    key, certificate = citizen(QUICK)
    envelope = wsse.sign_body(ENVELOPE, GostXmlKey(key), certificate, key_info=key_info)
    opened = wsse.open_body(envelope, lookup=lambda *_: certificate, algorithms=ALGORITHMS)
    assert opened.certificate == certificate
    for wrong in (envelope.replace(b"<a/>", b"<b/>"), envelope.replace(b"<a/>", b"")):
        with pytest.raises(Untrusted) as caught:
            wsse.open_body(wrong, lookup=lambda *_: certificate, algorithms=ALGORITHMS)
        assert caught.value.code == "eds-signature-invalid"


def test_gost_is_refused_unasked_at_a_door_that_was_not_told_of_gost() -> None:
    error = refusal(signed(), algorithms=STANDARD)
    assert (error.code, error.details["algorithm"]) == ("eds-algorithm", QUICK.xml_digest)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Нұрлан", "Нұржан"),
        ('b="1"', 'b="2"'),
        ("<ds:SignatureValue>", "<ds:SignatureValue>AAAA"),
        (f'<ds:Transform Algorithm="{C14N}#WithComments"', f'<ds:Transform Algorithm="{C14N}"'),
    ],
)
def test_gost_xml_document_or_signature_that_was_changed_is_noticed(old: str, new: str) -> None:
    assert refusal(changed(old, new)).code == "eds-signature-invalid"


def test_gost_key_of_another_owner_or_size_is_noticed() -> None:
    stranger = sign_xml(DOCUMENT, gost.new_key(QUICK), citizen(QUICK)[1])
    assert refusal(stranger).code == "eds-signature-invalid"
    for certificate in (citizen(GOST_512)[1], centre().issue(CertificateKind.INDIVIDUAL)[1]):
        other = sign_xml(DOCUMENT, citizen(QUICK)[0], certificate)
        assert refusal(other).code == "eds-algorithm"


@pytest.mark.parametrize("algorithms", [STANDARD, ALGORITHMS, WITH_GOST], ids=["plain", "gost", "both"])
def test_gost_old_algorithm_is_refused_by_its_name_at_every_door(algorithms: Any) -> None:
    ours = changed(f'"{QUICK.xml_digest}"', f'"{MORE}gost34311"')
    for text in (ours, changed(QUICK.xml_signature, f"{MORE}gost34310-gost34311", ours)):
        error = refusal(text, algorithms=algorithms)
        assert (type(error), error.code) == (Untrusted, "eds-algorithm-gost34310")
    by_signature = changed(QUICK.xml_signature, f"{MORE}gost34310-gost34311")
    assert refusal(by_signature).code == "eds-algorithm-gost34310"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (QUICK.xml_signature, f"{MORE}rsa-sha256"),
        (QUICK.xml_signature, GOST_512.xml_signature),
        (QUICK.xml_signature, f"{DSIG}hmac-sha1"),
        (QUICK.xml_digest, f"{DSIG}sha1"),
    ],
)
def test_gost_xml_of_another_algorithm_is_refused(old: str, new: str) -> None:
    assert refusal(changed(f'"{old}"', f'"{new}"')).code == "eds-algorithm"


@pytest.mark.parametrize("xml", [b"", b"<a", b"<!DOCTYPE a><a/>", "<a>ә</a>".encode("utf-16")], ids=range(4))
def test_gost_xml_signs_nothing_but_a_plain_document(xml: bytes) -> None:
    with pytest.raises(Malformed):
        sign_xml(xml, *citizen(QUICK))


def test_gost_xml_document_over_the_limit_is_refused_unhashed() -> None:
    long = b"<a>" + b">" * (gost.MAX_BYTES // 3) + b"</a>"  # four times as long when canonical
    with pytest.raises(Malformed) as caught:
        sign_xml(long, *citizen(QUICK))
    assert caught.value.details == {"limit": gost.MAX_BYTES}
    inflated = changed("Нұрлан", ">" * (gost.MAX_BYTES // 3))
    assert refusal(inflated).code == "eds-malformed"


def test_gost_signed_info_longer_than_any_honest_one_is_refused_unhashed() -> None:
    padded = re.sub("<ds:SignedInfo>", f"<ds:SignedInfo>{' ' * 20_000}", signed())
    assert refusal(padded).code == "eds-malformed"


def test_gost_xml_document_meets_condition_two() -> None:
    given: dict[str, Any] = {
        "anchors": gost_centre(QUICK).anchors,
        "at": LATER,
        "purpose": SignaturePurpose.PERSON,
    }
    crl = gost_crl()
    checked = check_xml(signed().encode(), algorithms=WITH_GOST, revocation=crl, expected_iin=IIN, **given)
    assert (checked.signed.content, checked.signer.iin) == (CANONICAL, IIN)
    with pytest.raises(Refused) as caught:
        check_xml(signed().encode(), algorithms=WITH_GOST, revocation=crl, expected_iin=OTHER_IIN, **given)
    assert caught.value.code == "eds-iin-mismatch"
