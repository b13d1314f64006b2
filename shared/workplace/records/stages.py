"""Where a case stands at a workplace."""

from __future__ import annotations

from enum import StrEnum


class CaseStage(StrEnum):
    """Where a case stands here; statuses for citizens come from the passport."""

    RECEIVED = "received"
    IN_WORK = "in-work"
    DECIDED = "decided"
    COMPLETED = "completed"
    WATCHED = "watched"
    """Another system's case, of which this one only shows the status."""
