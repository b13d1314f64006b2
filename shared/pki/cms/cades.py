"""What is added beside a signature after it was made: a time-stamp and the answers about revocation.

Both are unsigned attributes of the signer (RFC 5126): signature-time-stamp makes CAdES-BES a CAdES-T,
revocation-values (of CAdES-X-L) carries the OCSP answers. What was signed stays as it is, byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence

from shared.bus.errors import BusError, Malformed
from shared.pki.cms.signed_data import Signed
from shared.pki.encoding import ber
from shared.pki.encoding import der as encode
from shared.pki.encoding.ber import Element

TIME_STAMP = "1.2.840.113549.1.9.16.2.14"  # id-aa-signatureTimeStampToken
REVOCATION_VALUES = "1.2.840.113549.1.9.16.2.24"  # id-aa-ets-revocationValues

_BASIC_RESPONSE = "1.3.6.1.5.5.7.48.1.1"
_OCSP_VALUES, _SUCCESSFUL = 1, 0
_SIGNATURE_PLACE = 5  # in SignerInfo, when it has signed attributes
_MOST_ATTRIBUTES, _MOST_ANSWERS = 32, 16


def time_stamp(signed: Signed) -> bytes | None:
    """The time-stamp token over the signature, unproved, or None; Malformed eds-malformed for several."""
    value = _value(signed, TIME_STAMP)
    return None if value is None else value.whole


def signature(der: bytes) -> bytes:
    """The value of the only signature of a CMS that one has just made oneself: nothing is proved here.

    For a time-stamp over a signature whose content is elsewhere. Malformed eds-malformed.
    """
    try:
        _, within = ber.read(der).parts(ber.SEQUENCE, 2, 2)
        *_, signers = within.only(ber.CONTEXT_0).parts(ber.SEQUENCE, 4, 6)
        return signers.only(ber.SET).parts(ber.SEQUENCE, 5, 7)[_SIGNATURE_PLACE].octets()
    except (*encode.UNREADABLE, IndexError):
        raise Malformed("eds-malformed", "not a readable CMS SignedData") from None


def answers(signed: Signed) -> tuple[bytes, ...]:
    """The OCSP answers that came along, unproved, each as an OCSPResponse."""
    value = _value(signed, REVOCATION_VALUES)
    if value is None:
        return ()
    try:
        return tuple(_ocsp_values(value))
    except encode.UNREADABLE:
        raise Malformed("eds-malformed", "the revocation values are not readable") from None


def extended(der: bytes, *, token: bytes | None = None, answers: Sequence[bytes] = ()) -> bytes:
    """The SignedData in `der` with a time-stamp token and OCSP answers (each an OCSPResponse) beside its only
    signature; Malformed eds-malformed when it is not one, or has them already."""
    values: dict[str, bytes] = {}
    if token is not None:
        values[TIME_STAMP] = token
    try:
        if answers:
            basic = encode.sequence(*(_basic(answer) for answer in answers))
            values[REVOCATION_VALUES] = encode.sequence(encode.explicit(_OCSP_VALUES, basic))
        return _extended(der, values)
    except BusError:
        raise
    except encode.UNREADABLE:
        raise Malformed("eds-malformed", "not a readable CMS SignedData") from None


def _value(signed: Signed, kind: str) -> Element | None:
    if signed.unsigned is None:
        return None
    try:
        return _only_value(ber.read(signed.unsigned), kind)
    except encode.UNREADABLE:
        raise Malformed("eds-malformed", "the unsigned attributes are not readable") from None


def _only_value(attributes: Element, kind: str) -> Element | None:
    found: list[Element] = []
    for attribute in attributes.parts(ber.CONTEXT_1, 0, _MOST_ATTRIBUTES):
        name, values = attribute.parts(ber.SEQUENCE, 2, 2)
        if name.whole == encode.oid(kind):
            found += values.parts(ber.SET, 1, _MOST_ATTRIBUTES)
    if len(found) > 1:
        raise Malformed("eds-malformed", "an unsigned attribute is repeated", attribute=kind)
    return found[0] if found else None


def _ocsp_values(value: Element) -> list[bytes]:
    for choice in value.parts(ber.SEQUENCE, 0, 3):
        if choice.tag == ber.CONTEXT_1:
            return [
                _response(each.whole) for each in choice.only(ber.CONTEXT_1).parts(ber.SEQUENCE, 0, _MOST_ANSWERS)
            ]
    return []


def _response(basic: bytes) -> bytes:
    """The OCSPResponse around a BasicOCSPResponse (RFC 6960, 4.2.1)."""
    inner = encode.sequence(encode.oid(_BASIC_RESPONSE), encode.octets(basic))
    return encode.sequence(encode.enumerated(_SUCCESSFUL), encode.explicit(0, inner))


def _basic(response: bytes) -> bytes:
    """The BasicOCSPResponse in an OCSPResponse."""
    _, inner = ber.read(response).parts(ber.SEQUENCE, 2, 2)
    kind, content = inner.only(ber.CONTEXT_0).parts(ber.SEQUENCE, 2, 2)
    if kind.whole != encode.oid(_BASIC_RESPONSE):
        raise ValueError("an answer of another kind")
    return content.octets()


def _extended(der: bytes, values: dict[str, bytes]) -> bytes:
    """Only the lengths around the signer are written anew; what was there is carried over as it came."""
    kind, within = ber.read(der).parts(ber.SEQUENCE, 2, 2)
    *before, signers = within.only(ber.CONTEXT_0).parts(ber.SEQUENCE, 4, 6)
    parts = signers.only(ber.SET).parts(ber.SEQUENCE, 5, 7)
    present = parts.pop() if parts[-1].tag == ber.CONTEXT_1 else None
    if present and any(_only_value(present, name) for name in values):
        raise Malformed("eds-malformed", "the signature has these values already")
    added = [encode.sequence(encode.oid(name), encode.set_of(value)) for name, value in values.items()]
    kept = [each.whole for each in present.parts(ber.CONTEXT_1)] if present else []
    signer = encode.sequence(*(each.whole for each in parts), encode.explicit(1, b"".join(sorted(kept + added))))
    signed = encode.sequence(*(each.whole for each in before), encode.set_of(signer))
    return encode.sequence(kind.whole, encode.tagged(signed))
