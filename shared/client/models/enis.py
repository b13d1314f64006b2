"""The types of an API, generated from its published OpenAPI document by ``make models``."""

from __future__ import annotations

from typing_extensions import TypedDict

from shared.client.models.common import (
    AuditEntryView as AuditEntryView,
    AuditVerificationView as AuditVerificationView,
    BothClocksView as BothClocksView,
    DeadLetterView as DeadLetterView,
    FindingTexts as FindingTexts,
    HealthView as HealthView,
    ParkedMessageView as ParkedMessageView,
    Problem as Problem,
    ReadinessProblemView as ReadinessProblemView,
    ReadinessView as ReadinessView,
    StuckMessagesView as StuckMessagesView,
    WhereaboutsFindingView as WhereaboutsFindingView,
)


class PowerOfAttorney(TypedDict, closed=True):
    """
    A power of attorney as ЕНИС keeps it.
    """

    number: str
    """
    The number of the power of attorney in the notaries' register.
    """
    principalIin: str
    """
    The ИИН of the person for whom is acted.
    """
    attorneyIin: str
    """
    The ИИН of the person who may act.
    """
    validFrom: str
    """
    Since when it is valid.
    """
    validTo: str
    """
    Until when it is valid.
    """
    isRevoked: bool
    """
    Whether the power of attorney was revoked before its end.
    """
