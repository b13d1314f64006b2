"""WS-Security of the transport: one signature over the SOAP Body, in the profile of ШЭП and NCANode's
`/wsse/sign`.

    Envelope
    ├── Header
    │   └── wsse:Security mustUnderstand="1"
    │       ├── wsse:BinarySecurityToken        only in that form of KeyInfo
    │       └── ds:Signature → #id-…
    └── Body wsu:Id="id-…"

The exclusive canonical form serves SignedInfo and is the only transform; there is no Timestamp and no
UsernameToken. Reading accepts what real clients send: SOAP 1.2, an unqualified Id on the Body, a ds:Signature
directly in the Header, unknown blocks in Security. Reading refuses every message that leaves a doubt which Body
was signed.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from shared.bus.errors import Malformed, Untrusted
from shared.pki.certificates.keys import PrivateKey
from shared.pki.encoding import xmltree
from shared.pki.encoding.canonical import EXCLUSIVE, CanonicalForm, unknown_algorithm
from shared.pki.encoding.xmltree import MAX_BYTES, XmlElement, only_elements, unexpected_element
from shared.pki.xml import signedinfo
from shared.pki.xml.algorithms import STANDARD, SigningKey, XmlAlgorithms, signing_key
from shared.pki.xml.keyinfo import (
    CertificateLookup,
    KeyInfoSigner,
    Sha1Thumbprint,
    SubjectKeyId,
    find_no_certificate,
    load_certificate,
    look_up_certificate,
    read_key_info,
    read_x509_data,
    write_issuer_serial,
)
from shared.pki.xml.signedinfo import SIGNATURE, SignatureClaim, base64_of, base64_text, is_ds
from shared.pki.xml.xmldsig import WSU, find_by_id, place_of

SOAP_11: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SOAP_12: Final = "http://www.w3.org/2003/05/soap-envelope"
WSSE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
X509V3: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
X509_KEY_ID: Final = (
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509SubjectKeyIdentifier"
)
THUMBPRINT_SHA1: Final = "http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1#ThumbprintSHA1"
BASE64: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"

_WSU_ID = f"{{{WSU}}}Id"
_SECURITY = f"{{{WSSE}}}Security"
_TOKEN = f"{{{WSSE}}}BinarySecurityToken"
_TOKEN_REFERENCE = f"{{{WSSE}}}SecurityTokenReference"
_KEY_IDENTIFIER = f"{{{WSSE}}}KeyIdentifier"
_REFERENCE = f"{{{WSSE}}}Reference"
_TOKEN_TYPE = "{http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd}TokenType"  # noqa: S105
_BODY_IDS = (_WSU_ID, "Id", "ID", "id")


class KeyInfoForm(Enum):
    """How a signature names its certificate: the three forms that ШЭП's clients use."""

    KEY_IDENTIFIER = "key-identifier"
    """The whole certificate in SecurityTokenReference/KeyIdentifier."""
    ISSUER_SERIAL = "issuer-serial"
    """Issuer and serial number in SecurityTokenReference/X509Data; the reader must know the certificate."""
    BINARY_TOKEN = "binary-token"  # noqa: S105 (the name of a form)
    """The whole certificate in a BinarySecurityToken beside the signature."""


@dataclass(frozen=True)
class SignedBody:
    """The Body that one signer signed. The signature is valid; whether the signer is trusted is for `verify_chain`
    to say.

    `content` is the exclusive canonical form of the Body without comments, UTF-8. Namespace prefixes that occur in
    values only (`xsi:type="xs:string"`) are missing unless the Body declares them: such prefixes were not signed.
    """

    content: bytes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    signature: bytes = field(repr=False)
    reference: str = ""
    path: str = ""
    """The URI of the signature, and the place of the Body in the envelope."""
    further_parts: tuple[str, ...] = ()
    """The local names of the header's blocks that are signed beside the Body."""

    @cached_property
    def body(self) -> XmlElement:
        """The signed Body as an element, read from `content`."""
        return xmltree.parse_canonical(self.content)


