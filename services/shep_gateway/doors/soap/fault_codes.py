"""The error codes of the SOAP door, for the stable codes of the bus.

``SCE…`` are the codes that one real participant publishes; where the bus refuses for a reason that its list does
not have, the code is ours (docs/reference/divergences.md).
"""

from __future__ import annotations

from shared.bus.errors import BusError, Internal, Malformed, Unavailable, Untrusted

BAD_FORMAT, NO_SERVICE = "SCE001", "SCE004"
SIGNATURE_STALE, SIGNATURE_WRONG, SIGNATURE_ABSENT = "SCE005", "SCE006", "SCE007"
REFUSED, TRY_LATER, INTERNAL = "SCE008", "SCE900", "SCE909"

_BY_CODE = {
    "eds-missing": SIGNATURE_ABSENT,
    "sender-certificate-expired": SIGNATURE_STALE,
    "service-unknown": NO_SERVICE,
    "service-not-in-region": NO_SERVICE,
}


def channel_code(error: BusError) -> str:
    """The ``errorCode`` of a fault for an error of the bus."""
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, Untrusted) or error.code.startswith("eds-"):
        return SIGNATURE_WRONG
    if isinstance(error, Malformed):
        return BAD_FORMAT
    if isinstance(error, Unavailable):
        return TRY_LATER
    return INTERNAL if isinstance(error, Internal) else REFUSED
