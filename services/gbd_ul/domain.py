"""Organisations: heads and branches, registered and liquidated; and how a request for one ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class RegistrationStatus(StrEnum):
    """Whether an organisation is in the register of the living."""

    REGISTERED = "registered"
    LIQUIDATED = "liquidated"


class RequestResult(StrEnum):
    """``Status/Code`` of an answer."""

    FOUND = "000"
    NOT_FOUND = "001"
    REFUSED = "002"


@dataclass(frozen=True)
class LegalEntity:
    """An organisation as the register keeps it; ``head_bin`` is set for a branch, and names its organisation."""

    bin: str
    name_ru: str
    name_kk: str
    registration: RegistrationStatus
    registered_on: date
    region: str
    leader_iin: str
    leader_name: str
    head_bin: str | None = None


@dataclass(frozen=True)
class OrganisationRequest:
    """A request for the organisation with a БИН, in the name of the organisation ``requestor_bin``."""

    requestor_bin: str
    bin: str


_STALE = frozenset({"eds-expired", "eds-not-yet-valid", "eds-revoked"})


def signature_fault(code: str) -> str:
    """The provider's code of a signature under the request that was refused with ``code``: absent, stale or
    wrong.
    """
    if code == "eds-missing":
        return "SCE017"
    return "SCE015" if code in _STALE else "SCE016"
