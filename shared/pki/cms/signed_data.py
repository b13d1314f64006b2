"""A document and a person's signature under it: CMS SignedData (RFC 5652) in the form CAdES-BES (RFC 5126).

What is made here is DER. What is read may be BER too, because signers built on Java write indefinite lengths;
the signed attributes must be DER in either case, as the standard asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Malformed, Untrusted
from shared.pki import gost
from shared.pki.certificates.keys import PrivateKey
from shared.pki.cms import algorithms
from shared.pki.encoding import ber
from shared.pki.encoding import der as encode
from shared.pki.encoding.ber import BerElement

MAX_BYTES = 32 * 1024 * 1024
DATA = "1.2.840.113549.1.7.1"
TIME_STAMP = "1.2.840.113549.1.9.16.1.4"

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_CONTENT_TYPE = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNING_TIME = "1.2.840.113549.1.9.5"
_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"
_MAX_CERTIFICATES = 16
_MAX_ATTRIBUTES = 32


@dataclass(frozen=True)
class SignedCms:
    """What one signer signed. The signature holds; whether the signer is trusted is `chain`'s question.

    `chain` is whatever other certificates came along, unverified. `signing_time` is what the signer claims.
    `unsigned` are the unsigned attributes as they came, [1] IMPLICIT SET OF, or None: `cades` reads them.
    """

    content: bytes
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    signing_time: datetime | None
    signature: bytes
    unsigned: bytes | None = None
    names_certificate: bool = False
    """Whether the signer names his certificate by its hash (signingCertificateV2)."""


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

    `chain` travels along for the verifier's convenience. A detached signature leaves the content out.
    `content_type` TIME_STAMP makes a time-stamp token of an encoded TSTInfo. Without the certificate the
    signature says only which one it is by: a client of a TSA may ask for that (certReq).
    `digest` is that of a content that is elsewhere (SHA-256, Streebog for a GOST key): then `content` is empty and
    the signature detached.
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
    """What is in `der`, once its digest and signature are proved; `content` is given when it is detached.

    eds-malformed (Malformed): longer than `max_bytes`, not one SignedData, something left over, no content,
        no signed attributes, or not of this `content_type`.
    eds-signers (Malformed): not exactly one signer, or not exactly one certificate of his.
    eds-algorithm (Untrusted): a digest below SHA-256, RSA below 2048 bits, an unknown algorithm;
        eds-algorithm-gost34310: GOST 34.310-2004.
    eds-signature-invalid (Untrusted): the content or the attributes are not what was signed, or the
        certificate is not the one that the signer named (signingCertificateV2).
    """
    if len(der) > max_bytes:
        raise Malformed("eds-malformed", "too long", limit=max_bytes)
    with _translate_unreadable():
        signed = _signed_data(der, content_type)
        signer = _read_signer(signed.signers)
        certificate, chain = _split_certificates(signed.certificates, signer.sid)
        digest = algorithms.digest_of(signer.digest)
        key = algorithms.key_of(signer.algorithm, certificate, digest)
        attributes = _signed_attributes(signer.attributes)
        proved = _signed_content(signed.content, content)
        _check_attributes(attributes, proved, encode.oid(content_type), certificate, digest)
        algorithms.check_signature(key, signer.signature, _signed_bytes(signer.attributes), digest)
        moment = attributes.get(encode.oid(_SIGNING_TIME))
        return SignedCms(
            proved,
            certificate,
            chain,
            moment.read_moment() if moment else None,
            signer.signature,
            signer.unsigned.raw if signer.unsigned else None,
            encode.oid(_SIGNING_CERTIFICATE) in attributes,
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
    return [encode.sequence(encode.oid(kind), encode.set_of(value)) for kind, value in values.items()]


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
    """Whatever is said of bytes that cannot be read becomes Malformed eds-malformed."""
    try:
        yield
    except BusError:
        raise
    except encode.UNREADABLE:
        # The reason is dropped: it may quote the bytes, and with them names and numbers of persons.
        raise Malformed("eds-malformed", "not a readable CMS SignedData") from None


@dataclass(frozen=True, slots=True)
class _SignedData:
    content: BerElement | None
    certificates: BerElement | None
    signers: BerElement


@dataclass(frozen=True, slots=True)
class _CmsSignerInfo:
    sid: BerElement
    digest: BerElement
    attributes: BerElement | None
    algorithm: BerElement
    signature: bytes
    unsigned: BerElement | None


def _signed_data(der: bytes, content_type: str) -> _SignedData:
    """ContentInfo, SignedData and EncapsulatedContentInfo of RFC 5652, 3 and 5.1."""
    kind, within = ber.read_element(der).parts(ber.SEQUENCE, 2, 2)
    if kind.raw != encode.oid(_SIGNED_DATA):
        raise Malformed("eds-malformed", "not a CMS SignedData")
    version, digests, encapsulated, *tail = within.only_part(ber.CONTEXT_0).parts(ber.SEQUENCE, 4, 6)
    version.read_integer()
    digests.parts(ber.SET, 0, _MAX_CERTIFICATES)
    certificates = tail.pop(0) if tail[0].tag == ber.CONTEXT_0 else None
    if tail[0].tag == ber.CONTEXT_1:  # lists of the revoked: looked for elsewhere
        tail.pop(0)
    (signers,) = tail
    content_kind, *content = encapsulated.parts(ber.SEQUENCE, 1, 2)
    if content_kind.raw != encode.oid(content_type):
        raise Malformed("eds-malformed", "the content is of another type")
    return _SignedData(content[0].only_part(ber.CONTEXT_0) if content else None, certificates, signers)


def _read_signer(signers: BerElement) -> _CmsSignerInfo:
    """The only SignerInfo (RFC 5652, 5.3)."""
    elements = signers.parts(ber.SET, 0, _MAX_CERTIFICATES)
    if len(elements) != 1:
        raise Malformed("eds-signers", "a document has exactly one signer", signers=len(elements))
    version, sid, digest, *tail = elements[0].parts(ber.SEQUENCE, 5, 7)
    version.read_integer()
    attributes = tail.pop(0) if tail[0].tag == ber.CONTEXT_0 else None
    algorithm, signature, *unsigned = tail
    if unsigned and (len(unsigned) > 1 or unsigned[0].tag != ber.CONTEXT_1):
        raise Malformed("eds-malformed", "something follows the signature")
    return _CmsSignerInfo(
        sid, digest, attributes, algorithm, signature.read_octets(), unsigned[0] if unsigned else None
    )


def _split_certificates(
    present: BerElement | None, sid: BerElement
) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    """The signer's certificate and the others."""
    elements = present.parts(ber.CONTEXT_0, 0, _MAX_CERTIFICATES + 1) if present else []
    if not 1 <= len(elements) <= _MAX_CERTIFICATES:
        raise Malformed("eds-signers", "the signer's certificate is absent", certificates=len(elements))
    own: list[x509.Certificate] = []
    chain: list[x509.Certificate] = []
    for element in elements:
        certificate = _load_certificate(element)
        (own if _is_named(sid, element, certificate) else chain).append(certificate)
    if len(own) != 1:
        raise Malformed("eds-signers", "not exactly one certificate of the signer", certificates=len(own))
    return own[0], tuple(chain)


