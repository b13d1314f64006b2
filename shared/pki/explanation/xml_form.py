"""Findings about the form of a ds:Signature in XML: its parts, algorithms, transforms and KeyInfo."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from lxml import etree

from shared.bus.errors import BusError, Untrusted
from shared.pki import gost
from shared.pki.encoding.canonical import EXCLUSIVE, INCLUSIVE, INCLUSIVE_11, WITH_COMMENTS
from shared.pki.encoding.der import UNREADABLE
from shared.pki.encoding.xmltree import XmlElement
from shared.pki.explanation.findings import Notes
from shared.pki.xml import signedinfo
from shared.pki.xml.signedinfo import DS, ENVELOPED, SignatureClaim
from shared.pki.xml.wsse import BASE64, THUMBPRINT_SHA1, WSSE, X509_KEY_ID, X509V3

_MORE, _ENC = "http://www.w3.org/2001/04/xmldsig-more#", "http://www.w3.org/2001/04/xmlenc#"
DIGESTS: Final = {
    f"{DS}sha1": "sha1",
    f"{_ENC}sha256": "sha256",
    f"{_MORE}sha384": "sha384",
    f"{_ENC}sha512": "sha512",
    f"{_MORE}md5": "md5",
    **{suite.xml_digest: f"gost-{suite.bits}" for suite in (gost.GOST_256, gost.GOST_512)},
}
"""The short names of digests in XML, by URI."""
SIGNATURES: Final = {
    **{f"{DS}rsa-sha1": ("rsa", "sha1"), f"{_MORE}ecdsa-sha1": ("ecdsa", "sha1")},
    **{
        f"{_MORE}{kind}-{name}": (kind, name)
        for kind in ("rsa", "ecdsa")
        for name in ("sha256", "sha384", "sha512")
    },
    **{suite.xml_signature: ("gost", f"gost-{suite.bits}") for suite in (gost.GOST_256, gost.GOST_512)},
}
"""The kind of key and the hash of signature algorithms in XML, by URI."""
_WEAK = ("sha1", "md5")
_CANONICAL = {INCLUSIVE, INCLUSIVE + WITH_COMMENTS, INCLUSIVE_11, INCLUSIVE_11 + WITH_COMMENTS, EXCLUSIVE}
_KNOWN_FORMS = _CANONICAL | {EXCLUSIVE + "WithComments"}
_MOST_CERTIFICATES = 8
_NAMES = (X509_KEY_ID, THUMBPRINT_SHA1)
_HOLDERS = ("X509Certificate", "KeyIdentifier", "BinarySecurityToken")
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)


def read_form(signature: XmlElement, notes: Notes) -> SignatureClaim | None:
    """The claim of a signature of the strict form, its algorithms noted; None for another form, which is noted."""
    _note_algorithms(signature, notes)
    try:
        return signedinfo.read_claim(signature)
    except BusError as error:
        if error.code == gost.OLD:
            notes.add("gost-34310")
        elif error.code == "eds-algorithm":
            notes.add("canonical-form-unknown", algorithm=error.details.get("algorithm", ""))
        else:
            _note_parts(signature, notes)
        return None


def note_transforms(claim: SignatureClaim, notes: Notes, *, is_enveloped: bool) -> None:
    """Note transforms that are not [enveloped-signature,] one canonical form."""
    names = [str(transform.get("Algorithm")) for transform in claim.transforms]
    unknown = [name for name in names if name != ENVELOPED and name not in _KNOWN_FORMS]
    if unknown:
        notes.add("transform-unknown", transform=unknown[0])
    elif is_enveloped and ENVELOPED not in names:
        notes.add("transform-enveloped-absent")
    elif not is_enveloped and ENVELOPED in names:
        notes.add("transform-enveloped-needless")
    elif ENVELOPED in names[1:]:
        notes.add("transform-order")
    elif len(names) > 1 + is_enveloped:
        notes.add("transform-twice")
    elif not is_enveloped and (not names or names[0] not in (EXCLUSIVE, EXCLUSIVE + "WithComments")):
        notes.add("transform-not-exclusive", transform=names[0] if names else "")


def tell_form(claim: SignatureClaim, notes: Notes) -> None:
    """Tell the facts of a claim."""
    notes.tell(
        reference=claim.reference,
        transforms=" ".join(str(transform.get("Algorithm")) for transform in claim.transforms),
        canonical_form=claim.canonical_form.uri,
        signature_algorithm=claim.algorithm,
        digest_algorithm=claim.digest,
        digest_given=claim.digest_value.hex(),
    )


@dataclass(frozen=True)
class NamedSigner:
    """The certificates that a signature carries, the signer's first, or the one that it names."""

    certificates: tuple[x509.Certificate, ...]
    form: str