def sign_body(
    envelope: bytes,
    key: PrivateKey | SigningKey,
    certificate: x509.Certificate,
    *,
    key_info: KeyInfoForm = KeyInfoForm.KEY_IDENTIFIER,
    max_bytes: int = MAX_BYTES,
) -> bytes:
    """The envelope with its Body signed by the owner of `certificate`; a Body without wsu:Id gets one.

    Raises Malformed: the xml-… codes of `xmltree.parse_document`, soap-malformed (not an envelope with one Body),
    eds-signers (already signed).
    """
    root = xmltree.parse_document(envelope, max_bytes=max_bytes)
    header, body = split_envelope(root)
    security = _own_security(root, header)
    own, method = signing_key(key), CanonicalForm(EXCLUSIVE)
    if body.get(_WSU_ID) is None:
        body = _with_id(body, f"id-{uuid.uuid4()}")
    name = str(body.get(_WSU_ID))
    find_by_id(root, name)
    signature, place = signedinfo.draft_signature(
        own, method=EXCLUSIVE, reference=f"#{name}", transforms=(EXCLUSIVE,), content=method.of_element(body)
    )
    security.append(signature)
    _write_key_info(security, place, certificate, key_info)
    signedinfo.sign_draft(signature, own, EXCLUSIVE)
    return xmltree.write_document(root, declared=xmltree.is_declared(envelope))


def open_body(
    envelope: bytes,
    *,
    lookup: CertificateLookup = find_no_certificate,
    algorithms: XmlAlgorithms = STANDARD,
    max_bytes: int = MAX_BYTES,
    most_references: int = 1,
) -> SignedBody:
    """The signed Body, once digest and signature are proved; `lookup` finds certificates that are only named.

    With more `most_references` the signature may also cover blocks of the header (a Timestamp, the token with the
    certificate), each once and each proved; the Body must be among what is signed.

    * xml-too-large, xml-dtd, xml-malformed (Malformed): see `xmltree.parse_document`.
    * soap-malformed (Malformed): not an Envelope of at most one Header and one Body, or a second one inside.
    * eds-missing (Malformed): no signature in the Header.
    * eds-malformed (Malformed): several Security headers, or not the form of `signedinfo`.
    * eds-signers (Malformed): several signatures; no certificate, or several that are not one chain.
    * eds-certificate-unknown (Untrusted): the certificate is only named, and `lookup` does not find it.
    * eds-algorithm (Untrusted): weak, unknown or unfit for the key; `details["algorithm"]` names the algorithm.
    * eds-signature-invalid (Untrusted): the signature is not over this Body, or the Body was changed.
    """
    root = xmltree.parse_document(envelope, max_bytes=max_bytes)
    header, body = split_envelope(root)
    security, signature = _find_signature(header)
    claims = signedinfo.read_claims(signature, most=most_references)
    methods = [_exclusive_form(claim) for claim in claims]
    place = next((place for place, claim in enumerate(claims) if _names_body(body, claim)), 0)
    claim = claims[place]
    _require_body(root, body, claim)
    parts = [body if each is claim else _find_header_block(root, header, security, each) for each in claims]
    if len(parts) != len(set(parts)):
        raise Malformed("eds-malformed", "the signature covers an element twice", element="Reference")
    signer = _read_signer(root, security, claim, lookup)
    claim.prove_signature(signer.certificate, algorithms)
    contents = [method.of_element(part) for method, part in zip(methods, parts, strict=True)]
    for each, content in zip(claims, contents, strict=True):
        each.prove_content(content, algorithms)
    return SignedBody(
        contents[place],
        signer.certificate,
        signer.chain,
        claim.value,
        claim.reference,
        place_of(body),
        tuple(xmltree.local_name(part) for part in parts if part is not body),
    )


def _exclusive_form(claim: SignatureClaim) -> CanonicalForm:
    method = signedinfo.content_form(claim, enveloped=False)
    if not method.is_exclusive:
        raise unknown_algorithm(method.uri)
    return method


def _find_header_block(
    root: XmlElement, header: XmlElement | None, security: XmlElement, claim: SignatureClaim
) -> XmlElement:
    """The block that a further Reference names: a child of the Header, or of the element with the signature."""
    block = find_by_id(root, claim.reference.removeprefix("#"))
    is_block = claim.reference.startswith("#") and block.getparent() in (header, security)
    if not is_block or next(block.iter(SIGNATURE), None) is not None:
        raise unexpected_element(block)
    return block


