"""«Условие 2» over signatures in XML: the conditions of every document, each refusal with its condition."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from shared.bus.errors import BusError, Refused, Unavailable
from shared.pki.certificates.profile import SignaturePurpose
from shared.pki.verification.check import CONDITIONS
from shared.pki.verification.texts import TEXTS
from shared.pki.verification.xmlcheck import check_wsse, check_xml
from shared.pki.xml import wsse, xmldsig
from tests.pki.pki_centre import IIN, LATER, OTHER_IIN, centre, make_centre
from tests.pki.xml_samples import DOCUMENT, ENVELOPE, canonical, citizen, message, signed


def conditions(**changes: Any) -> dict[str, Any]:
    trusted = {
        "anchors": centre().anchors,
        "revocation": centre().crl(),
        "at": LATER,
        "expected_iin": IIN,
        "purpose": SignaturePurpose.PERSON,
    }
    return trusted | changes


CHECKS: dict[str, Callable[..., Any]] = {
    "document": lambda **changes: check_xml(signed(), **conditions(**changes)),
    "body": lambda **changes: check_wsse(message(), **conditions(**changes)),
}


def test_xmldsig_document_that_is_genuine_is_accepted_with_its_signer() -> None:
    checked = check_xml(signed(), **conditions())
    assert checked.signed.content == canonical(DOCUMENT)
    assert checked.signer.iin == IIN


def test_wsse_body_that_is_genuine_is_accepted_with_its_signer() -> None:
    checked = check_wsse(message(), **conditions())
    assert checked.signed.body.findtext(".//messageId") == "8f0c"
    assert checked.signer.iin == IIN


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"expected_iin": OTHER_IIN}, "eds-iin-mismatch"),
        ({"purpose": SignaturePurpose.SYSTEM}, "eds-purpose"),
        ({"at": LATER + timedelta(days=800)}, "eds-expired"),
        ({"at": LATER - timedelta(days=2)}, "eds-not-yet-valid"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_condition_is_held_by_its_code(check: Callable[..., Any], changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as caught:
        check(revocation=None, **changes)
    assert (caught.value.code, caught.value.details["condition"]) == (code, CONDITIONS[code].value)


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_revocation_and_strange_centres_are_noticed(check: Callable[..., Any]) -> None:
    with pytest.raises(Refused) as caught:
        check(revocation=centre().crl(citizen()[1].serial_number))
    assert caught.value.code == "eds-revoked"
    with pytest.raises(Refused) as caught:
        check(anchors=make_centre().anchors)
    assert caught.value.code == "eds-chain"
    with pytest.raises(Unavailable) as late:
        check(at=LATER + timedelta(days=30))
    assert late.value.code == "eds-revocation-unknown"


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (b"garbage", "xml-malformed"),
        (b"<!DOCTYPE a><a/>", "xml-dtd"),
        (b"<a/>" * 100_001, "xml-too-large"),
        (DOCUMENT, "eds-missing"),
        (signed().replace(b"<empty/>", b""), "eds-signature-invalid"),
        (
            signed().replace(b"xmldsig-more#ecdsa-sha256", b"xmldsig-more#gost34310-gost34311"),
            "eds-algorithm-gost34310",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_xmldsig_document_that_cannot_be_opened_is_refused_with_condition_and_words(xml: bytes, code: str) -> None:
    assert refused(partial(check_xml, xml, **conditions())).code == code


@pytest.mark.parametrize(
    ("xml", "code"),
    [
        (signed(), "soap-malformed"),
        (ENVELOPE, "eds-missing"),
        (message().replace(b"8f0c", b"8f0d"), "eds-signature-invalid"),
        (message(wsse.KeyInfoForm.ISSUER_SERIAL), "eds-certificate-unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wsse_body_that_cannot_be_opened_is_refused_with_condition_and_words(xml: bytes, code: str) -> None:
    assert refused(partial(check_wsse, xml, **conditions())).code == code


def refused(check: Callable[[], object]) -> BusError:
    with pytest.raises(Refused) as caught:
        check()
    error = caught.value
    assert error.details["condition"] == CONDITIONS[error.code].value
    assert TEXTS[error.code].keys() == {"ru", "kk", "en"}
    return error


def test_xmldsig_of_only_a_part_is_not_a_document() -> None:
    xml = xmldsig.sign_enveloped(b'<a><b Id="b"/></a>', *citizen(), tbs_xpath="//b")
    assert refused(partial(check_xml, xml, **conditions())).code == "eds-signature-invalid"