def _load_certificate(certificate: BerElement) -> x509.Certificate:
    if _issued_as(certificate)[0].read_integer() <= 0:  # RFC 5280, 4.1.2.2
        raise Malformed("eds-malformed", "the serial number of a certificate is not positive")
    return x509.load_der_x509_certificate(certificate.raw)


def _is_named(sid: BerElement, encoded: BerElement, certificate: x509.Certificate) -> bool:
    if sid.tag != ber.SEQUENCE:  # [0] IMPLICIT SubjectKeyIdentifier
        return sid.primitive_content(0x80) == _key_identifier(certificate)
    issuer, number = sid.parts(ber.SEQUENCE, 2, 2)
    own_number, own_issuer = _issued_as(encoded)
    return number.read_integer() == own_number.read_integer() and issuer.raw == own_issuer.raw


def _issued_as(certificate: BerElement) -> tuple[BerElement, BerElement]:
    """Serial number and issuer of an encoded certificate (RFC 5280, 4.1)."""
    body = certificate.parts(ber.SEQUENCE, 3, 3)[0].parts(ber.SEQUENCE, 6)
    at = 1 if body[0].tag == ber.CONTEXT_0 else 0  # the version
    return body[at], body[at + 2]


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _signed_bytes(attributes: BerElement | None) -> bytes:
    """What the signature is over: the attributes as they came, under the tag of SET OF instead of [0]."""
    if attributes is None or attributes.is_indefinite:
        raise Malformed("eds-malformed", "the signed attributes are absent or of an indefinite length")
    return b"\x31" + attributes.raw[1:]


