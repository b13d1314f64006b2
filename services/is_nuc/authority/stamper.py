"""The time-stamping authority: states that a digest existed at a moment (RFC 3161, RFC 5816).

All functions are pure: the request, the moment and a serial number come in, a TimeStampResp goes out. The caller
provides the clock and unique serial numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from shared.bus.errors import BusError, Malformed, Refused
from shared.pki.cms import signed_data
from shared.pki.encoding import der

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
_SEQUENCE, _OCTETS, _INTEGER, _OID, _BOOLEAN, _EXTENSIONS = 0x30, 0x04, 0x02, 0x06, 0x01, 0xA0
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
        version, imprint, *optionals = der.read_elements(der.read_single(data, _SEQUENCE))
        options = {element.tag: element for element in optionals}
        if [element.tag for element in optionals] != [
            tag for tag in (_OID, _INTEGER, _BOOLEAN, _EXTENSIONS) if tag in options
        ]:
            raise ValueError("out of order")
        _check_imprint(imprint)
        policy, nonce, certificate = (options.get(tag) for tag in (_OID, _INTEGER, _BOOLEAN))
        wants_certificate = certificate is not None and _read_boolean(certificate)
        _check_version(version, nonce)
    except (ValueError, IndexError):
        raise Malformed("tsp-bad-data-format", "not a readable TimeStampReq") from None
    if policy is not None and policy.raw not in {der.oid(candidate) for candidate in POLICIES}:
        raise Refused("tsp-unaccepted-policy", "a policy that this authority does not follow")
    if _EXTENSIONS in options:
        raise Refused("tsp-unaccepted-extension", "extensions of a request are not known here")
    policy_oid = next((candidate for candidate in POLICIES if policy and der.oid(candidate) == policy.raw), POLICY)
    return TimeStampQuery(imprint.raw, policy_oid, nonce.raw if nonce else b"", wants_certificate)


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


def _check_imprint(imprint: der.DerElement) -> None:
    algorithm, digest = der.read_elements(imprint.content)
    if (imprint.tag, algorithm.tag, digest.tag) != (_SEQUENCE, _SEQUENCE, _OCTETS):
        raise ValueError("not a MessageImprint")
    digest_oid, *parameters = der.read_elements(algorithm.content)
    length = next((size for dotted, size in _IMPRINTS.items() if der.oid(dotted) == digest_oid.raw), None)
    if length is None or [parameter.raw for parameter in parameters] not in ([], [_NULL]):
        raise Refused("tsp-bad-alg", "the digest is not SHA-256, SHA-384 or SHA-512")
    if len(digest.content) != length:
        raise ValueError("a digest of another length")


def _check_version(version: der.DerElement, nonce: der.DerElement | None) -> None:
    if version.tag != _INTEGER or der.read_integer(version.content) != 1:
        raise Malformed("tsp-bad-request", "only version 1 is known")
    if nonce is not None:
        der.read_integer(nonce.content)
        if len(nonce.content) > _MOST_NONCE:
            raise Malformed("tsp-bad-request", "a nonce of more than 64 bytes")


def _read_boolean(value: der.DerElement) -> bool:
    if value.content not in (b"\x00", b"\xff"):
        raise ValueError("not a BOOLEAN")
    return value.content == b"\xff"
