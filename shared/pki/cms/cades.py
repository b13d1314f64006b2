"""Attributes added to a finished CMS signature: a time-stamp, and the answers about revocation.

Both are unsigned attributes of the signer (RFC 5126): signature-time-stamp makes CAdES-BES a CAdES-T,
revocation-values (of CAdES-X-L) carries the OCSP answers. The signed bytes do not change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from cryptography import x509

from shared.bus.errors import BusError, Malformed
from shared.pki.cms import shapes, signed_data
from shared.pki.cms.shapes import CmsMessage, CmsSigner
from shared.pki.cms.signed_data import SignedCms
from shared.pki.encoding import asn1
from shared.pki.encoding import der as encode
from shared.pki.encoding.asn1 import TLV, Explicit

TIME_STAMP = "1.2.840.113549.1.9.16.2.14"  # id-aa-signatureTimeStampToken
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"  # id-aa-ets-revocationValues

_BASIC_RESPONSE = "1.3.6.1.5.5.7.48.1.1"
_OCSP_VALUES, _SUCCESSFUL = 1, 0
_MOST_ANSWERS = 16


@asn1.sequence
class _ResponseBytes:
    kind: x509.ObjectIdentifier
    content: bytes


@asn1.sequence
class _OcspResponse:
    """OCSPResponse (RFC 6960, 4.2.1) with an answer; ``status`` is an ENUMERATED."""

    status: TLV
    answer: Annotated[_ResponseBytes, Explicit(0)]


def read_time_stamp(signed: SignedCms) -> bytes | None:
    """The time-stamp token over the signature (DER, unverified), or None; Malformed eds-malformed for several
    tokens.
    """
    value = _unsigned_value(signed, TIME_STAMP)
    return None if value is None else asn1.raw_value(value)


def signature_value(der: bytes) -> bytes:
    """The value of the only signature of a CMS, which a time-stamp covers; Malformed eds-malformed.

    Nothing is verified: the caller has just made this CMS. The content of the signature may be detached.
    """
    try:
        return _only_signer(signed_data.read_message(der)).signature
    except encode.UNREADABLE:
        raise Malformed("eds-malformed", "not a readable CMS SignedData") from None


def ocsp_answers(signed: SignedCms) -> tuple[bytes, ...]:
    """The OCSP answers inside the signature, each an OCSPResponse (DER, unverified); Malformed eds-malformed."""
    value = _unsigned_value(signed, REVOCATION_VALUES)
    if value is None:
        return ()
    try:
        return tuple(_ocsp_values(value))
    except encode.UNREADABLE:
        raise Malformed("eds-malformed", "the revocation values are not readable") from None


def extend_cms(der: bytes, *, token: bytes | None = None, answers: Sequence[bytes] = ()) -> bytes:
    """The SignedData in `der` with a time-stamp token and OCSP answers (each an OCSPResponse) added to the only
    signature.

    Malformed eds-malformed for other bytes, for several signers, and for a signature that has these attributes
    already.
    """
    values: dict[str, bytes] = {}
    if token is not None:
        values[TIME_STAMP] = token
    try:
        if answers:
            basic = encode.sequence(*(_unwrap_response(answer) for answer in answers))
            values[REVOCATION_VALUES] = encode.sequence(encode.explicit(_OCSP_VALUES, basic))
        return _extend_signed_data(der, values)
    except BusError:
        raise
    except encode.UNREADABLE:
        raise Malformed("eds-malformed", "not a readable CMS SignedData") from None


def _unsigned_value(signed: SignedCms, kind: str) -> TLV | None:
    if signed.unsigned is None:
        return None
    try:
        return _only_value(asn1.read_value(TLV, signed.unsigned), kind)
    except encode.UNREADABLE:
        raise Malformed("eds-malformed", "the unsigned attributes are not readable") from None


def _only_value(attributes: TLV, kind: str) -> TLV | None:
    matches: list[TLV] = []
    for attribute in shapes.read_attributes(attributes, asn1.CONTEXT_1):
        if attribute.kind.dotted_string == kind:
            values = asn1.read_members(attribute.values, asn1.SET, shapes.MOST_ATTRIBUTES)
            matches += [asn1.read_value(TLV, value) for value in values]
    if len(matches) > 1:
        raise Malformed("eds-malformed", "an unsigned attribute is repeated", attribute=kind)
    return matches[0] if matches else None


def _ocsp_values(value: TLV) -> list[bytes]:
    for choice in asn1.read_members(value, asn1.SEQUENCE, 3):
        if choice.startswith(asn1.CONTEXT_1):
            (within,) = asn1.read_members(asn1.read_value(TLV, choice), asn1.CONTEXT_1, 1)
            answers = asn1.read_members(asn1.read_value(TLV, within), asn1.SEQUENCE, _MOST_ANSWERS)
            return [_wrap_response(answer) for answer in answers]
    return []


def _wrap_response(basic: bytes) -> bytes:
    """The OCSPResponse around a BasicOCSPResponse (RFC 6960, 4.2.1)."""
    inner = encode.sequence(encode.oid(_BASIC_RESPONSE), encode.octet_string(basic))
    return encode.sequence(encode.enumerated(_SUCCESSFUL), encode.explicit(0, inner))


def _unwrap_response(response: bytes) -> bytes:
    """The BasicOCSPResponse in an OCSPResponse."""
    answer = asn1.read_value(_OcspResponse, response).answer
    if answer.kind.dotted_string != _BASIC_RESPONSE:
        raise ValueError("an answer of another kind")
    return answer.content


def _only_signer(message: CmsMessage) -> CmsSigner:
    (signer,) = message.read_signers(1)
    return shapes.read_signer(signer)


def _extend_signed_data(der: bytes, values: dict[str, bytes]) -> bytes:
    """Write the attributes; only the lengths around the signer change, and the signed bytes are copied."""
    message = signed_data.read_message(der)
    signer = _only_signer(message)
    present = signer.unsigned
    if present and any(_only_value(present, name) for name in values):
        raise Malformed("eds-malformed", "the signature has these values already")
    existing = shapes.read_attributes(present, asn1.CONTEXT_1) if present else []
    added = [encode.sequence(encode.oid(name), encode.set_of(value)) for name, value in values.items()]
    extended = shapes.encode_signer(signer, [*map(asn1.raw_value, existing), *added])
    return shapes.encode_message(message, [extended])
