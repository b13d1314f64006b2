"""A document with a person's signature: CMS SignedData (RFC 5652) in the form CAdES-BES (RFC 5126).

Signing writes DER. Reading accepts BER too, because signers built on Java write indefinite lengths; the signed
attributes must be DER in either case, as RFC 5652 requires (`shapes`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Malformed, Untrusted
from shared.pki import gost
from shared.pki.certificates.keys import PrivateKey
from shared.pki.cms import algorithms, shapes
from shared.pki.cms.shapes import CmsMessage, CmsSigner
from shared.pki.encoding import asn1
from shared.pki.encoding import der as encode
from shared.pki.encoding.asn1 import TLV
from shared.pki.encoding.certificate import read_parts

MAX_BYTES = 32 * 1024 * 1024
DATA = "1.2.840.113549.1.7.1"
TIME_STAMP = "1.2.840.113549.1.9.16.1.4"

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
_SIGNING_TIME = x509.ObjectIdentifier("1.2.840.113549.1.9.5")
_SIGNING_CERTIFICATE = x509.ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
_MOST_SIGNERS = 16
_MAX_CERTIFICATES = 16


@asn1.sequence
class _SigningCertificate:
    """SigningCertificateV2 (RFC 5035, 3); each ESSCertIDv2 is the list of its elements."""

    certificates: list[list[TLV]]
    policies: list[TLV] | None


@dataclass(frozen=True)
class SignedCms:
    """What one signer signed. The signature is valid; whether the signer is trusted is for `verify_chain` to say.

    `chain` holds the other certificates of the message, unverified. `signing_time` is the signer's claim.
    `unsigned` holds the unsigned attributes (DER, [1] IMPLICIT SET OF), which `cades` reads, or None.
    """

    content: bytes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    signing_time: datetime | None
    signature: bytes
    unsigned: bytes | None = None
    names_certificate: bool = False
    """Whether the signer names the certificate by its hash (signingCertificateV2)."""


def sign(
    content: bytes,
    key: PrivateKey | gost.PrivateKey,
    certificate: x509.Certificate,
    *,
    chain: Sequence[x509.Certificate] = (),
    at: datetime,
    detached: bool = False,
    content_type: str = DATA,
    with_certificate: bool = True,
    digest: bytes | None = None,
) -> bytes:
    """DER of a SignedData over `content` by the owner of `certificate`, claiming the moment `at`.

    `chain` is included for the verifier. A `detached` signature leaves the content out. `content_type` TIME_STAMP
    makes a time-stamp token of an encoded TSTInfo. `with_certificate=False` only names the certificate, as a
    client of a time-stamping authority may ask (certReq, RFC 3161). `digest` is the digest of a content that the
    caller does not pass (SHA-256, or Streebog for a GOST key): then `content` is empty and the signature is
    detached.
    """
    own, *encoded_chain = (member.public_bytes(Encoding.DER) for member in (certificate, *chain))
    algorithm, written_digest, _ = algorithms.signing_algorithms(key)
    hashed = digest or algorithms.compute_digest(algorithm, content)
    attributes = _encode_attributes(hashed, content_type, own, at)
    within = b"" if detached else encode.context_zero(encode.octet_string(content))
    signed = encode.sequence(
        encode.integer(1 if content_type == DATA else 3),
        encode.set_of(written_digest),
        encode.sequence(encode.oid(content_type), within),
        encode.context_zero(own, *encoded_chain) if with_certificate else b"",
        encode.set_of(_encode_signer(certificate, attributes, key)),
    )
    return encode.sequence(encode.oid(_SIGNED_DATA), encode.context_zero(signed))


def open_signed(
    der: bytes, *, content: bytes | None = None, max_bytes: int = MAX_BYTES, content_type: str = DATA
) -> SignedCms:
    """The signed content in `der`, once digest and signature are proved; `content` is the content of a detached
    signature.

    * eds-malformed (Malformed): longer than `max_bytes`, not one SignedData, trailing bytes, no content, no signed
      attributes, or not of this `content_type`.
    * eds-signers (Malformed): not exactly one signer, or not exactly one certificate of the signer.
    * eds-algorithm (Untrusted): a digest below SHA-256, RSA below 2048 bits, an unknown algorithm;
      eds-algorithm-gost34310: GOST 34.310-2004.
    * eds-signature-invalid (Untrusted): the content or the attributes are not what was signed, or the certificate
      is not the one that the signer named (signingCertificateV2).
    """
    if len(der) > max_bytes:
        raise Malformed("eds-malformed", "too long", limit=max_bytes)
    with _translate_unreadable():
        message = read_message(der, content_type)
        signers = message.read_signers(_MOST_SIGNERS)
        if len(signers) != 1:
            raise Malformed("eds-signers", "a document has exactly one signer", signers=len(signers))
        signer = shapes.read_signer(signers[0])
        encoded, certificate, chain = _split_certificates(message, signer)
        return prove_signer(message, signer, certificate, encoded=encoded, chain=chain, content=content)


def read_message(cms: bytes, content_type: str = DATA) -> CmsMessage:
    """The unverified SignedData in `cms`, with any number of signers; ValueError for unreadable bytes."""
    return shapes.read_message(cms, x509.ObjectIdentifier(content_type))


def prove_signer(
    message: CmsMessage,
    signer: CmsSigner,
    certificate: x509.Certificate,
    *,
    encoded: bytes,
    chain: tuple[x509.Certificate, ...] = (),
    content: bytes | None = None,
) -> SignedCms:
    """The content that this signer of the message signed with the key of `certificate`; raises as `open_signed`.

    `encoded` is the DER of `certificate`.
    """
    if signer.attributes is None:
        raise Malformed("eds-malformed", "the signed attributes are absent")
    digest = algorithms.digest_of(signer.digest)
    key = algorithms.key_of(signer.algorithm, certificate, digest)
    attributes = _signed_attributes(signer.attributes)
    proved = _signed_content(message.content, content)
    _check_attributes(attributes, proved, message.encapsulated.kind, encoded, digest)
    # The signature covers the attributes under the tag of SET OF instead of [0] (RFC 5652, 5.4).
    signed_bytes = asn1.retagged(signer.attributes, asn1.SET)
    algorithms.check_signature(key, signer.signature, signed_bytes, digest)
    moment = attributes.get(_SIGNING_TIME)
    return SignedCms(
        proved,
        certificate,
        chain,
        asn1.read_moment(moment) if moment else None,
        signer.signature,
        asn1.raw_value(signer.unsigned) if signer.unsigned else None,
        _SIGNING_CERTIFICATE in attributes,
    )


def _encode_attributes(digest: bytes, content_type: str, certificate: bytes, at: datetime) -> list[bytes]:
    """contentType, messageDigest, signingTime and signingCertificateV2, each encoded."""
    certificate_hash = encode.octet_string(hashlib.sha256(certificate).digest())
    values = {
        _CONTENT_TYPE: encode.oid(content_type),
        _MESSAGE_DIGEST: encode.octet_string(digest),
        _SIGNING_TIME: encode.cms_time(at),
        _SIGNING_CERTIFICATE: encode.sequence(encode.sequence(encode.sequence(certificate_hash))),
    }
    return [
        encode.sequence(encode.oid(kind.dotted_string), encode.set_of(value)) for kind, value in values.items()
    ]


def _encode_signer(
    certificate: x509.Certificate, attributes: list[bytes], key: PrivateKey | gost.PrivateKey
) -> bytes:
    _, digest, signature = algorithms.signing_algorithms(key)
    issuer, serial = certificate.issuer.public_bytes(), encode.integer(certificate.serial_number)
    return encode.sequence(
        encode.integer(1),
        encode.sequence(issuer, serial),
        digest,
        encode.context_zero(*attributes),
        signature,
        encode.octet_string(algorithms.sign_data(key, encode.set_of(*attributes))),
    )


@contextmanager
def _translate_unreadable() -> Iterator[None]:
    """Turn every error of reading bytes into Malformed eds-malformed."""
    try:
        yield
    except BusError:
        raise
    except encode.UNREADABLE:
        # The reason is dropped: it may quote the bytes, and with them names and numbers of persons.
        raise Malformed("eds-malformed", "not a readable CMS SignedData") from None


def _split_certificates(
    message: CmsMessage, signer: CmsSigner
) -> tuple[bytes, x509.Certificate, tuple[x509.Certificate, ...]]:
    """The signer's certificate as DER and as an object, then the other certificates of the message."""
    elements = message.read_certificates(_MAX_CERTIFICATES + 1)
    if not 1 <= len(elements) <= _MAX_CERTIFICATES:
        raise Malformed("eds-signers", "the signer's certificate is absent", certificates=len(elements))
    own: list[tuple[bytes, x509.Certificate]] = []
    chain: list[x509.Certificate] = []
    for element in dict.fromkeys(elements):  # real signers include a certificate twice, without harm
        parts = read_parts(element)
        if parts.serial <= 0:  # RFC 5280, 4.1.2.2
            raise Malformed("eds-malformed", "the serial number of a certificate is not positive")
        certificate = x509.load_der_x509_certificate(element)
        if shapes.is_named(signer.sid, parts, partial(key_identifier, certificate)):
            own.append((element, certificate))
        else:
            chain.append(certificate)
    if len(own) != 1:
        raise Malformed("eds-signers", "not exactly one certificate of the signer", certificates=len(own))
    return *own[0], tuple(chain)


