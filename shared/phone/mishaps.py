"""What can go wrong with a phone and its person, played on purpose."""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType


class PhoneMishap(StrEnum):
    """A mishap of one scan; ``NONE`` plays a person who signs at once."""

    NONE = "none"
    DOMAIN_NOT_ALLOWED = "domain-not-allowed"
    """The server's domain is not on the app's list."""
    EXPIRED = "expired"
    """The person scans when the term of the link is over by the phone's clock."""
    SCANNED_TWICE = "scanned-twice"
    """The same link is scanned again after the signature: the server must not give the documents once more."""
    WRONG_PERSON = "wrong-person"
    """Another person signs: the server must refuse, where it knows whose signature it waits for."""
    DECLINED = "declined"
    """The person declines: nothing is sent."""
    SIGNATURE_SPOILED = "signature-spoiled"
    """The signatures do not hold: the server must answer 403."""
    PUT_REPEATED = "put-repeated"
    """The connection seemed lost: the same PUT comes twice."""
    SLOW = "slow"
    """The person reads long, and the signed documents come in small pieces."""
    KILLED = "killed"
    """The app is killed after the signature and before the PUT: nothing is sent."""

    @property
    def ends_at(self) -> str | None:
        """The step at which this mishap must end a scan; None where the scan ends well."""
        return _ENDS.get(self)


_ENDS = MappingProxyType(
    {
        PhoneMishap.DOMAIN_NOT_ALLOWED: "5-1",
        PhoneMishap.EXPIRED: "5-1",
        PhoneMishap.WRONG_PERSON: "8",
        PhoneMishap.DECLINED: "6",
        PhoneMishap.SIGNATURE_SPOILED: "8",
        PhoneMishap.KILLED: "7",
    }
)