def read_certificates(holder: XmlElement, signature: XmlElement, notes: Notes) -> NamedSigner:
    """The certificates in KeyInfo and in tokens beside the signature; those that are spelled wrongly are noted."""
    key_info = signature.find(f"{{{DS}}}KeyInfo")
    places = [] if key_info is None else list(key_info.iter())
    if holder is not signature:
        places += [child for child in holder if etree.QName(child).localname == "BinarySecurityToken"]
    certificates: list[x509.Certificate] = []
    for place in places:
        if isinstance(place.tag, str) and etree.QName(place).localname in _HOLDERS:
            certificate = _read_certificate(place, notes)
            certificates += [certificate] if certificate and len(certificates) < _MOST_CERTIFICATES else []
    names = [etree.QName(place).localname for place in places if isinstance(place.tag, str)]
    form = " ".join(dict.fromkeys(names[1:]))
    notes.tell(key_info=form)
    issuers = {certificate.issuer for certificate in certificates if certificate.issuer != certificate.subject}
    return NamedSigner(tuple(sorted(certificates, key=lambda certificate: certificate.subject in issuers)), form)


def note_unnamed_signer(signer: NamedSigner, signature: XmlElement, notes: Notes) -> None:
    """Note why a signature leads to no certificate."""
    if is_certificate_named(signature):
        notes.add("certificate-only-named")
    elif "KeyIdentifier" in signer.form:
        notes.add("key-info-form", form=signer.form)
    elif "KeyValue" in signer.form or "KeyName" in signer.form:
        notes.add("key-info-without-certificate", form=signer.form)
    else:
        notes.add("certificate-absent")


def is_certificate_named(signature: XmlElement) -> bool:
    """Whether a signature names its certificate: by issuer and serial number, key identifier, or thumbprint."""
    places = signature.iter(f"{{{DS}}}X509IssuerSerial", f"{{{DS}}}X509SKI", f"{{{WSSE}}}KeyIdentifier")
    return any(place.get("ValueType", X509_KEY_ID) in _NAMES for place in places)


def _read_certificate(place: XmlElement, notes: Notes) -> x509.Certificate | None:
    text = "".join((place.text or "").split())
    value_type = place.get("ValueType", X509V3)
    if value_type in _NAMES:
        return None
    if value_type != X509V3 and etree.QName(place).namespace == WSSE:
        notes.add("key-info-form", form=value_type)
        return None
    if place.get("EncodingType", BASE64) != BASE64:
        notes.add("token-encoding", encoding=place.get("EncodingType"))
    if pem := _PEM.search(place.text or ""):
        notes.add("certificate-in-pem")
        text = "".join(pem[1].split())
    for code, der in _spellings(text):
        try:
            certificate = x509.load_der_x509_certificate(der)
            names = (certificate.issuer, certificate.subject)
        except UNREADABLE:
            continue
        if code:
            notes.add(code, is_proved=True)
        return certificate if all(names) else None
    notes.add("certificate-unreadable")
    return None


def _spellings(text: str) -> Iterator[tuple[str, bytes]]:
    for code, decode in (
        ("", _decode),
        ("certificate-in-base64-twice", _decode_twice),
        ("certificate-in-hex", _unhex),
    ):
        try:
            yield code, decode(text)
        except ValueError:
            continue


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _decode_twice(text: str) -> bytes:
    inner = _decode(text).decode("ascii")
    found = _PEM.search(inner)
    return _decode("".join((found[1] if found else inner).split()))


def _unhex(text: str) -> bytes:
    return bytes.fromhex(text)


def _note_algorithms(signature: XmlElement, notes: Notes) -> None:
    for name, known in (("SignatureMethod", SIGNATURES), ("DigestMethod", DIGESTS)):
        element = next(signature.iter(f"{{{DS}}}{name}"), None)
        uri = "" if element is None else str(element.get("Algorithm") or "")
        subject = "signature" if name == "SignatureMethod" else "digest"
        short = known.get(uri)
        try:
            gost.refuse_old(uri)
        except Untrusted:
            notes.add("gost-34310", algorithm=uri)
            continue
        if uri and short is None:
            notes.add(f"{subject}-algorithm-unknown", algorithm=uri)
        elif short is not None and (short if isinstance(short, str) else short[1]) in _WEAK:
            notes.add(f"{subject}-sha1", algorithm=uri)


def _note_parts(signature: XmlElement, notes: Notes) -> None:
    """Note which part of a signature is too much, is absent, or is unreadable."""
    references = list(signature.iter(f"{{{DS}}}Reference"))
    in_signed_info = [
        reference for reference in references if etree.QName(reference.getparent()).localname == "SignedInfo"
    ]
    if len(in_signed_info) > 1:
        uris = " ".join(str(reference.get("URI")) for reference in in_signed_info[:4])
        notes.add("several-references", references=uris)
    elif signature.find(f"{{{DS}}}Object") is not None:
        notes.add("signature-with-object")
    elif not in_signed_info:
        notes.add("reference-absent")
    elif in_signed_info[0].get("URI") is None:
        notes.add("reference-without-uri")
    elif signature.find(f"{{{DS}}}KeyInfo") is None:
        notes.add("certificate-absent")
    elif (unreadable := _unreadable_value(signature)) is not None:
        notes.add(unreadable)
    else:
        notes.add("signature-form")


def _unreadable_value(signature: XmlElement) -> str | None:
    """The finding for a DigestValue or SignatureValue that is no base64."""
    for name, subject in (("DigestValue", "digest"), ("SignatureValue", "signature")):
        text = "".join((signature.findtext(f".//{{{DS}}}{name}") or "").split())
        try:
            if not _decode(text):
                return f"{subject}-empty"
        except ValueError:
            return f"{subject}-in-base64url" if set(text) & set("-_") else f"{subject}-no-base64"
    return None
