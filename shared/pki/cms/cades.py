"""What is added beside a signature after it was made: a time-stamp and the answers about revocation.

Both are unsigned attributes of the signer (RFC 5126): signature-time-stamp makes CAdES-BES a CAdES-T,
revocation-values (of CAdES-X-L) carries the OCSP answers. What was signed stays as it is, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.bus.errors import BusError, Malformed
from shared.pki.cms.signed_data import SignedCms
from shared.pki.encoding import ber
from shared.pki.encoding import der as encode
from shared.pki.encoding.ber import BerElement

TIME_STAMP = "1.2.840.113549.1.9.16.2.14"  # id-aa-signatureTimeStampToken
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"  # id-aa-ets-revocationValues

_BASIC_RESPONSE = "1.3.6.1.5.5.7.48.1.1"
_OCSP_VALUES, _SUCCESSFUL = 1, 0
_SIGNATURE_PLACE = 5  # in SignerInfo, when it has signed attributes
_MOST_ATTRIBUTES, _MOST_ANSWERS = 32, 16


def read_time_stamp(signed: SignedCms) -> bytes | None:
    """The time-stamp token over the signature, unproved, or None; Malformed eds-malformed for several."""
    value = _unsigned_value(signed, TIME_STAMP)
    return None if value is None else value.raw


def signature_value(der: bytes) -> bytes:
    """The value of the only signature of a CMS that one has just made oneself: nothing is proved here.

    For a time-stamp over a signature whose content is elsewhere. Malformed eds-malformed.
    """
    try:
        _, within = ber.read_element(der).parts(ber.SEQUENCE, 2, 2)
        *_, signers = within.only_part(ber.CONTEXT_0).parts(ber.SEQUENCE, 4, 6)
        return signers.only_part(ber.SET).parts(ber.SEQUENCE, 5, 7)[_SIGNATURE_PLACE].read_octets()
    except (*encode.UNREADABLE, IndexError):
        raise Malformed("eds-malformed", "not a readable CMS SignedData") from None


def ocsp_answers(signed: SignedCms) -> tuple[bytes, ...]:
    """The OCSP answers that came along, unproved, each as an OCSPResponse."""
    value = _unsigned_value(signed, REVOCATION_VALUES)
    if value is None:
        return ()
    try:
        return tuple(_ocsp_values(value))
    except encode.UNREADABLE:
        raise Malformed("eds-malformed", "the revocation values are not readable") from None


def extend_cms(der: bytes, *, token: bytes | None = None, answers: Sequence[bytes] = ()) -> bytes:
    """The SignedData in `der` with a time-stamp token and OCSP answers (each an OCSPResponse) beside its only
    signature; Malformed eds-malformed when it is not one, or has them already."""
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


def _unsigned_value(signed: SignedCms, kind: str) -> BerElement | None:
    if signed.unsigned is None:
        return None
    try:
        return _only_value(ber.read_element(signed.unsigned), kind)
    except encode.UNREADABLE:
        raise Malformed("eds-malformed", "the unsigned attributes are not readable") from None


def _only_value(attributes: BerElement, kind: str) -> BerElement | None:
    matches: list[BerElement] = []
    for attribute in attributes.parts(ber.CONTEXT_1, 0, _MOST_ATTRIBUTES):
        name, values = attribute.parts(ber.SEQUENCE, 2, 2)
        if name.raw == encode.oid(kind):
            matches += values.parts(ber.SET, 1, _MOST_ATTRIBUTES)
    if len(matches) > 1:
        raise Malformed("eds-malformed", "an unsigned attribute is repeated", attribute=kind)
    return matches[0] if matches else None


def _ocsp_values(value: BerElement) -> list[bytes]:
    for choice in value.parts(ber.SEQUENCE, 0, 3):
        if choice.tag == ber.CONTEXT_1:
            return [
                _wrap_response(element.raw)
                for element in choice.only_part(ber.CONTEXT_1).parts(ber.SEQUENCE, 0, _MOST_ANSWERS)
            ]
    return []


def _wrap_response(basic: bytes) -> bytes:
    """The OCSPResponse around a BasicOCSPResponse (RFC 6960, 4.2.1)."""
    inner = encode.sequence(encode.oid(_BASIC_RESPONSE), encode.octet_string(basic))
    return encode.sequence(encode.enumerated(_SUCCESSFUL), encode.explicit(0, inner))


def _unwrap_response(response: bytes) -> bytes:
    """The BasicOCSPResponse in an OCSPResponse."""
    _, inner = ber.read_element(response).parts(ber.SEQUENCE, 2, 2)
    kind, content = inner.only_part(ber.CONTEXT_0).parts(ber.SEQUENCE, 2, 2)
    if kind.raw != encode.oid(_BASIC_RESPONSE):
        raise ValueError("an answer of another kind")
    return content.read_octets()


def _extend_signed_data(der: bytes, values: dict[str, bytes]) -> bytes:
    """Only the lengths around the signer are written anew; what was there is carried over as it came."""
    kind, within = ber.read_element(der).parts(ber.SEQUENCE, 2, 2)
    *before, signers = within.only_part(ber.CONTEXT_0).parts(ber.SEQUENCE, 4, 6)
    parts = signers.only_part(ber.SET).parts(ber.SEQUENCE, 5, 7)
    present = parts.pop() if parts[-1].tag == ber.CONTEXT_1 else None
    if present and any(_only_value(present, name) for name in values):
        raise Malformed("eds-malformed", "the signature has these values already")
    added = [encode.sequence(encode.oid(name), encode.set_of(value)) for name, value in values.items()]
    existing = [attribute.raw for attribute in present.parts(ber.CONTEXT_1)] if present else []
    signer = encode.sequence(*(part.raw for part in parts), encode.explicit(1, b"".join(sorted(existing + added))))
    signed = encode.sequence(*(part.raw for part in before), encode.set_of(signer))
    return encode.sequence(kind.raw, encode.context_zero(signed))
