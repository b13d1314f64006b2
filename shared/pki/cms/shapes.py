"""Reads CMS SignedData (RFC 5652) into its parts. Nothing is verified here.

This strict reader serves all callers: a document with one signature, a time-stamp token, and NCANode's documents
with many signers. BER is normalised to DER first, but **certificates and signed attributes must arrive in DER**
(RFC 5280, 4.1; RFC 5652, 5.3). The elements of a SET may stand in any order.

The reader opens a list only after counting the elements: a message of 32 MiB can hold sixteen million empty
elements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

from cryptography import x509

from shared.pki.encoding import asn1
from shared.pki.encoding import der as encode
from shared.pki.encoding.asn1 import CONTEXT_0, CONTEXT_1, SET, TLV, Explicit, Implicit, TooManyElements
from shared.pki.encoding.certificate import CertificateParts

MOST_ATTRIBUTES = 32

_SIGNED_DATA = x509.ObjectIdentifier("1.2.840.113549.1.7.2")
_MOST_DIGESTS = 16
_MOST_IN_BER = 64


@asn1.sequence
class IssuerAndSerial:
    """IssuerAndSerialNumber (5.3 and 10.2.4)."""

    issuer: TLV
    serial: int


@asn1.sequence
class CmsAttribute:
    """Attribute (5.3)."""

    kind: x509.ObjectIdentifier
    values: TLV


@asn1.sequence
class _BareAlgorithm:
    name: x509.ObjectIdentifier


@asn1.sequence
class _AlgorithmIdentifier:
    name: x509.ObjectIdentifier
    parameters: TLV


@asn1.sequence
class _Signer:
    """SignerInfo (5.3) with signed attributes."""

    version: int
    sid: IssuerAndSerial | Annotated[bytes, Implicit(0)]
    digest: TLV
    attributes: TLV
    algorithm: TLV
    signature: bytes


@asn1.sequence
class _ExtendedSigner:
    version: int
    sid: IssuerAndSerial | Annotated[bytes, Implicit(0)]
    digest: TLV
    attributes: TLV
    algorithm: TLV
    signature: bytes
    unsigned: TLV


@asn1.sequence
class _BareSigner:
    """SignerInfo without signed attributes: every check refuses such a signer, and NCANode's API only lists it."""

    version: int
    sid: IssuerAndSerial | Annotated[bytes, Implicit(0)]
    digest: TLV
    algorithm: TLV
    signature: bytes


@dataclass(frozen=True, slots=True)
class CmsSigner:
    """The parts of a SignerInfo; `encoded` is the whole SignerInfo (DER)."""

    encoded: bytes
    sid: IssuerAndSerial | bytes
    digest: TLV
    attributes: TLV | None
    algorithm: TLV
    signature: bytes
    unsigned: TLV | None = None


@asn1.sequence
class _EncapsulatedContent:
    kind: x509.ObjectIdentifier
    content: Annotated[bytes | None, Explicit(0)]


@asn1.sequence
class _PlainSignedData:
    version: int
    digests: TLV
    encapsulated: _EncapsulatedContent
    signers: TLV


@asn1.sequence
class _SignedDataWithOne:
    """SignedData (5.1) with certificates, or (rarely) with revocation lists and no certificates."""

    version: int
    digests: TLV
    encapsulated: _EncapsulatedContent
    certificates: TLV
    signers: TLV


@asn1.sequence
class _SignedDataWithBoth:
    version: int
    digests: TLV
    encapsulated: _EncapsulatedContent
    certificates: TLV
    lists: TLV
    signers: TLV


@asn1.sequence
class _ContentInfo:
    kind: x509.ObjectIdentifier
    content: Annotated[TLV, Explicit(0)]


@dataclass(frozen=True, slots=True)
class CmsMessage:
    """The parts of a SignedData, each still encoded; `content` is None for a detached signature."""

    version: int
    digests: TLV
    encapsulated: _EncapsulatedContent
    certificates: TLV | None
    lists: TLV | None
    signers: TLV

    @property
    def content(self) -> bytes | None:
        return self.encapsulated.content

    def read_digests(self, most: int = _MOST_DIGESTS) -> list[bytes]:
        return asn1.read_members(self.digests, SET, most)

    def read_certificates(self, most: int) -> list[bytes]:
        return asn1.read_members(self.certificates, CONTEXT_0, most) if self.certificates else []

    def read_signers(self, most: int) -> list[bytes]:
        return asn1.read_members(self.signers, SET, most)


def read_message(cms: bytes, content_type: x509.ObjectIdentifier) -> CmsMessage:
    """The SignedData in the ContentInfo `cms` (RFC 5652, 3 and 5.1; DER or BER), with this type of content.

    ValueError for another type, for unreadable bytes, and for certificates or signed attributes in BER.
    """
    try:
        return _read_der(cms, content_type)
    except TooManyElements:
        raise
    except ValueError:
        message = _read_normalised(cms, content_type)
    signers = map(read_signer, message.read_signers(_MOST_IN_BER))
    attributes = [asn1.raw_value(signer.attributes) for signer in signers if signer.attributes]
    for value in (*message.read_certificates(_MOST_IN_BER), *attributes):
        if value not in cms:
            raise ValueError("a certificate or the signed attributes are not DER")
    return message


