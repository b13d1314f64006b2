"""What the register discloses."""

from __future__ import annotations

from shared.contracts.registers import PersonRecord


def disclose_person(person: PersonRecord) -> PersonRecord:
    """Everything it holds: the acts name no limits, so none are invented (see docs/reference/divergences.md)."""
    return person
