"""Time-stamp tokens in a bundle, of which every byte counts.

A signature does not cover all bytes of a CMS: versions, the list of digests and the certificates stand outside. A
changed byte there changes nothing that is proved. All the same a bundle must not differ in one byte from what ШЭП
made, so a token is also compared with the only form in which НУЦ writes tokens.
"""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding

from shared.pki.certificates.chain import ChainCache, TrustAnchors
from shared.pki.cms import shapes, signed_data, tsp
from shared.pki.cms.tsp import TimeStamp
from shared.pki.encoding import asn1
from shared.pki.encoding import der as encode

_MOST_CERTIFICATES = 8
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_SHA256 = encode.sequence(encode.oid("2.16.840.1.101.3.4.2.1"))
_ECDSA_SHA256 = encode.sequence(encode.oid("1.2.840.10045.4.3.2"))


def open_sealed_token(token: bytes, data: bytes, anchors: TrustAnchors, cache: ChainCache) -> TimeStamp:
    """The time-stamp in ``token``, verified to cover ``data`` and judged at its own moment.

    Untrusted eds-timestamp; ValueError for a token in another form than НУЦ writes.
    """
    moment = _read_moment(token)
    stamp = tsp.open_token(token, data, anchors=anchors, at=moment, cache=cache)
    _check_form(token, stamp)
    return stamp


def _read_moment(token: bytes) -> datetime:
    """The moment that an unverified token claims."""
    message = signed_data.read_message(token, signed_data.TIME_STAMP)
    return asn1.read_moment(tsp.read_info(message.content or b"").moment)


def _check_form(token: bytes, stamp: TimeStamp) -> None:
    """ValueError unless the token is what its proved parts encode to."""
    message = signed_data.read_message(token, signed_data.TIME_STAMP)
    (encoded,) = message.read_signers(1)
    signer = shapes.read_signer(encoded)
    certificates = message.read_certificates(_MOST_CERTIFICATES)
    known = {certificate.public_bytes(Encoding.DER) for certificate in stamp.chain}
    if signer.attributes is None or not known.issuperset(certificates):
        raise ValueError("a token in another form")
    service = stamp.chain[0]
    written_signer = encode.sequence(
        encode.integer(1),
        encode.sequence(service.issuer.public_bytes(), encode.integer(service.serial_number)),
        _SHA256,
        asn1.raw_value(signer.attributes),
        _ECDSA_SHA256,
        encode.octet_string(signer.signature),
    )
    content = encode.context_zero(encode.octet_string(message.content or b""))
    written = encode.sequence(
        encode.integer(3),
        encode.set_of(_SHA256),
        encode.sequence(encode.oid(signed_data.TIME_STAMP), content),
        encode.context_zero(*certificates),
        encode.set_of(written_signer),
    )
    if token != encode.sequence(encode.oid(_SIGNED_DATA), encode.context_zero(written)):
        raise ValueError("a token in another form")
