"""OCSP responses (RFC 6960) in the profile of RFC 5019, signed by a delegated responder.

All functions are pure: the register's data come in, bytes go out. Responses are written by hand over `der`,
because a response must cost less than its signature, and because one request may name several certificates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import OCSPExtensionOID

from shared.bus.errors import Malformed, Refused
from shared.pki.encoding import asn1, der
from shared.pki.encoding.asn1 import TLV, Explicit, Implicit, Size

MOST_BYTES = 10_000
MOST_ASKED = 16
MOST_NONCE = 128

_SHA1 = "1.3.14.3.2.26"
_DIGESTS = {
    _SHA1: "sha1",
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_BASIC = "1.3.6.1.5.5.7.48.1.1"
_NONCE = OCSPExtensionOID.NONCE.dotted_string
_ECDSA_SHA256 = "1.2.840.10045.4.3.2"


@asn1.sequence
class _Extension:
    """Extension (RFC 5280, 4.1); ``is_critical`` may be an explicit FALSE, which strict DER leaves out."""

    kind: x509.ObjectIdentifier
    is_critical: bool | None
    value: bytes


@asn1.sequence
class _CertIdShape:
    """CertID (RFC 6960, 4.1.1); `algorithm` is an AlgorithmIdentifier."""

    algorithm: Annotated[list[TLV], Size(1, 2)]
    name_digest: bytes
    key_digest: bytes
    serial: int


@asn1.sequence
class _SingleRequest:
    cert_id: _CertIdShape
    extensions: Annotated[list[_Extension] | None, Explicit(0)]


@asn1.sequence
class _RequestBody:
    """TBSRequest (RFC 6960, 4.1.1)."""

    version: Annotated[int | None, Explicit(0)]
    requestor: Annotated[list[TLV] | None, Implicit(1)]
    requests: Annotated[list[_SingleRequest], Size(1, MOST_ASKED)]
    extensions: Annotated[list[_Extension] | None, Explicit(2)]


@asn1.sequence
class _SignedRequest:
    body: _RequestBody
    signature: Annotated[list[TLV] | None, Implicit(0)]


class OcspFailure(IntEnum):
    """OCSPResponseStatus: the unsigned answers without a statement about a certificate."""

    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    UNAUTHORIZED = 6


@dataclass(frozen=True)
class OcspStatus:
    """The register's status of a serial number."""

    is_known: bool = True
    revoked_at: datetime | None = None
    reason: x509.ReasonFlags = x509.ReasonFlags.unspecified


@dataclass(frozen=True)
class CertId:
    """A requested certificate: its serial number, and the identifier to repeat in the answer."""

    raw: bytes
    serial: int


@dataclass(frozen=True)
class OcspRequest:
    """A request about one certificate or several, all of our issuer."""

    ids: tuple[CertId, ...]
    nonce: bytes | None = None


@dataclass(frozen=True)
class OcspSigner:
    """The responder's key, and its certificate by the issuer with the usage OCSPSigning."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @cached_property
    def key_id(self) -> bytes:
        """ResponderID byKey: SHA-1 of the public key (RFC 6960, 4.2.1)."""
        return der.explicit(2, der.octet_string(hashlib.sha1(_key_bits(self.certificate)).digest()))  # noqa: S324

    @cached_property
    def encoded_certificates(self) -> bytes:
        return der.explicit(0, der.sequence(self.certificate.public_bytes(Encoding.DER)))


IssuerDigests = Mapping[bytes, tuple[bytes, bytes]]
"""For each digest (its encoded OBJECT IDENTIFIER): the digests of the issuer's name and key."""


def issuer_ids(issuer: x509.Certificate) -> IssuerDigests:
    """The identifiers by which requests can name this issuer: SHA-1, which most clients use, and the SHA-2
    family.
    """
    name, key = issuer.subject.public_bytes(), _key_bits(issuer)
    return {
        der.oid(dotted): (hashlib.new(digest, name).digest(), hashlib.new(digest, key).digest())
        for dotted, digest in _DIGESTS.items()
    }


def read_request(data: bytes, issuer: IssuerDigests) -> OcspRequest:
    """The request in an OCSPRequest; a signature of the request is ignored.

    Malformed ocsp-malformed: not DER, over `MOST_BYTES`, no certificate or more than `MOST_ASKED`, a nonce outside
    1 to 128 bytes (RFC 9654, 2.1), an unknown critical extension. Refused ocsp-unauthorized: a certificate of
    another issuer (RFC 6960, 2.3).
    """
    if len(data) > MOST_BYTES:
        raise Malformed("ocsp-malformed", "too long")
    try:
        body = asn1.read_value(_SignedRequest, data).body
        if body.version not in (None, 0):
            raise ValueError("a version to come")
        cert_ids = [_cert_id(single, issuer) for single in body.requests]
        nonce = _find_nonce(_read_extensions(body.extensions))
    except ValueError:
        raise Malformed("ocsp-malformed", "not a readable OCSPRequest") from None
    return OcspRequest(tuple(cert_ids), nonce)


