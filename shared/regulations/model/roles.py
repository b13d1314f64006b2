"""The people whom the acts name, and the offices at which they work."""

from __future__ import annotations

from enum import StrEnum


class EmployeeRole(StrEnum):
    """The kinds of people whom the acts name; ``performers.yaml`` has the act's words of each."""

    OFFICE = "office"
    SPECIALIST = "specialist"
    HEAD = "head"
    DEPUTY = "deputy"
    EXECUTOR = "executor"
    RESPONSIBLE_SPECIALIST = "resp-specialist"
    COMMISSION = "commission"
    EMPLOYEE = "employee"
    AKIM = "akim"
    AKIM_SPECIALIST = "akim-specialist"
    OPERATOR = "operator"
    INSPECTOR = "inspector"
    CENTRE_WORKER = "centre-worker"
    STORAGE_WORKER = "storage-worker"
    HAND_OUT_WORKER = "hand-out-worker"


class OfficeKind(StrEnum):
    """The kinds of offices: the provider's department, the office of an аким, a service centre (ЦОН)."""

    DEPARTMENT = "department"
    AKIM = "akim"
    CENTRE = "centre"


CENTRE_ROLES = frozenset(
    {
        EmployeeRole.OPERATOR,
        EmployeeRole.INSPECTOR,
        EmployeeRole.CENTRE_WORKER,
        EmployeeRole.STORAGE_WORKER,
        EmployeeRole.HAND_OUT_WORKER,
    }
)
"""The people of a service centre; all other people are of a department or of an аким's office."""
