"""The input of a step at a workplace."""

from __future__ import annotations

from dataclasses import dataclass

from shared.casework.runner import StepContext
from shared.workplace.records.decisions import Decision
from shared.workplace.records.shelf import HandOverProof
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.records.record_entries import RecordEntry


@dataclass(frozen=True)
class HandOver:
    """The recipient of a result, and the form of the recipient's signature."""

    recipient: str
    proof: HandOverProof = HandOverProof.PAPER
    power_number: str | None = None
    signature: bytes | None = None


@dataclass(frozen=True)
class WorkplaceContext(StepContext):
    """The input of a step, and of the automatic steps that follow at once.

    ``employee`` is the acting person; None while the system acts alone. ``signed_document`` is the employee's own
    CMS over the draft of the document that the step makes, ``receiver`` the office to which the step hands the
    case over. ``words`` are the applicant's where the applicant answers, else the employee's. ``place_id`` is the
    place that is set aside in the step. ``record`` is what the employee fills in for the record of the step,
    ``result`` the code of the act's result that the employee chooses.
    """

    employee: EmployeeRow | None = None
    decision: Decision | None = None
    signed_document: bytes | None = None
    hand_over: HandOver | None = None
    receiver: str | None = None
    words: str | None = None
    place_id: str | None = None
    record: RecordEntry | None = None
    result: str | None = None


BY_ITSELF = WorkplaceContext()
"""The system acts, and no employee."""
