"""Asking for a time-stamp, and proving the token that comes (RFC 3161, RFC 5816).

A token proves that its data existed at its moment. It is believed when it is a CMS of TSTInfo over the digest of
these data, by a certificate that leads to the anchors, is made for time-stamping and nothing else, and is named in
the token by its hash (ESSCertIDv2).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from shared.bus.errors import Malformed, Unavailable, Untrusted
from shared.pki.certificates.chain import ChainCache, TrustAnchors, verify_chain
from shared.pki.certificates.status import RevocationSource
from shared.pki.cms import signed_data
from shared.pki.encoding import ber
from shared.pki.encoding import der as encode
from shared.pki.encoding.ber import BerElement

MAX_BYTES = 64 * 1024
CLOCKS_MAY_DIFFER = timedelta(minutes=5)

_SHA256 = "2.16.840.1.101.3.4.2.1"
_DIGESTS = {
    encode.oid(_SHA256): "sha256",
    encode.oid("2.16.840.1.101.3.4.2.2"): "sha384",
    encode.oid("2.16.840.1.101.3.4.2.3"): "sha512",
}
_GRANTED = (0, 1)  # granted, and granted with modifications
_STILL_PROVES = (
    # RFC 3161, 4.1: only these leave the tokens made before the revocation as they are.
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


@dataclass(frozen=True)
class _TstInfo:
    """TSTInfo (RFC 3161, 2.4.2), as far as it is asked for."""

    digest: str
    imprint: bytes
    moment: datetime
    nonce: int | None


def make_request(data: bytes, nonce: int) -> bytes:
    """DER of a TimeStampReq over SHA-256 of `data`, with the service's certificate wanted in the token."""
    imprint = encode.sequence(
        encode.sequence(encode.oid(_SHA256), encode.null()), encode.octet_string(hashlib.sha256(data).digest())
    )
    return encode.sequence(encode.integer(1), imprint, encode.integer(nonce), encode.boolean(True))


def read_response(
    der: bytes, data: bytes, nonce: int, *, anchors: TrustAnchors, at: datetime, cache: ChainCache | None = None
) -> TimeStamp:
    """The proved token in the TimeStampResp `der`.

    Unavailable tsa-refused (with `failure`, the bits of PKIFailureInfo); Malformed tsa-malformed; Untrusted
    eds-timestamp as `open_token`, also when the nonce is not the one that was sent.
    """
    if len(der) > MAX_BYTES:
        raise Malformed("tsa-malformed", "too long", limit=MAX_BYTES)
    try:
        status, *token = ber.read_element(der).parts(ber.SEQUENCE, 1, 2)
        code, *status_details = status.parts(ber.SEQUENCE, 1, 3)
        is_granted = code.read_integer() in _GRANTED
    except encode.UNREADABLE:
        raise Malformed("tsa-malformed", "not a readable TimeStampResp") from None
    if not is_granted:
        bits = next((element.content[1:].hex() for element in status_details if element.tag == ber.BIT_STRING), "")
        raise Unavailable(
            "tsa-refused", "the time-stamping service refused", status=code.read_integer(), failure=bits
        )
    if not token:
        raise Malformed("tsa-malformed", "granted without a token")
    return open_token(token[0].raw, data, anchors=anchors, at=at, nonce=nonce, cache=cache)


def open_token(
    token: bytes,
    data: bytes,
    *,
    anchors: TrustAnchors,
    at: datetime,
    nonce: int | None = None,
    cache: ChainCache | None = None,
) -> TimeStamp:
    """The time-stamp in `token`, once it is proved to be over `data`; `at` is the server's own moment.

    The service's certificate must hold both at the token's moment and at `at`: once it has run out the token
    proves nothing (CAdES-A, which renews it, is not made here). Untrusted eds-timestamp with `why`, a word or the
    code of the reason.
    """
    try:
        signed = signed_data.open_signed(token, max_bytes=MAX_BYTES, content_type=signed_data.TIME_STAMP)
        info = _read_info(signed.content)
        _check_info(info, data, nonce, at)
        _check_service(signed.certificate, is_named=signed.names_certificate)
        for moment in (info.moment, at):
            chain = verify_chain(signed.certificate, anchors, moment, cache=cache)
    except (Malformed, Untrusted) as error:
        raise _untrusted_stamp(error.details.get("why", error.code), error.message) from None
    return TimeStamp(info.moment, chain, token)


def check_stamp_status(stamp: TimeStamp, revocation: RevocationSource | None, at: datetime) -> None:
    """Untrusted eds-timestamp when the service's certificate is revoked, unless it was given up in good order
    after the stamp was made (RFC 3161, 4.1); Unavailable eds-revocation-unknown."""
    if revocation is None:
        return
    service_revocation = revocation.certificate_status(stamp.chain[0], stamp.chain[1], at).revocation
    if service_revocation is not None and not (
        service_revocation.reason in _STILL_PROVES and stamp.moment < service_revocation.when
    ):
        raise _untrusted_stamp("eds-revoked", "the certificate of the time-stamping service is revoked")


def _untrusted_stamp(why: str, message: str) -> Untrusted:
    return Untrusted("eds-timestamp", message, why=why)


def _read_info(content: bytes) -> _TstInfo:
    try:
        version, _, imprint, _, moment, *optionals = ber.read_element(content).parts(ber.SEQUENCE, 5, 10)
        algorithm, digest = imprint.parts(ber.SEQUENCE, 2, 2)
        name = _DIGESTS.get(algorithm.parts(ber.SEQUENCE, 1, 2)[0].raw)
        made_at = moment.read_moment()
        is_known = version.read_integer() == 1 and moment.tag == ber.GENERALIZED_TIME
        nonce = _find_nonce(optionals)
    except encode.UNREADABLE:
        raise _untrusted_stamp("malformed", "not a readable TSTInfo") from None
    if name is None:
        raise _untrusted_stamp("eds-algorithm", "the digest is not SHA-256, SHA-384 or SHA-512")
    if not is_known:
        raise _untrusted_stamp("malformed", "not a TSTInfo of version 1")
    return _TstInfo(name, digest.read_octets(), made_at, nonce)


def _find_nonce(optionals: list[BerElement]) -> int | None:
    """The nonce among accuracy, ordering, nonce, tsa and extensions: the only INTEGER of them."""
    return next((element.read_integer() for element in optionals if element.tag == ber.INTEGER), None)


def _check_info(info: _TstInfo, data: bytes, nonce: int | None, at: datetime) -> None:
    if hashlib.new(info.digest, data).digest() != info.imprint:
        raise _untrusted_stamp("imprint", "the token is over other data")
    if nonce is not None and info.nonce != nonce:
        raise _untrusted_stamp("nonce", "the token is the answer to another question")
    if info.moment > at + CLOCKS_MAY_DIFFER:
        raise _untrusted_stamp("future", "the token is of the future")


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
