"""What the register discloses."""

from __future__ import annotations

from shared.contracts.registers import Person


def disclosed(person: Person) -> Person:
    """Everything it holds: the acts name no limits, so none are invented (see docs/divergences.md)."""
    return person
