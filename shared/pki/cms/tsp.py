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
from shared.pki.certificates.status import Revocations
from shared.pki.cms import signed_data
from shared.pki.encoding import ber
from shared.pki.encoding import der as encode
from shared.pki.encoding.ber import Element

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
class Stamp:
    """A proved time-stamp. `token` is its CMS (DER), `chain` begins with the service's certificate."""

    moment: datetime
    chain: tuple[x509.Certificate, ...] = field(repr=False)
    token: bytes = field(repr=False)


@dataclass(frozen=True)
class _Info:
    """TSTInfo (RFC 3161, 2.4.2), as far as it is asked for."""

    digest: str
    imprint: bytes
    moment: datetime
    nonce: int | None


def request(data: bytes, nonce: int) -> bytes:
    """DER of a TimeStampReq over SHA-256 of `data`, with the service's certificate wanted in the token."""
    imprint = encode.sequence(
        encode.sequence(encode.oid(_SHA256), encode.null()), encode.octets(hashlib.sha256(data).digest())
    )
    return encode.sequence(encode.integer(1), imprint, encode.integer(nonce), encode.boolean(True))


def read_response(
    der: bytes, data: bytes, nonce: int, *, anchors: TrustAnchors, at: datetime, cache: ChainCache | None = None
) -> Stamp:
    """The proved token in the TimeStampResp `der`.

    Unavailable tsa-refused (with `failure`, the bits of PKIFailureInfo); Malformed tsa-malformed; Untrusted
    eds-timestamp as `open_token`, also when the nonce is not the one that was sent.
    """
    if len(der) > MAX_BYTES:
        raise Malformed("tsa-malformed", "too long", limit=MAX_BYTES)
    try:
        status, *token = ber.read(der).parts(ber.SEQUENCE, 1, 2)
        code, *told = status.parts(ber.SEQUENCE, 1, 3)
        granted = code.integer() in _GRANTED
    except encode.UNREADABLE:
        raise Malformed("tsa-malformed", "not a readable TimeStampResp") from None
    if not granted:
        bits = next((each.content[1:].hex() for each in told if each.tag == ber.BIT_STRING), "")
        raise Unavailable("tsa-refused", "the time-stamping service refused", status=code.integer(), failure=bits)
    if not token:
        raise Malformed("tsa-malformed", "granted without a token")
    return open_token(token[0].whole, data, anchors=anchors, at=at, nonce=nonce, cache=cache)


def open_token(
    token: bytes,
    data: bytes,
    *,
    anchors: TrustAnchors,
    at: datetime,
    nonce: int | None = None,
    cache: ChainCache | None = None,
) -> Stamp:
    """The time-stamp in `token`, once it is proved to be over `data`; `at` is the server's own moment.

    The service's certificate must hold both at the token's moment and at `at`: once it has run out the token
    proves nothing (CAdES-A, which renews it, is not made here). Untrusted eds-timestamp with `why`, a word or the
    code of the reason.
    """
    try:
        signed = signed_data.open_signed(token, max_bytes=MAX_BYTES, content_type=signed_data.TIME_STAMP)
        info = _info(signed.content)
        _check_info(info, data, nonce, at)
        _check_service(signed.certificate, is_named=signed.names_certificate)
        for moment in (info.moment, at):
            chain = verify_chain(signed.certificate, anchors, moment, cache=cache)
    except (Malformed, Untrusted) as error:
        raise _untrusted(error.details.get("why", error.code), error.message) from None
    return Stamp(info.moment, chain, token)


def check_standing(stamp: Stamp, revocation: Revocations | None, at: datetime) -> None:
    """Untrusted eds-timestamp when the service's certificate is revoked, unless it was given up in good order
    after the stamp was made (RFC 3161, 4.1); Unavailable eds-revocation-unknown."""
    if revocation is None:
        return
    found = revocation.standing(stamp.chain[0], stamp.chain[1], at).revocation
    if found is not None and not (found.reason in _STILL_PROVES and stamp.moment < found.when):
        raise _untrusted("eds-revoked", "the certificate of the time-stamping service is revoked")


def _untrusted(why: str, message: str) -> Untrusted:
    return Untrusted("eds-timestamp", message, why=why)


def _info(content: bytes) -> _Info:
    try:
        version, _, imprint, _, moment, *rest = ber.read(content).parts(ber.SEQUENCE, 5, 10)
        algorithm, digest = imprint.parts(ber.SEQUENCE, 2, 2)
        name = _DIGESTS.get(algorithm.parts(ber.SEQUENCE, 1, 2)[0].whole)
        made = moment.moment()
        is_known = version.integer() == 1 and moment.tag == ber.GENERALIZED_TIME
        nonce = _nonce(rest)
    except encode.UNREADABLE:
        raise _untrusted("malformed", "not a readable TSTInfo") from None
    if name is None:
        raise _untrusted("eds-algorithm", "the digest is not SHA-256, SHA-384 or SHA-512")
    if not is_known:
        raise _untrusted("malformed", "not a TSTInfo of version 1")
    return _Info(name, digest.octets(), made, nonce)


def _nonce(rest: list[Element]) -> int | None:
    """The nonce among accuracy, ordering, nonce, tsa and extensions: the only INTEGER of them."""
    return next((each.integer() for each in rest if each.tag == ber.INTEGER), None)


def _check_info(info: _Info, data: bytes, nonce: int | None, at: datetime) -> None:
    if hashlib.new(info.digest, data).digest() != info.imprint:
        raise _untrusted("imprint", "the token is over other data")
    if nonce is not None and info.nonce != nonce:
        raise _untrusted("nonce", "the token is the answer to another question")
    if info.moment > at + CLOCKS_MAY_DIFFER:
        raise _untrusted("future", "the token is of the future")


def _check_service(certificate: x509.Certificate, *, is_named: bool) -> None:
    """RFC 3161, 2.3: time-stamping is the only usage, and critical; RFC 5816: named by its hash."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, *encode.UNREADABLE):
        raise _untrusted("eds-purpose", "the certificate is not made for time-stamping") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise _untrusted("eds-purpose", "the certificate is not made for time-stamping")
    if not is_named:
        raise _untrusted("unnamed", "the token does not name its certificate")