def read_signer(signer: bytes) -> CmsSigner:
    """The parts of an encoded SignerInfo, with or without attributes; ValueError for unreadable bytes."""
    read = _read_signer_shape(signer)
    attributes = None if isinstance(read, _BareSigner) else read.attributes
    unsigned = read.unsigned if isinstance(read, _ExtendedSigner) else None
    if unsigned and unsigned.tag_bytes != CONTEXT_1:
        raise ValueError("something follows the signature")
    return CmsSigner(signer, read.sid, read.digest, attributes, read.algorithm, read.signature, unsigned)


def _read_signer_shape(signer: bytes) -> _Signer | _ExtendedSigner | _BareSigner:
    try:
        return asn1.read_value(_Signer, signer)
    except ValueError:
        pass
    try:
        return asn1.read_value(_ExtendedSigner, signer)
    except ValueError:
        return asn1.read_value(_BareSigner, signer)


def read_attributes(attributes: TLV, tag: bytes) -> list[CmsAttribute]:
    """Signed (`CONTEXT_0`) or unsigned (`CONTEXT_1`) attributes."""
    members = asn1.read_members(attributes, tag, MOST_ATTRIBUTES)
    return [asn1.read_value(CmsAttribute, member) for member in members]


def only_value(values: TLV) -> TLV:
    """The only member of a SET OF; ValueError for none or several members."""
    if values.tag_bytes != SET:
        raise ValueError("an element of another kind")
    return asn1.read_value(TLV, bytes(values.data))


def read_algorithm(declared: TLV) -> x509.ObjectIdentifier:
    """The object identifier in an AlgorithmIdentifier; the parameters are ignored."""
    try:
        identifier: _AlgorithmIdentifier | _BareAlgorithm = declared.parse(_BareAlgorithm)
    except ValueError:
        identifier = declared.parse(_AlgorithmIdentifier)
    return identifier.name


def is_named(
    sid: IssuerAndSerial | bytes, certificate: CertificateParts, key_identifier: Callable[[], bytes | None]
) -> bool:
    """Whether a signer's identifier `sid` names this certificate."""
    if isinstance(sid, bytes):  # [0] IMPLICIT SubjectKeyIdentifier
        return sid == key_identifier()
    issuer = certificate.issuer
    is_issuer = (sid.issuer.tag_bytes, sid.issuer.data) == (issuer.tag_bytes, issuer.data)
    return sid.serial == certificate.serial and is_issuer


def encode_signer(signer: CmsSigner, unsigned: Sequence[bytes]) -> bytes:
    """The SignerInfo (DER) with `unsigned` in place of the unsigned attributes; the signed bytes do not change."""
    own = bytes(asn1.read_value(TLV, signer.encoded).data)
    if signer.unsigned:
        own = own[: -len(asn1.raw_value(signer.unsigned))]
    return encode.sequence(own, encode.explicit(1, b"".join(sorted(unsigned))) if unsigned else b"")


def encode_message(
    message: CmsMessage,
    signers: Sequence[bytes],
    *,
    digests: Sequence[bytes] | None = None,
    certificates: Sequence[bytes] | None = None,
) -> bytes:
    """DER of the message with these signers; `digests` and `certificates`, when given, replace the message's."""
    own_certificates = asn1.raw_value(message.certificates) if message.certificates else b""
    signed = encode.sequence(
        asn1.raw_value(message.version),
        asn1.raw_value(message.digests) if digests is None else encode.set_of(*digests),
        asn1.raw_value(message.encapsulated),
        own_certificates if certificates is None else encode.context_zero(*certificates),
        asn1.raw_value(message.lists) if message.lists else b"",
        encode.set_of(*signers),
    )
    return encode.sequence(encode.oid(_SIGNED_DATA.dotted_string), encode.context_zero(signed))


def _read_der(der: bytes, content_type: x509.ObjectIdentifier) -> CmsMessage:
    outer = asn1.read_value(_ContentInfo, der)
    if outer.kind != _SIGNED_DATA:
        raise ValueError("not a CMS SignedData")
    message = _read_signed_data(outer.content)
    for digest in message.read_digests():
        asn1.read_value(TLV, digest)
    if message.encapsulated.kind != content_type:
        raise ValueError("the content is of another type")
    return message


def _read_normalised(ber: bytes, content_type: x509.ObjectIdentifier) -> CmsMessage:
    try:
        return _read_der(asn1.normalise(ber, is_deep=False), content_type)
    except TooManyElements:
        raise
    except ValueError:
        return _read_der(asn1.normalise(ber), content_type)


def _read_signed_data(encoded: TLV) -> CmsMessage:
    """Read by the shape that fits; one shape with optional elements would make the library read every element."""
    try:
        read: _SignedDataWithOne = encoded.parse(_SignedDataWithOne)
    except ValueError:
        pass
    else:
        certificates = read.certificates if read.certificates.tag_bytes == CONTEXT_0 else None
        if certificates is None and read.certificates.tag_bytes != CONTEXT_1:
            raise ValueError("an element of another kind")
        lists = None if certificates else read.certificates
        return CmsMessage(read.version, read.digests, read.encapsulated, certificates, lists, read.signers)
    try:
        bare: _PlainSignedData = encoded.parse(_PlainSignedData)
        return CmsMessage(bare.version, bare.digests, bare.encapsulated, None, None, bare.signers)
    except ValueError:
        both: _SignedDataWithBoth = encoded.parse(_SignedDataWithBoth)
    if (both.certificates.tag_bytes, both.lists.tag_bytes) != (CONTEXT_0, CONTEXT_1):
        raise ValueError("an element of another kind")
    return CmsMessage(both.version, both.digests, both.encapsulated, both.certificates, both.lists, both.signers)