def encode_failure(kind: OcspFailure) -> bytes:
    """An OCSPResponse without an answer."""
    return der.sequence(der.enumerated(kind))


def sign_response(
    answers: Sequence[tuple[CertId, OcspStatus]],
    signer: OcspSigner,
    *,
    now: datetime,
    this_update: datetime,
    next_update: datetime,
    nonce: bytes | None = None,
) -> bytes:
    """A signed OCSPResponse with the status of each certificate, in force from `this_update` to `next_update`."""
    singles = [_single_response(cert_id, status, this_update, next_update) for cert_id, status in answers]
    extensions = b"" if nonce is None else der.explicit(1, der.sequence(_nonce_extension(nonce)))
    body = der.sequence(signer.key_id, der.generalized_time(now), der.sequence(*singles), extensions)
    signature = signer.key.sign(body, ec.ECDSA(hashes.SHA256()))
    algorithm = der.sequence(der.oid(_ECDSA_SHA256))
    basic = der.sequence(body, algorithm, der.bit_string(signature), signer.encoded_certificates)
    return der.sequence(der.enumerated(0), der.explicit(0, der.sequence(der.oid(_BASIC), der.octet_string(basic))))


def _single_response(cert_id: CertId, status: OcspStatus, this_update: datetime, next_update: datetime) -> bytes:
    until = der.explicit(0, der.generalized_time(next_update))
    return der.sequence(cert_id.raw, _encode_status(status), der.generalized_time(this_update), until)


def _encode_status(status: OcspStatus) -> bytes:
    if not status.is_known:
        return der.implicit(2, b"")
    if status.revoked_at is None:
        return der.implicit(0, b"")
    reason = b""
    if status.reason is not x509.ReasonFlags.unspecified:
        reason = der.explicit(0, der.enumerated(_REASONS[status.reason]))
    return der.explicit(1, der.generalized_time(status.revoked_at) + reason)


_REASONS = {
    x509.ReasonFlags.key_compromise: 1,
    x509.ReasonFlags.ca_compromise: 2,
    x509.ReasonFlags.affiliation_changed: 3,
    x509.ReasonFlags.superseded: 4,
    x509.ReasonFlags.cessation_of_operation: 5,
    x509.ReasonFlags.certificate_hold: 6,
    x509.ReasonFlags.remove_from_crl: 8,
    x509.ReasonFlags.privilege_withdrawn: 9,
    x509.ReasonFlags.aa_compromise: 10,
}
"""CRLReason, RFC 5280, 5.3.1."""


def _cert_id(request: _SingleRequest, issuer: IssuerDigests) -> CertId:
    _read_extensions(request.extensions)
    cert_id = request.cert_id
    digests = issuer.get(asn1.raw_value(cert_id.algorithm[0]))
    if digests != (cert_id.name_digest, cert_id.key_digest):
        raise Refused("ocsp-unauthorized", "a certificate of another issuer")
    return CertId(asn1.raw_value(cert_id), cert_id.serial)


def _read_extensions(present: list[_Extension] | None) -> dict[x509.ObjectIdentifier, bytes]:
    """The extensions by their identifier; ValueError for an unknown critical or a repeated extension."""
    extensions: dict[x509.ObjectIdentifier, bytes] = {}
    for extension in present or ():
        if extension.kind in extensions:
            raise ValueError("twice the same extension")
        if extension.is_critical and extension.kind != OCSPExtensionOID.NONCE:
            raise ValueError("an unknown extension that is critical")
        extensions[extension.kind] = extension.value
    return extensions


def _find_nonce(extensions: Mapping[x509.ObjectIdentifier, bytes]) -> bytes | None:
    encoded = extensions.get(OCSPExtensionOID.NONCE)
    if encoded is None:
        return None
    nonce = asn1.read_value(bytes, encoded)
    if not 1 <= len(nonce) <= MOST_NONCE:
        raise ValueError("a nonce of an impossible length")
    return nonce


def _nonce_extension(nonce: bytes) -> bytes:
    return der.sequence(der.oid(_NONCE), der.octet_string(der.octet_string(nonce)))


def _key_bits(certificate: x509.Certificate) -> bytes:
    """The public key as in the BIT STRING of the certificate."""
    key = certificate.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
