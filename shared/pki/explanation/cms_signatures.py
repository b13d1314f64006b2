"""Explains refused CMS signatures: the container, the signer, the digest of the content, the signature."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Untrusted
from shared.pki import gost
from shared.pki.cms import shapes, signed_data
from shared.pki.cms.shapes import CmsMessage, CmsSigner
from shared.pki.encoding import asn1
from shared.pki.encoding import der as encode
from shared.pki.encoding.asn1 import CONTEXT_0, SET, TLV
from shared.pki.encoding.certificate import read_parts
from shared.pki.encoding.der import UNREADABLE
from shared.pki.explanation.certificate_facts import key_of, note_certificate, note_signing_time
from shared.pki.explanation.findings import (
    MAX_BYTES,
    NOTHING_EXPECTED,
    ExpectedSignature,
    Explanation,
    Notes,
    SignatureKind,
)
from shared.pki.explanation.signature_values import AnyKey, SignatureValue, find_signed, holds
from shared.pki.explanation.text_variants import text_variants
from shared.pki.explanation.trials import (
    TrialBudget,
    Variant,
    built,
    digest_named,
    find_digest_spelling,
    find_hashed,
)

_DIGESTS: Final = {
    "1.3.14.3.2.26": "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.2.840.113549.2.5": "md5",
    **{suite.digest: f"gost-{suite.bits}" for suite in (gost.GOST_256, gost.GOST_512)},
}
_SIGNATURES: Final = {
    "1.2.840.113549.1.1.1": ("rsa", ""),
    **{f"1.2.840.113549.1.1.{n}": ("rsa", name) for n, name in ((5, "sha1"), (11, "sha256"), (12, "sha384"))},
    "1.2.840.113549.1.1.13": ("rsa", "sha512"),
    "1.2.840.10045.4.1": ("ecdsa", "sha1"),
    **{f"1.2.840.10045.4.3.{n}": ("ecdsa", name) for n, name in ((2, "sha256"), (3, "sha384"), (4, "sha512"))},
    **{suite.signature: ("gost", f"gost-{suite.bits}") for suite in (gost.GOST_256, gost.GOST_512)},
}
_WEAK = ("sha1", "md5")
_PEM = re.compile(rb"\s*-----BEGIN ([A-Z0-9 ]{1,40})-----(.*?)-----END \1-----\s*", re.DOTALL)
_CONTENT_TYPE = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
_SIGNING_TIME = x509.ObjectIdentifier("1.2.840.113549.1.9.5")
_MOST_SIGNERS, _MOST_CERTIFICATES = 16, 16
_MOST_ATTRIBUTE_BYTES = 8 * 1024


def explain_cms(cms: bytes, expected: ExpectedSignature = NOTHING_EXPECTED) -> Explanation:
    """Why the CMS signature `cms` (DER) is refused; no findings for a valid one."""
    notes = Notes()
    if len(cms) > MAX_BYTES or len(expected.content or b"") > MAX_BYTES:
        notes.add("too-long", limit=MAX_BYTES)
        return notes.conclude(SignatureKind.CMS)
    try:
        signed = signed_data.open_signed(cms, content=expected.content)
    except BusError as error:
        # What nothing else explains are signingCertificateV2 and forms that no client is known to write.
        rest = "certificate-other-than-named" if error.code == "eds-signature-invalid" else "cms-form"
        notes.complete(partial(_explain_wrapped, cms, expected, notes), otherwise=rest)
    else:
        note_certificate(notes, signed.certificate, expected)
        if expected.at is not None and signed.signing_time is not None:
            note_signing_time(notes, (signed.signing_time - expected.at).total_seconds())
    return notes.conclude(SignatureKind.CMS)


def _explain_wrapped(cms: bytes, expected: ExpectedSignature, notes: Notes) -> None:
    der = _unwrapped(cms, notes)
    if der is not None:
        _explain(der, expected, notes)


def _unwrapped(cms: bytes, notes: Notes) -> bytes | None:
    """The DER inside of PEM, base64 or hexadecimal, whose wrapping is noted; None for what is no DER at all."""
    der = cms
    for _ in range(3):
        if der[:1] == asn1.SEQUENCE:
            return _without_trailer(der, notes)
        inner = _inner_of(der, notes)
        if inner is None:
            return None
        der = inner
    notes.add("cms-form")
    return None


def _inner_of(data: bytes, notes: Notes) -> bytes | None:
    text = b"".join(data.split())
    if armour := _PEM.fullmatch(data):
        if armour[1] in (b"CMS", b"PKCS7"):
            notes.add("cms-in-pem")
            return _decoded(b"".join(armour[2].split()))
        notes.add("cms-is-something-else", label=armour[1].decode())
        return None
    if not text:
        notes.add("document-empty")
        return None
    with suppress(ValueError):  # before base64, because hexadecimal is base64 too
        inner = binascii.unhexlify(text)
        notes.add("cms-in-hex")
        return inner
    decoded = _decoded(text)
    if decoded is None:
        notes.add("cms-is-something-else")
    else:
        notes.add("cms-in-base64-twice" if "cms-in-base64" in notes.codes else "cms-in-base64")
    return decoded


def _decoded(text: bytes) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _without_trailer(der: bytes, notes: Notes) -> bytes:
    """The first element of `der`; bytes behind it are noted."""
    length = der[1] if len(der) > 1 else 0
    if length == 0x80 or len(der) < 2:
        return der
    size = 2 + (length & 0x7F if length & 0x80 else 0)
    total = size + (int.from_bytes(der[2:size], "big") if length & 0x80 else length)
    if total < len(der):
        notes.add("cms-with-trailing-bytes", bytes=len(der) - total)
    elif total > len(der):
        notes.add("cms-cut-off", missing=total - len(der))
    return der[:total]


def _explain(der: bytes, expected: ExpectedSignature, notes: Notes) -> None:
    try:
        message = signed_data.read_message(der)
        signers = [shapes.read_signer(signer) for signer in message.read_signers(_MOST_SIGNERS)]
        certificates = _certificates(message)
    except (BusError, *UNREADABLE):
        _note_other_structure(der, notes)
        return
    if len(signers) != 1:
        notes.add("several-signatures" if signers else "signature-absent", signatures=len(signers))
        return
    own = [certificate for certificate in certificates if _is_named(signers[0], certificate)]
    if not own:
        notes.add("certificate-other-than-named" if certificates else "certificate-absent")
        own = [certificate for certificate in expected.certificates if _is_named(signers[0], certificate)]
    _explain_signer(_CmsParts(message, signers[0], tuple(certificates)), own[0] if own else None, expected, notes)
    if own:
        note_certificate(notes, own[0], expected)


def _note_other_structure(der: bytes, notes: Notes) -> None:
    """Note what a readable DER is, when it is no SignedData."""
    if {"cms-cut-off", "cms-with-trailing-bytes"} & notes.codes:
        return
    try:
        x509.load_der_x509_certificate(der)
        notes.add("cms-is-something-else", label="CERTIFICATE")
    except UNREADABLE:
        is_signed = encode.oid("1.2.840.113549.1.7.2") in der[:32]
        is_stamp = encode.oid(signed_data.TIME_STAMP) in der[:256]
        notes.add("cms-of-time-stamp" if is_stamp else "cms-form" if is_signed else "cms-is-something-else")


@dataclass(frozen=True)
class _CmsParts:
    message: CmsMessage
    signer: CmsSigner
    certificates: tuple[x509.Certificate, ...]


def _certificates(message: CmsMessage) -> list[x509.Certificate]:
    encoded = dict.fromkeys(message.read_certificates(_MOST_CERTIFICATES))
    return [x509.load_der_x509_certificate(der) for der in encoded]


def _is_named(signer: CmsSigner, certificate: x509.Certificate) -> bool:
    try:
        parts = read_parts(certificate.public_bytes(Encoding.DER))
        return shapes.is_named(signer.sid, parts, lambda: signed_data.key_identifier(certificate))
    except UNREADABLE:
        return False


def _explain_signer(
    parts: _CmsParts, certificate: x509.Certificate | None, expected: ExpectedSignature, notes: Notes
) -> None:
    signer = parts.signer
    digest_name, kind, hash_name = _algorithms(signer, notes)
    attributes = _attributes(signer, notes)
    within = parts.message.content
    if within is None and expected.content is None:
        notes.add("cms-detached-without-content")
    content = expected.content if within is None else within
    if within is not None and expected.content is not None and within != expected.content:
        _note_other_content(within, expected.content, notes)
    if content is not None and digest_name and attributes:
        _explain_digest(attributes, content, digest_name, notes)
    if certificate is None or not (key := key_of(certificate, notes)):
        return
    if kind and _fits(kind, hash_name, digest_name, key, notes):
        _explain_value(parts, key, digest_name, content, notes)
    moment = attributes.get(_SIGNING_TIME) if attributes else None
    if moment is not None and expected.at is not None:
        try:
            note_signing_time(notes, (asn1.read_moment(moment) - expected.at).total_seconds())
        except UNREADABLE:
            notes.add("cms-form")


def _algorithms(signer: CmsSigner, notes: Notes) -> tuple[str, str, str]:
    """The short name of the digest, the kind of key, and the hash that the signature's algorithm implies."""
    digest = shapes.read_algorithm(signer.digest).dotted_string
    signature = shapes.read_algorithm(signer.algorithm).dotted_string
    notes.tell(digest_algorithm=digest, signature_algorithm=signature)
    for subject, oid, known in (("digest", digest, _DIGESTS), ("signature", signature, _SIGNATURES)):
        try:
            gost.refuse_old(oid)
        except Untrusted:
            notes.add("gost-34310", algorithm=oid)
            continue
        if oid not in known:
            notes.add(f"{subject}-algorithm-unknown", algorithm=oid)
    name = _DIGESTS.get(digest, "")
    kind, hash_name = _SIGNATURES.get(signature, ("", ""))
    if name in _WEAK:
        notes.add("digest-sha1", algorithm=digest)
    elif hash_name and name and hash_name != name:
        notes.add("cms-algorithms-differ", digest=name, signature=hash_name)
    return name, kind, hash_name