def _signed_attributes(present: BerElement | None) -> dict[bytes, BerElement]:
    """The signed attributes by type. Without them the bytes of attributes could pass for a signed content."""
    attributes: dict[bytes, BerElement] = {}
    for attribute in present.parts(ber.CONTEXT_0, 0, _MAX_ATTRIBUTES) if present else ():
        kind, values = attribute.parts(ber.SEQUENCE, 2, 2)
        members = values.parts(ber.SET)
        if kind.raw in attributes or len(members) != 1:
            raise Malformed("eds-malformed", "a signed attribute has several values")
        attributes[kind.raw] = members[0]
    if not {encode.oid(_CONTENT_TYPE), encode.oid(_MESSAGE_DIGEST)} <= attributes.keys():
        raise Malformed("eds-malformed", "the signed attributes lack the content's type or digest")
    return attributes


def _signed_content(within: BerElement | None, detached_content: bytes | None) -> bytes:
    if within is None:
        if detached_content is None:
            raise Malformed("eds-malformed", "the signature is detached and its content was not given")
        return detached_content
    content = within.read_octets()
    if detached_content is not None and detached_content != content:
        raise Untrusted("eds-signature-invalid", "the signed content is not the given one")
    return content


def _check_attributes(
    attributes: dict[bytes, BerElement],
    content: bytes,
    content_type: bytes,
    certificate: x509.Certificate,
    digest: algorithms.DigestAlgorithm,
) -> None:
    if attributes[encode.oid(_CONTENT_TYPE)].raw != content_type:
        raise Malformed("eds-malformed", "the signed attributes name another type of content")
    if algorithms.compute_digest(digest, content) != attributes[encode.oid(_MESSAGE_DIGEST)].primitive_content(
        ber.OCTETS
    ):
        raise Untrusted("eds-signature-invalid", "the content is not what was signed")
    reference = attributes.get(encode.oid(_SIGNING_CERTIFICATE))
    if reference is not None and not _is_certificate_named(reference, certificate):
        raise Untrusted("eds-signature-invalid", "the signer named another certificate")


def _is_certificate_named(reference: BerElement, certificate: x509.Certificate) -> bool:
    """Whether the first ESSCertIDv2 (RFC 5035, 4: the signer's) holds the hash of the certificate."""
    first = reference.parts(ber.SEQUENCE, 1, 2)[0].parts(ber.SEQUENCE, 1)[0].parts(ber.SEQUENCE, 1, 3)
    is_default = first[0].tag == ber.OCTETS
    digest = hashes.SHA256() if is_default else algorithms.digest_of(first[0])
    named_hash = first[0 if is_default else 1].primitive_content(ber.OCTETS)
    return algorithms.compute_digest(digest, certificate.public_bytes(Encoding.DER)) == named_hash