def key_identifier(certificate: x509.Certificate) -> bytes | None:
    """The subject key identifier in the certificate, or None."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _signed_attributes(present: TLV) -> dict[x509.ObjectIdentifier, TLV]:
    """The signed attributes by type. Without this check, encoded attributes could pass for a signed content."""
    attributes: dict[x509.ObjectIdentifier, TLV] = {}
    for attribute in shapes.read_attributes(present, asn1.CONTEXT_0):
        if attribute.kind in attributes:
            raise Malformed("eds-malformed", "a signed attribute has several values")
        attributes[attribute.kind] = shapes.only_value(attribute.values)
    if not {_CONTENT_TYPE, _MESSAGE_DIGEST} <= attributes.keys():
        raise Malformed("eds-malformed", "the signed attributes lack the content's type or digest")
    return attributes


def _signed_content(within: bytes | None, detached_content: bytes | None) -> bytes:
    if within is None:
        if detached_content is None:
            raise Malformed("eds-malformed", "the signature is detached and the request has no content")
        return detached_content
    if detached_content is not None and detached_content != within:
        raise Untrusted("eds-signature-invalid", "the signed content differs from the content in the request")
    return within


def _check_attributes(
    attributes: dict[x509.ObjectIdentifier, TLV],
    content: bytes,
    content_type: x509.ObjectIdentifier,
    certificate: bytes,
    digest: algorithms.DigestAlgorithm,
) -> None:
    if attributes[_CONTENT_TYPE].parse(x509.ObjectIdentifier) != content_type:
        raise Malformed("eds-malformed", "the signed attributes name another type of content")
    if algorithms.compute_digest(digest, content) != attributes[_MESSAGE_DIGEST].parse(bytes):
        raise Untrusted("eds-signature-invalid", "the content is not what was signed")
    reference = attributes.get(_SIGNING_CERTIFICATE)
    if reference is not None and not _is_certificate_named(reference, certificate):
        raise Untrusted("eds-signature-invalid", "the signer named another certificate")


def _is_certificate_named(reference: TLV, certificate: bytes) -> bool:
    """Whether the first ESSCertIDv2 (RFC 5035, 4: the signer's) holds the hash of the encoded certificate."""
    first, *_ = reference.parse(_SigningCertificate).certificates
    is_default = bool(first) and first[0].tag_bytes == asn1.OCTETS
    digest = hashes.SHA256() if is_default else algorithms.digest_of(first[0])
    named_hash: bytes = first[0 if is_default else 1].parse(bytes)
    return algorithms.compute_digest(digest, certificate) == named_hash
