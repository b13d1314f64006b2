"""Time-stamps (RFC 3161, RFC 5816): the request, and the verification of the token in the answer.

A token proves that the data existed at the token's moment. A token is accepted when four conditions hold: the
token is a CMS of a TSTInfo over the digest of these data; the signing certificate leads to the anchors; that
certificate is for time-stamping only; the token names that certificate by hash (ESSCertIDv2).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.bus.errors import Malformed, Unavailable, Untrusted
from shared.pki.certificates.chain import ChainCache, TrustAnchors, verify_chain
from shared.pki.certificates.status import RevocationSource
from shared.pki.cms import signed_data
from shared.pki.cms.shapes import read_algorithm
from shared.pki.encoding import asn1
from shared.pki.encoding import der as encode
from shared.pki.encoding.asn1 import TLV, BitString, Explicit, Implicit

MAX_BYTES = 64 * 1024
CLOCKS_MAY_DIFFER = timedelta(minutes=5)

_SHA256 = "2.16.840.1.101.3.4.2.1"
DIGESTS = {
    _SHA256: "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_GRANTED = (0, 1)  # granted, and granted with modifications
_STILL_PROVES = (
    # RFC 3161, 4.1: after a revocation for one of these reasons, earlier tokens stay valid.
    x509.ReasonFlags.affiliation_changed,
    x509.ReasonFlags.superseded,
    x509.ReasonFlags.cessation_of_operation,
)


@dataclass(frozen=True)
class TimeStamp:
    """A proved time-stamp. `token` is its CMS (DER), `chain` begins with the service's certificate."""

    moment: datetime
    chain: tuple[x509.Certificate, ...] = field(repr=False)
    token: bytes = field(repr=False)


@asn1.sequence
class _StatusInfo:
    """PKIStatusInfo (RFC 3161, 2.4.2)."""

    code: int
    texts: list[str] | None
    failure: BitString | None


@asn1.sequence
class _Token:
    """ContentInfo of a token; `signed_data` reads the content."""

    kind: x509.ObjectIdentifier
    content: Annotated[TLV, Explicit(0)]


@asn1.sequence
class _StampResponse:
    """TimeStampResp (RFC 3161, 2.4.2)."""

    status: _StatusInfo
    token: _Token | None


@asn1.sequence
class StampImprint:
    """MessageImprint (RFC 3161, 2.4.1)."""

    algorithm: TLV
    digest: bytes


@asn1.sequence
class StampInfo:
    """TSTInfo (RFC 3161, 2.4.2)."""

    version: int
    policy: x509.ObjectIdentifier
    imprint: StampImprint
    serial: int
    moment: TLV
    accuracy: list[TLV] | None
    is_ordering: bool | None
    nonce: int | None
    authority: Annotated[list[TLV] | None, Implicit(0)]
    extensions: Annotated[list[TLV] | None, Implicit(1)]


def make_request(data: bytes, nonce: int | None = None, *, policy: str | None = None) -> bytes:
    """DER of a TimeStampReq over SHA-256 of `data`; asks for the service's certificate in the token (certReq)."""
    imprint = encode.sequence(
        encode.sequence(encode.oid(_SHA256), encode.null()), encode.octet_string(hashlib.sha256(data).digest())
    )
    return encode.sequence(
        encode.integer(1),
        imprint,
        b"" if policy is None else encode.oid(policy),
        b"" if nonce is None else encode.integer(nonce),
        encode.boolean(True),
    )


def read_response(
    der: bytes, data: bytes, nonce: int, *, anchors: TrustAnchors, at: datetime, cache: ChainCache | None = None
) -> TimeStamp:
    """The verified token in the TimeStampResp `der`.

    Unavailable tsa-refused (`details["failure"]`: the bits of PKIFailureInfo in hexadecimal); Malformed
    tsa-malformed; Untrusted eds-timestamp as `open_token`, also for another nonce than that of the request.
    """
    token = granted_token(der)
    return open_token(token, data, anchors=anchors, at=at, nonce=nonce, cache=cache)


