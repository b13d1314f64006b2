"""The time-stamping authority: states that a digest existed at a moment (RFC 3161, RFC 5816).

All functions are pure: the request, the moment and a serial number come in, a TimeStampResp goes out. The caller
provides the clock and unique serial numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Annotated

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from shared.bus.errors import BusError, Malformed, Refused
from shared.pki.cms import signed_data
from shared.pki.encoding import asn1, der
from shared.pki.encoding.asn1 import TLV, Implicit, Size

MOST_BYTES = 10_000
ACCURACY_SECONDS = 1

POLICY = "2.999.398.6.1"  # ours: time-stamps over SHA-2
POLICIES = frozenset({POLICY, "1.2.398.3.3.2.6.1", "1.2.398.3.3.2.6.2", "1.2.398.3.3.2.6.4"})
"""The policies that a client may request: ours, and those of НУЦ, which НУЦ's clients have hard-coded."""

_IMPRINTS = {
    "2.16.840.1.101.3.4.2.1": 32,
    "2.16.840.1.101.3.4.2.2": 48,
    "2.16.840.1.101.3.4.2.3": 64,
}
_NULL = b"\x05\x00"
_GRANTED, _REJECTION = 0, 2
_MOST_NONCE = 64

FAILURES: Mapping[str, int] = MappingProxyType(
    {
        "tsp-bad-alg": 0,
        "tsp-bad-request": 2,
        "tsp-bad-data-format": 5,
        "tsp-time-not-available": 14,
        "tsp-unaccepted-policy": 15,
        "tsp-unaccepted-extension": 16,
        "tsp-system-failure": 25,
    }
)
"""The bit of PKIFailureInfo for each code (RFC 3161, 2.4.2)."""


@asn1.sequence
class _MessageImprint:
    algorithm: Annotated[list[TLV], Size(1, 2)]
    digest: bytes


@asn1.sequence
class _StampRequest:
    """TimeStampReq (RFC 3161, 2.4.1); certReq may be an explicit FALSE, which strict DER leaves out."""

    version: int
    imprint: _MessageImprint
    policy: x509.ObjectIdentifier | None
    nonce: int | None
    wants_certificate: bool | None
    extensions: Annotated[list[TLV] | None, Implicit(0)]


@dataclass(frozen=True)
class TsaSigner:
    """The key of the authority, and its certificate with the single usage timeStamping."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True)
class TimeStampQuery:
    """The contents of a TimeStampReq. `imprint` and `nonce` are encoded, to be repeated unchanged."""

    imprint: bytes
    policy: str
    nonce: bytes
    wants_certificate: bool


def read_query(data: bytes) -> TimeStampQuery:
    """The request in `data`.

    Malformed tsp-bad-data-format (not DER, over `MOST_BYTES`, a digest of a wrong length), tsp-bad-request
    (another version, a nonce over 64 bytes). Refused tsp-bad-alg (a digest other than SHA-256, SHA-384, SHA-512),
    tsp-unaccepted-policy, tsp-unaccepted-extension (any extension: none is known).
    """
    if len(data) > MOST_BYTES:
        raise Malformed("tsp-bad-data-format", "too long")
    try:
        stamp_request = asn1.read_value(_StampRequest, data)
        _check_imprint(stamp_request.imprint)
    except ValueError:
        raise Malformed("tsp-bad-data-format", "not a readable TimeStampReq") from None
    if stamp_request.version != 1:
        raise Malformed("tsp-bad-request", "only version 1 is known")
    nonce = b"" if stamp_request.nonce is None else asn1.raw_value(stamp_request.nonce)
    if len(nonce) > _MOST_NONCE + 2:  # tag and length
        raise Malformed("tsp-bad-request", "a nonce of more than 64 bytes")
    policy = POLICY if stamp_request.policy is None else stamp_request.policy.dotted_string
    if policy not in POLICIES:
        raise Refused("tsp-unaccepted-policy", "a policy that this authority does not follow")
    if stamp_request.extensions is not None:
        raise Refused("tsp-unaccepted-extension", "extensions of a request are not known here")
    return TimeStampQuery(
        asn1.raw_value(stamp_request.imprint), policy, nonce, bool(stamp_request.wants_certificate)
    )


def make_response(query: TimeStampQuery, stamper: TsaSigner, now: datetime, serial: int) -> bytes:
    """A TimeStampResp with a token: the digest existed at `now`, accurate to one second."""
    info = der.sequence(
        der.integer(1),
        der.oid(query.policy),
        query.imprint,
        der.integer(serial),
        der.generalized_time(now, milliseconds=True),
        der.sequence(der.integer(ACCURACY_SECONDS)),
        query.nonce,
        der.explicit(0, der.explicit(4, stamper.certificate.subject.public_bytes())),
    )
    token = signed_data.sign(
        info,
        stamper.key,
        stamper.certificate,
        at=now,
        content_type=signed_data.TIME_STAMP,
        with_certificate=query.wants_certificate,
    )
    return der.sequence(der.sequence(der.integer(_GRANTED)), token)


def make_rejection(error: BusError, texts: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """A TimeStampResp that refuses, with the failure bit of the error's code and the texts for people."""
    bit = FAILURES.get(error.code, FAILURES["tsp-system-failure"])
    status_texts = der.sequence(*(der.utf8_string(text) for text in (texts.values() or [error.message])))
    size = bit // 8 + 1
    flags = (1 << (size * 8 - 1 - bit)).to_bytes(size, "big")
    failure = der.bit_string(flags, unused=size * 8 - 1 - bit)
    return der.sequence(der.sequence(der.integer(_REJECTION), status_texts, failure))


def with_wrong_imprint(query: TimeStampQuery) -> TimeStampQuery:
    """The query with another digest, as a broken authority would stamp it."""
    return TimeStampQuery(query.imprint[:-1] + bytes([query.imprint[-1] ^ 1]), query.policy, query.nonce, True)


def _check_imprint(imprint: _MessageImprint) -> None:
    digest_oid, *parameters = map(asn1.raw_value, imprint.algorithm)
    length = next((size for dotted, size in _IMPRINTS.items() if der.oid(dotted) == digest_oid), None)
    if length is None or parameters not in ([], [_NULL]):
        raise Refused("tsp-bad-alg", "the digest is not SHA-256, SHA-384 or SHA-512")
    if len(imprint.digest) != length:
        raise ValueError("a digest of another length")
