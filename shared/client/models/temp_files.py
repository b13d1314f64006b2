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


class TempFileView(TypedDict):
    """
    A file of the storage; its id is a secret between its sender and its receivers, and is not told.
    """

    n: int
    """
    The number of the file in the storage.
    """
    uploaded_by: str
    """
    The address of the system that brought the file.
    """
    name: str
    """
    The name of the file, as its sender named it.
    """
    mime: str
    """
    The type of the content (MIME), as its sender named it; empty where the sender did not.
    """
    size: int
    """
    The number of bytes of the file.
    """
    uploaded_at: str
    """
    When the storage took the file, by the bus's clock.
    """
    expires_at: str
    """
    When the storage deletes the file.
    """