def granted_token(der: bytes) -> bytes:
    """The unverified token in the TimeStampResp `der`; Unavailable tsa-refused, Malformed tsa-malformed."""
    if len(der) > MAX_BYTES:
        raise Malformed("tsa-malformed", "too long", limit=MAX_BYTES)
    try:
        response = asn1.read_value(_StampResponse, der)
    except ValueError:
        raise Malformed("tsa-malformed", "not a readable TimeStampResp") from None
    status = response.status
    if status.code not in _GRANTED:
        failure = status.failure.as_bytes().hex() if status.failure else ""
        raise Unavailable("tsa-refused", "the time-stamping service refused", status=status.code, failure=failure)
    if response.token is None:
        raise Malformed("tsa-malformed", "the time-stamping service granted the request without a token")
    return asn1.raw_value(response.token)


def open_token(
    token: bytes,
    data: bytes,
    *,
    anchors: TrustAnchors,
    at: datetime,
    nonce: int | None = None,
    cache: ChainCache | None = None,
) -> TimeStamp:
    """The time-stamp in `token`, verified to cover `data`; `at` is the server's own moment.

    The service's certificate must be valid both at the token's moment and at `at`: a token proves nothing after
    the certificate has expired (CAdES-A, which renews a time-stamp, is not implemented). Untrusted eds-timestamp;
    `details["why"]` is a word or the error code of the reason.
    """
    try:
        signed = signed_data.open_signed(token, max_bytes=MAX_BYTES, content_type=signed_data.TIME_STAMP)
        info = read_info(signed.content)
        moment = _check_info(info, data, nonce, at)
        _check_service(signed.certificate, is_named=signed.names_certificate)
        for judged_at in (moment, at):
            chain = verify_chain(signed.certificate, anchors, judged_at, cache=cache)
    except (Malformed, Untrusted) as error:
        raise _untrusted_stamp(error.details.get("why", error.code), error.message) from None
    return TimeStamp(moment, chain, token)


def check_stamp_status(stamp: TimeStamp, revocation: RevocationSource | None, at: datetime) -> None:
    """Check that the service's certificate is not revoked.

    A revocation after the stamp's moment is accepted when the reason does not touch earlier tokens (RFC 3161,
    4.1). Untrusted eds-timestamp; Unavailable eds-revocation-unknown.
    """
    if revocation is None:
        return
    service_revocation = revocation.certificate_status(stamp.chain[0], stamp.chain[1], at).revocation
    if service_revocation is not None and not (
        service_revocation.reason in _STILL_PROVES and stamp.moment < service_revocation.when
    ):
        raise _untrusted_stamp("eds-revoked", "the certificate of the time-stamping service is revoked")


def _untrusted_stamp(why: str, message: str) -> Untrusted:
    return Untrusted("eds-timestamp", message, why=why)


def read_info(content: bytes) -> StampInfo:
    """The TSTInfo in a token's content; Untrusted eds-timestamp unless of version 1 with a GeneralizedTime."""
    try:
        info = asn1.read_value(StampInfo, content)
    except ValueError:
        raise _untrusted_stamp("malformed", "not a readable TSTInfo") from None
    if info.version != 1 or info.moment.tag_bytes != asn1.GENERALIZED_TIME:
        raise _untrusted_stamp("malformed", "not a TSTInfo of version 1")
    return info


def _check_info(info: StampInfo, data: bytes, nonce: int | None, at: datetime) -> datetime:
    """The moment of a token, after checks of the digest, the nonce and the clock."""
    try:
        name, moment = (
            DIGESTS.get(read_algorithm(info.imprint.algorithm).dotted_string),
            asn1.read_moment(info.moment),
        )
    except ValueError:
        raise _untrusted_stamp("malformed", "not a readable TSTInfo") from None
    if name is None:
        raise _untrusted_stamp("eds-algorithm", "the digest is not SHA-256, SHA-384 or SHA-512")
    if hashlib.new(name, data).digest() != info.imprint.digest:
        raise _untrusted_stamp("imprint", "the token is over other data")
    if nonce is not None and info.nonce != nonce:
        raise _untrusted_stamp("nonce", "the token answers another request: the nonce differs")
    if moment > at + CLOCKS_MAY_DIFFER:
        raise _untrusted_stamp("future", "the token's moment is in the future")
    return moment


def _check_service(certificate: x509.Certificate, *, is_named: bool) -> None:
    """RFC 3161, 2.3: time-stamping is the only usage, and critical; RFC 5816: named by its hash."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, *encode.UNREADABLE):
        raise _untrusted_stamp("eds-purpose", "the certificate is not made for time-stamping") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _untrusted_stamp("eds-purpose", "the certificate is not made for time-stamping")
    if not is_named:
        raise _untrusted_stamp("unnamed", "the token does not name its certificate")
