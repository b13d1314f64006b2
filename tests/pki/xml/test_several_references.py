"""A signature over the Body and over blocks of the header: all of it proved, nothing else taken for signed."""

from __future__ import annotations

from copy import deepcopy

import pytest
from lxml import etree

from shared.pki.xml import wsse
from shared.pki.xml.signedinfo import DS
from shared.pki.xml.wsse import SOAP_11, WSSE, SignedBody
from shared.pki.xml.xmldsig import WSU
from tests.pki.several_references import TIMESTAMP, TOKEN, sign_with_headers
from tests.pki.xml_samples import ENVELOPE, citizen, edited, known, refusal

MOST = 5
BODY, HEADER, SECURITY = f"{{{SOAP_11}}}Body", f"{{{SOAP_11}}}Header", f"{{{WSSE}}}Security"
ID = f"{{{WSU}}}Id"


def opened(envelope: bytes, most: int = MOST) -> SignedBody:
    return wsse.open_body(envelope, lookup=known(), most_references=most)


def refused(envelope: bytes) -> str:
    return refusal(lambda: opened(envelope)).code


def test_signature_over_body_timestamp_and_token_is_proved_over_all_three() -> None:
    signed = opened(sign_with_headers(ENVELOPE, *citizen("rsa")))
    assert signed.further_parts == ("Timestamp", "BinarySecurityToken")
    assert signed.body.findtext(".//messageId") == "8f0c"
    assert signed.certificate == citizen("rsa")[1]


def test_signature_over_more_than_the_body_is_refused_where_one_reference_is_wanted() -> None:
    envelope = sign_with_headers(ENVELOPE, *citizen())
    assert refusal(lambda: opened(envelope, most=1)).code == "eds-malformed"


@pytest.mark.parametrize("name", ["messageId", f"{{{WSU}}}Created"])
def test_change_of_any_signed_part_is_found(name: str) -> None:
    def change(root: etree._Element) -> None:
        next(root.iter(name)).text = "2027-01-01T00:00:00Z"

    assert refused(edited(sign_with_headers(ENVELOPE, *citizen()), change)) == "eds-signature-invalid"


def test_signature_over_the_header_alone_signs_no_body() -> None:
    def leave_body_out(root: etree._Element) -> None:
        (body,) = root.iter(BODY)
        next(root.iter(TIMESTAMP)).set(ID, body.attrib.pop(ID))

    envelope = edited(sign_with_headers(ENVELOPE, *citizen()), leave_body_out)
    assert refused(envelope) == "eds-signature-invalid"


def test_signed_body_moved_into_the_header_is_no_block_of_it() -> None:
    def wrap(root: etree._Element) -> None:
        (genuine,) = root.iter(BODY)
        forged = deepcopy(genuine)
        forged.set(ID, "forged")
        root.replace(genuine, forged)
        next(root.iter(HEADER)).append(genuine)

    assert refused(edited(sign_with_headers(ENVELOPE, *citizen()), wrap)) == "soap-malformed"


def test_signed_body_renamed_and_moved_into_the_header_does_not_sign_the_other_body() -> None:
    def wrap(root: etree._Element) -> None:
        (genuine,) = root.iter(BODY)
        forged = etree.Element(BODY)
        forged.extend(deepcopy(list(genuine)))
        forged.set(ID, "forged")
        root.replace(genuine, forged)
        genuine.tag = "{urn:wrapper}Body"
        next(root.iter(HEADER)).append(genuine)

    assert refused(edited(sign_with_headers(ENVELOPE, *citizen()), wrap)) == "eds-signature-invalid"


def test_signed_timestamp_moved_out_of_the_header_is_refused() -> None:
    def hide(root: etree._Element) -> None:
        wrapper = etree.SubElement(next(root.iter(SECURITY)), "wrapper")
        wrapper.append(next(root.iter(TIMESTAMP)))

    assert refused(edited(sign_with_headers(ENVELOPE, *citizen()), hide)) == "eds-malformed"


def test_two_elements_of_one_signed_id_are_refused() -> None:
    def double(root: etree._Element) -> None:
        timestamp = next(root.iter(TIMESTAMP))
        next(root.iter(SECURITY)).insert(0, deepcopy(timestamp))

    assert refused(edited(sign_with_headers(ENVELOPE, *citizen()), double)) == "eds-malformed"


@pytest.mark.parametrize(
    "covered",
    [
        (TIMESTAMP, TIMESTAMP),
        (BODY,),
        (f"{{{DS}}}Signature",),
        ("request",),
        (SECURITY,),
        (TOKEN, TIMESTAMP, HEADER),
        tuple(f"{{urn:block}}b{number}" for number in range(MOST)),
    ],
    ids=["twice", "body-twice", "the-signature", "part-of-the-body", "security", "the-header", "too-many"],
)
def test_signature_over_anything_but_distinct_blocks_of_the_header_is_refused(covered: tuple[str, ...]) -> None:
    def add_blocks(root: etree._Element) -> None:
        for number in range(MOST):
            etree.SubElement(next(root.iter(HEADER)), f"{{urn:block}}b{number}")

    assert refused(sign_with_headers(ENVELOPE, *citizen(), covered=covered, prepare=add_blocks)) == "eds-malformed"


def test_signature_over_an_application_block_of_the_header_is_proved() -> None:
    def add_block(root: etree._Element) -> None:
        etree.SubElement(next(root.iter(HEADER)), "{urn:addressing}MessageID").text = "m-1"

    covered = ("{urn:addressing}MessageID",)
    signed = opened(sign_with_headers(ENVELOPE, *citizen(), covered=covered, prepare=add_block))
    assert signed.further_parts == ("MessageID",)