def _attributes(signer: CmsSigner, notes: Notes) -> Mapping[x509.ObjectIdentifier, TLV] | None:
    if signer.attributes is None:
        notes.add("cms-attributes-absent")
        return None
    try:
        read = shapes.read_attributes(signer.attributes, CONTEXT_0)
        values = {attribute.kind: shapes.only_value(attribute.values) for attribute in read}
    except UNREADABLE:
        notes.add("cms-form")
        return None
    if len(values) != len(read):
        notes.add("cms-attribute-twice")
    for kind, name in ((_CONTENT_TYPE, "contentType"), (_MESSAGE_DIGEST, "messageDigest")):
        if kind not in values:
            notes.add("cms-attribute-absent", attribute=name)
    return MappingProxyType(values)


def _note_other_content(within: bytes, wanted: bytes, notes: Notes) -> None:
    """Note that an attached content is another than the one in the request, and by what they differ."""
    budget = TrialBudget()
    for variant in text_variants(wanted):
        if not budget.spend(60 + len(wanted) // 20):
            break
        if built(variant) == within:
            notes.add(variant.code, is_proved=True, **variant.details)
            return
    notes.add("cms-attached-content-differs")


def _explain_digest(
    attributes: Mapping[x509.ObjectIdentifier, TLV], content: bytes, name: str, notes: Notes
) -> None:
    if _MESSAGE_DIGEST not in attributes:
        return
    given = attributes[_MESSAGE_DIGEST].parse(bytes)
    if name.startswith("gost") and len(content) > gost.MAX_BYTES // 32:
        return
    computed, budget = digest_named(name)(content), TrialBudget()
    notes.tell(digest_given=given.hex(), digest_computed=computed.hex())
    if computed == given:
        return
    finding = find_digest_spelling(given, content, name, budget)
    finding = finding or find_hashed(given, content, name, text_variants(content), budget)
    if finding is not None:
        notes.add_all([finding])
    else:
        notes.add("content-changed", given=given.hex(), computed=computed.hex())


def _fits(kind: str, hash_name: str, digest_name: str, key: AnyKey, notes: Notes) -> bool:
    if isinstance(key, gost.PublicKey):
        own = f"gost-{key.suite.bits}"
        if kind == "gost" and own not in (hash_name, digest_name):
            notes.add("gost-size", declared=hash_name, key=own)
        elif kind == "gost" and digest_name != hash_name:
            notes.add("gost-size", declared=hash_name, digest=digest_name)
        elif kind != "gost":
            notes.add("algorithm-not-of-key", declared=kind, key=own)
        return hash_name == digest_name == own
    own = "rsa" if isinstance(key, rsa.RSAPublicKey) else "ecdsa"
    if kind != own:
        notes.add("algorithm-not-of-key", declared=kind, key=own)
    return kind == own


def _explain_value(parts: _CmsParts, key: AnyKey, digest_name: str, content: bytes | None, notes: Notes) -> None:
    signer = parts.signer
    if not digest_name:
        return
    data = content if signer.attributes is None else asn1.retagged(signer.attributes, SET)
    if data is None or len(data) > _MOST_ATTRIBUTE_BYTES:
        return
    if holds(signer.signature, data, key, digest_name, is_raw=False):
        return
    keys: list[tuple[str, AnyKey]] = [("", key)]
    for other in parts.certificates:
        other_key = key_of(other, Notes())
        if other_key is not None and other_key != key and len(keys) < 3:
            keys.append(("key-of-other-certificate", other_key))
    variants = [Variant("", lambda: data), *_attribute_variants(signer, content)]
    value = SignatureValue(signer.signature, digest_name, is_raw=False)
    notes.add_all([find_signed(value, variants, keys, TrialBudget())])


def _attribute_variants(signer: CmsSigner, content: bytes | None) -> Iterator[Variant]:
    """What else the signer may have signed than the signed attributes as a SET."""
    attributes = signer.attributes
    if attributes is not None:
        yield Variant("cms-attributes-tag", lambda: asn1.retagged(attributes, CONTEXT_0))
        members = asn1.read_members(attributes, CONTEXT_0, shapes.MOST_ATTRIBUTES)
        yield Variant("cms-attributes-order", lambda: encode.set_of(*members))
        digest = digest_named("sha256")
        yield Variant("hashed-twice", lambda: digest(asn1.retagged(attributes, SET)))
    if content is not None:
        yield Variant("cms-content-signed-not-attributes", lambda: content)
