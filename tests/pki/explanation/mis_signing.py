"""Signs with one chosen mistake: every part of making a signature can be replaced."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.certificates.profile import CertificateKind
from shared.pki.explanation.findings import ExpectedSignature, Explanation
from shared.pki.xml.algorithms import ECDSA_SHA256, RSA_SHA256, SHA256
from shared.pki.xml.signedinfo import DS, draft_signature
from shared.pki.xml.wsse import SOAP_11, WSSE, X509V3
from shared.pki.xml.xmldsig import WSU
from tests.pki.pki_centre import NOW, centre

EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = f"{DS}enveloped-signature"
BODY, HEADER = f"{{{SOAP_11}}}Body", f"{{{SOAP_11}}}Header"
EXPECTED = ExpectedSignature(anchors=centre().anchors, at=NOW)
Element = etree._Element

ENVELOPE = (
    f'<s:Envelope xmlns:s="{SOAP_11}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:xs="http://www.w3.org/2001/XMLSchema"><s:Header/><s:Body><v:SendMessage xmlns:v="urn:example:v10">'
    "<request><requestInfo><messageId>8f0c</messageId><!-- made by hand --></requestInfo><requestData>"
    '<data xsi:type="xs:string">&lt;iin>Әлия &amp;amp; Ё&lt;/iin></data></requestData></request>'
    "</v:SendMessage></s:Body></s:Envelope>"
)


@dataclass(frozen=True)
class Signer:
    """A key with its certificate, and the ways of hashing and signing, each of which may be the mistake."""

    key: Any
    certificate: x509.Certificate
    signature_uri: str = RSA_SHA256
    digest_uri: str = SHA256
    hash_data: Callable[[bytes], bytes] = field(default=lambda data: hashlib.sha256(data).digest())
    sign: Callable[[bytes], bytes] = field(default=lambda data: data)


@cache
def rsa_pair() -> tuple[Any, x509.Certificate]:
    return centre().issue(CertificateKind.SYSTEM, "rsa")


@cache
def ec_pair() -> tuple[Any, x509.Certificate]:
    return centre().issue(CertificateKind.SYSTEM, "ec")


@cache
def other_ec_pair() -> tuple[Any, x509.Certificate]:
    return centre().issue(CertificateKind.SYSTEM, "ec")


def rsa_signer(**changes: Any) -> Signer:
    key, certificate = rsa_pair()
    made: dict[str, Any] = {"sign": rsa_sign(hashes.SHA256())} | changes
    return Signer(key, certificate, **made)


def ec_signer(**changes: Any) -> Signer:
    key, certificate = ec_pair()
    made: dict[str, Any] = {"sign": ec_sign_raw, "signature_uri": ECDSA_SHA256} | changes
    return Signer(key, certificate, **made)


def rsa_sign(digest: hashes.HashAlgorithm, how: Any = None) -> Callable[[bytes], bytes]:
    return lambda data: rsa_pair()[0].sign(data, how or padding.PKCS1v15(), digest)


def ec_sign_der(data: bytes) -> bytes:
    return bytes(ec_pair()[0].sign(data, ec.ECDSA(hashes.SHA256())))


def ec_sign_raw(data: bytes) -> bytes:
    return raw(ec_sign_der(data))


def raw(der: bytes) -> bytes:
    """r and s of an ECDSA signature in DER on P-256."""
    length = der[3]
    r, s = der[4 : 4 + length], der[6 + length :]
    return r[-32:].rjust(32, b"\0") + s[-32:].rjust(32, b"\0")


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def canonical(element: Element, *, exclusive: bool = True, comments: bool = False, **more: Any) -> bytes:
    written: bytes = etree.tostring(element, method="c14n", exclusive=exclusive, with_comments=comments, **more)
    return written


def signed_info_of(info: Element) -> bytes:
    return canonical(info)


def key_identifier(place: Element, certificate: x509.Certificate) -> None:
    """KeyInfo with the whole certificate, as WSS4J and NCANode write it."""
    reference = etree.SubElement(place, f"{{{WSSE}}}SecurityTokenReference")
    identifier = etree.SubElement(reference, f"{{{WSSE}}}KeyIdentifier", ValueType=X509V3)
    identifier.text = base64_text(certificate.public_bytes(Encoding.DER))


def x509_data(place: Element, certificate: x509.Certificate) -> None:
    data = etree.SubElement(place, f"{{{DS}}}X509Data")
    etree.SubElement(data, f"{{{DS}}}X509Certificate").text = base64_text(certificate.public_bytes(Encoding.DER))


@dataclass(frozen=True)
class EnvelopeSigning:
    """How an envelope is signed; the defaults make a valid signature."""

    signer: Signer = field(default_factory=rsa_signer)
    envelope: str = ENVELOPE
    prepare: Callable[[Element], object] = lambda root: None
    content: Callable[[Element, Element], bytes] = lambda root, body: canonical(body)
    finish: Callable[[Element], object] = lambda root: None
    write: Callable[[str], bytes] = str.encode
    transforms: tuple[str, ...] = (EXCLUSIVE,)
    method: str = EXCLUSIVE
    reference: str = "#id-1"
    body_id: tuple[str, str] = (f"{{{WSU}}}Id", "id-1")
    signed_info: Callable[[Element], bytes] = signed_info_of
    value_text: Callable[[bytes], str] = base64_text
    key_info: Callable[[Element, x509.Certificate], None] = key_identifier

    def make(self) -> bytes:
        root = etree.fromstring(self.envelope.encode())
        header, body = root.find(HEADER), root.find(BODY)
        assert header is not None
        assert body is not None
        body.set(*self.body_id)
        etree.cleanup_namespaces(root, top_nsmap={"wsu": WSU}, keep_ns_prefixes=["s", "xs", "xsi", "v"])
        self.prepare(root)
        signature, place = draft_signature(
            self.signer,
            method=self.method,
            reference=self.reference,
            transforms=self.transforms,
            content=self.content(root, body),
        )
        security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE})
        security.append(signature)
        self.key_info(place, self.signer.certificate)
        signature[1].text = self.value_text(self.signer.sign(self.signed_info(signature[0])))
        self.finish(root)
        return self.write(etree.tostring(root, encoding="unicode"))


DOCUMENT = (
    '<order xmlns="urn:example:order" xml:lang="kk">\n  <iin>850101100022</iin>\n  <note>Ё\r\n</note>\n</order>'
).replace("\r", "&#13;")


@dataclass(frozen=True)
class DocumentSigning:
    """How a document is signed; the defaults make a valid enveloped signature."""

    signer: Signer = field(default_factory=rsa_signer)
    document: str = DOCUMENT
    prepare: Callable[[Element], object] = lambda root: None
    content: Callable[[Element], bytes] = lambda root: canonical(root, exclusive=False)
    finish: Callable[[Element], object] = lambda root: None
    transforms: tuple[str, ...] = (ENVELOPED, INCLUSIVE)
    method: str = INCLUSIVE
    reference: str = ""
    signed_info: Callable[[Element], bytes] = lambda info: canonical(info, exclusive=False)
    key_info: Callable[[Element, x509.Certificate], None] = x509_data

    def make(self) -> bytes:
        root = etree.fromstring(self.document.encode())
        self.prepare(root)
        signature, place = draft_signature(
            self.signer,
            method=self.method,
            reference=self.reference,
            transforms=self.transforms,
            content=self.content(root),
        )
        root.append(signature)
        self.key_info(place, self.signer.certificate)
        info = etree.fromstring(etree.tostring(signature[0]))  # with the namespaces that are in scope
        info.attrib.update({name: value for name, value in root.attrib.items() if "XML/1998" in str(name)})
        signature[1].text = base64_text(self.signer.sign(self.signed_info(info)))
        self.finish(root)
        return etree.tostring(root, encoding="UTF-8")


PAYLOAD = '{"messageId": "1", "messageData": {"note": "Ё және <b>", "b": [1, 2]}}\n'.encode()


def url_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass(frozen=True)
class TokenSigning:
    """How a token is made; the defaults make a valid one of an ECDSA key."""

    header: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    signed: Callable[[str, bytes], bytes] = lambda protected, payload: protected.encode() + b"." + payload
    sign: Callable[[bytes], bytes] = ec_sign_raw
    value_text: Callable[[bytes], str] = url_text
    middle: Callable[[bytes], str] = lambda payload: ""
    header_text: Callable[[bytes], str] = url_text

    def make(self) -> bytes:
        standard = {"alg": "ES256", "b64": False, "crit": ["b64"], "to": "shep", "x5t#S256": thumbprint()}
        header = {name: value for name, value in (standard | self.header).items() if name not in self.without}
        protected = self.header_text(json.dumps(header).encode())
        value = self.value_text(self.sign(self.signed(protected, PAYLOAD)))
        return f"{protected}.{self.middle(PAYLOAD)}.{value}".encode()


MOST_SECONDS = 0.2
"""Of the processor; the explanation's own limit is half of this, on a machine of one's own."""


def quick(explain: Callable[[], Explanation]) -> tuple[str, ...]:
    """The codes of an explanation that took no more than its time."""
    before = time.thread_time()
    explanation = explain()
    assert time.thread_time() - before < MOST_SECONDS
    assert all(set(finding.texts) == {"ru", "kk", "en"} for finding in explanation.findings)
    return explanation.codes


def thumbprint() -> str:
    return certificate_thumbprint(ec_pair()[1])
