"""Signatures by Id, as the national library and NCALayer write them: made by lxml and a key, without our code.

The samples follow the library's output: a lower-case ``id``, lines of base64 that end with a carriage return,
enveloped-signature and Canonical XML 1.0 #WithComments, the signature inside the element or beside it.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Sequence
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from shared.bus.errors import BusError
from shared.pki.xml import xmldsig
from tests.pki.xml_samples import citizen

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
COMMENTS = f"{C14N}#WithComments"
ENVELOPED = f"{DS}enveloped-signature"
DOCUMENT = b'<documents><document id="d1"><number>11</number></document><place/></documents>'
SIGNED = b'<document id="d1"><number>11</number></document>'


def canonical(element: etree._Element, *, comments: bool = False) -> bytes:
    return etree.tostring(element, method="c14n", with_comments=comments)


def lines_of(data: bytes) -> str:
    return "\r\n".join(textwrap.wrap(base64.b64encode(data).decode(), 76))


def by_id(transforms: Sequence[str] | None, place: str, *, uri: str = "#d1", document: bytes = DOCUMENT) -> bytes:
    """The document with a signature over the element ``d1``, put into the element ``place``."""
    key, certificate = citizen("rsa")
    assert isinstance(key, rsa.RSAPrivateKey)
    root = etree.fromstring(document)
    digest = sha256(canonical(root[0], comments=COMMENTS in (transforms or ()))).digest()
    listed = "".join(f'<ds:Transform Algorithm="{name}"/>' for name in transforms or ())
    named = "" if transforms is None else f"<ds:Transforms>{listed}</ds:Transforms>"
    signature = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DS}">\r\n<ds:SignedInfo>\r\n<ds:CanonicalizationMethod Algorithm="{C14N}"/>'
        '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>\r\n'
        f'<ds:Reference URI="{uri}">{named}<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>\r\n'
        f"<ds:DigestValue>{base64.b64encode(digest).decode()}</ds:DigestValue></ds:Reference>\r\n</ds:SignedInfo>"
        "<ds:SignatureValue/><ds:KeyInfo><ds:X509Data><ds:X509Certificate/></ds:X509Data></ds:KeyInfo>"
        "</ds:Signature>"
    )
    (parent,) = root.iter(place)
    parent.append(signature)
    value = key.sign(canonical(signature[0]), padding.PKCS1v15(), hashes.SHA256())
    signature[1].text = lines_of(value)
    next(signature.iter(f"{{{DS}}}X509Certificate")).text = lines_of(certificate.public_bytes(Encoding.DER))
    return etree.tostring(root)


@pytest.mark.parametrize(
    ("transforms", "place"),
    [
        ((ENVELOPED, COMMENTS), "document"),
        ((ENVELOPED, COMMENTS), "place"),
        ((ENVELOPED,), "documents"),
        ((COMMENTS,), "documents"),
        ((C14N,), "place"),
        (None, "documents"),
    ],
    ids=["inside", "beside", "enveloped-only", "form-only", "form-without-comments", "no-transforms"],
)
def test_xmldsig_by_id_is_opened_as_the_national_library_writes_it(
    transforms: Sequence[str] | None, place: str
) -> None:
    sample = by_id(transforms, place)
    assert b"&#13;" in sample
    opened = xmldsig.open_enveloped(sample, part=True)
    assert (opened.content, opened.certificate) == (SIGNED, citizen("rsa")[1])
    assert (opened.reference, opened.path, opened.is_whole) == ("#d1", "/documents/document", False)
    with pytest.raises(BusError) as caught:
        xmldsig.open_enveloped(sample.replace(b">11<", b">12<"), part=True)
    assert caught.value.code == "eds-signature-invalid"


@pytest.mark.parametrize(
    ("sample", "code"),
    [
        (lambda: by_id((COMMENTS,), "document"), "eds-algorithm"),
        (lambda: by_id(None, "document"), "eds-algorithm"),
        (lambda: by_id((ENVELOPED, COMMENTS), "place", uri="#xpointer(id('d1'))"), "eds-malformed"),
        (lambda: by_id((COMMENTS,), "place", uri="#d2"), "eds-malformed"),
        (
            lambda: by_id((COMMENTS,), "place", document=DOCUMENT.replace(b"<place/>", b'<place Id="d1"/>')),
            "eds-malformed",
        ),
    ],
    ids=["inside-without-enveloped", "inside-without-transforms", "xpointer", "nobodys-id", "id-of-two"],
)
def test_xmldsig_by_id_in_another_form_is_refused_by_its_name(sample: object, code: str) -> None:
    with pytest.raises(BusError) as caught:
        xmldsig.open_enveloped(sample(), part=True)  # type: ignore[operator]
    assert caught.value.code == code
