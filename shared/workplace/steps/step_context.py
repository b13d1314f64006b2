"""Who takes a step at a workplace, and with what."""

from __future__ import annotations

from dataclasses import dataclass

from shared.casework.runner import StepContext
from shared.workplace.records.decisions import Decision
from shared.workplace.records.shelf import HandOverProof
from shared.workplace.records.storage import EmployeeRow


@dataclass(frozen=True)
class HandOver:
    """To whom a result is handed, and how that person signs for it."""

    recipient: str
    proof: HandOverProof = HandOverProof.PAPER
    power_number: str | None = None
    signature: bytes | None = None


@dataclass(frozen=True)
class WorkplaceContext(StepContext):
    """What a step is taken with, and the automatic steps that follow it at once.

    ``employee`` is the person who acts, None while the system acts by itself. ``signed_document`` is the
    employee's own CMS over the draft of the output document.
    """

    employee: EmployeeRow | None = None
    decision: Decision | None = None
    signed_document: bytes | None = None
    hand_over: HandOver | None = None


BY_ITSELF = WorkplaceContext()
"""The system acts, and no employee."""
