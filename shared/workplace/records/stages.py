"""The stages of a case at a workplace."""

from __future__ import annotations

from enum import StrEnum


class CaseStage(StrEnum):
    """The stage of a case here; statuses for citizens come from the passport."""

    RECEIVED = "received"
    IN_WORK = "in-work"
    DECIDED = "decided"
    COMPLETED = "completed"
    WATCHED = "watched"
    """Another system's case, of which this system only shows the status."""