def split_envelope(root: XmlElement) -> tuple[XmlElement | None, XmlElement]:
    """Header and Body: children of the Envelope, and the only elements of these names in the document."""
    soap = etree.QName(root).namespace
    if soap not in (SOAP_11, SOAP_12) or root.tag != f"{{{soap}}}Envelope":
        raise Malformed("soap-malformed", "not a SOAP envelope")
    header_tag, body_tag = f"{{{soap}}}Header", f"{{{soap}}}Body"
    children = [child for child in root if isinstance(child.tag, str)]
    if [child.tag for child in children] not in ([body_tag], [header_tag, body_tag]):
        raise Malformed("soap-malformed", "an envelope has at most one header, then one body, and nothing else")
    names = [
        f"{{{namespace}}}{name}" for namespace in (SOAP_11, SOAP_12) for name in ("Envelope", "Header", "Body")
    ]
    if len(list(root.iter(*names))) != 1 + len(children):
        raise Malformed("soap-malformed", "there is a second envelope, header or body")
    *headers, body = children
    return (headers[0] if headers else None), body


def _find_signature(header: XmlElement | None) -> tuple[XmlElement, XmlElement]:
    """The element that holds the signature (Security, or the Header itself), and the only signature of the
    Header.
    """
    blocks = [] if header is None else list(header.iter(_SECURITY))
    signatures = [] if header is None else list(header.iter(SIGNATURE))
    if len(blocks) > 1:
        raise Malformed("eds-malformed", "several security headers", headers=len(blocks))
    if not signatures:
        raise Malformed("eds-missing", "the message is not signed")
    if len(signatures) > 1:
        raise Malformed("eds-signers", "a message has exactly one signature", signers=len(signatures))
    (signature,) = signatures
    holder = signature.getparent()
    if header is None or holder is None or (holder is not header and holder not in blocks):
        raise unexpected_element(signature)
    if holder is not header and holder.getparent() is not header:
        raise unexpected_element(holder)
    return holder, signature


def _require_body(root: XmlElement, body: XmlElement, claim: SignatureClaim) -> None:
    """Require that the Reference names the Id of the Body and that no other element has the same Id."""
    if not _names_body(body, claim):
        raise Untrusted("eds-signature-invalid", "what is signed is not the body")
    if find_by_id(root, claim.reference.removeprefix("#")) is not body:
        raise unexpected_element(body)


def _names_body(body: XmlElement, claim: SignatureClaim) -> bool:
    name = claim.reference.removeprefix("#")
    return claim.reference.startswith("#") and any(body.get(attribute) == name for attribute in _BODY_IDS)


def _read_signer(
    root: XmlElement, security: XmlElement, claim: SignatureClaim, lookup: CertificateLookup
) -> KeyInfoSigner:
    children = only_elements(claim.key_info, attributes=("Id",))
    if not children:
        raise Malformed("eds-signers", "the signer's certificate is absent")
    if children[0].tag != _TOKEN_REFERENCE:
        return read_key_info(claim.key_info, lookup)
    if len(children) != 1:
        raise unexpected_element(claim.key_info)
    inner = only_elements(children[0], attributes=(_WSU_ID, "Id", _TOKEN_TYPE))
    if len(inner) != 1:
        raise unexpected_element(children[0])
    if inner[0].tag == _REFERENCE:
        return KeyInfoSigner(_token_certificate(_find_token(root, security, inner[0])))
    return read_named(inner[0], lookup)


def read_named(place: XmlElement, lookup: CertificateLookup) -> KeyInfoSigner:
    """The signer in an X509Data or a KeyIdentifier, which carries or names the certificate; raises as `open_body`
    does.
    """
    if is_ds(place, "X509Data"):
        return read_x509_data(place, lookup)
    if place.tag == _KEY_IDENTIFIER:
        return KeyInfoSigner(_identified_certificate(place, lookup))
    raise unexpected_element(place)


def _find_token(root: XmlElement, security: XmlElement, reference: XmlElement) -> XmlElement:
    if only_elements(reference, attributes=("URI", "ValueType")):
        raise unexpected_element(reference)
    name = str(reference.get("URI") or "")
    token = find_by_id(root, name[1:]) if name.startswith("#") else None
    if token is None or token.tag != _TOKEN or token.getparent() is not security:
        raise unexpected_element(reference)
    return token


def _identified_certificate(identifier: XmlElement, lookup: CertificateLookup) -> x509.Certificate:
    """The certificate in a KeyIdentifier, or the one whose SubjectKeyIdentifier or SHA-1 thumbprint it gives."""
    name_of = {X509_KEY_ID: SubjectKeyId, THUMBPRINT_SHA1: Sha1Thumbprint}.get(identifier.get("ValueType") or "")
    if name_of is None or identifier.get("EncodingType", BASE64) != BASE64:
        return _token_certificate(identifier)
    digest = base64_of(identifier, attributes=("ValueType", "EncodingType", _WSU_ID, "Id"))
    return look_up_certificate(name_of(digest), lookup)


def _token_certificate(token: XmlElement) -> x509.Certificate:
    """The certificate in a KeyIdentifier or BinarySecurityToken."""
    encoding = token.get("EncodingType", BASE64)
    if token.get("ValueType") != X509V3 or encoding != BASE64:
        raise Malformed("eds-malformed", "the token is not an X.509 certificate in base64")
    return load_certificate(base64_of(token, attributes=("ValueType", "EncodingType", _WSU_ID, "Id")))


def _with_id(body: XmlElement, name: str) -> XmlElement:
    """The Body with a wsu:Id, as a new element in place of the old one: lxml declares prefixes on new elements
    only.
    """
    parent = body.getparent()
    if parent is None:
        raise unexpected_element(body)
    prefix = "wsu" if body.nsmap.get("wsu", WSU) == WSU else "wssu"
    prefixes: Any = body.nsmap  # a new dictionary each time; the stubs know no default namespace
    prefixes[prefix] = WSU
    body_with_id = etree.Element(body.tag, nsmap=prefixes)
    for attribute, value in body.attrib.items():
        body_with_id.set(attribute, value)
    body_with_id.set(_WSU_ID, name)
    body_with_id.text, body_with_id.tail = body.text, body.tail
    parent.replace(body, body_with_id)
    body_with_id.extend(list(body))
    return body_with_id


def _own_security(root: XmlElement, header: XmlElement | None) -> XmlElement:
    """The Security header, added when the envelope has none."""
    soap = etree.QName(root).namespace
    if header is None:
        header = etree.Element(f"{{{soap}}}Header")
        root.insert(0, header)
    blocks = list(header.iter(_SECURITY))
    if len(blocks) > 1 or next(header.iter(SIGNATURE), None) is not None:
        raise Malformed("eds-signers", "the message is signed already")
    if blocks:
        return blocks[0]
    security = etree.SubElement(header, _SECURITY, nsmap={"wsse": WSSE, "wsu": WSU})
    security.set(f"{{{soap}}}mustUnderstand", "1")
    return security


def _write_key_info(
    security: XmlElement, place: XmlElement, certificate: x509.Certificate, form: KeyInfoForm
) -> None:
    reference = etree.SubElement(place, _TOKEN_REFERENCE, nsmap={"wsse": WSSE})
    encoded = base64_text(certificate.public_bytes(Encoding.DER))
    typed = {"EncodingType": BASE64, "ValueType": X509V3}
    if form is KeyInfoForm.ISSUER_SERIAL:
        write_issuer_serial(reference, certificate)
    elif form is KeyInfoForm.KEY_IDENTIFIER:
        etree.SubElement(reference, _KEY_IDENTIFIER, typed).text = encoded
    else:
        token = etree.Element(_TOKEN, typed | {_WSU_ID: f"X509-{uuid.uuid4()}"}, nsmap={"wsse": WSSE, "wsu": WSU})
        token.text = encoded
        security.insert(0, token)
        etree.SubElement(reference, _REFERENCE, URI=f"#{token.get(_WSU_ID)}", ValueType=X509V3)
