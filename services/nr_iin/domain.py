"""The rules of disclosure."""

from __future__ import annotations

from shared.contracts.registers import PersonRecord


def disclose_person(person: PersonRecord) -> PersonRecord:
    """The whole record: the acts name no limits of disclosure (docs/reference/divergences.md)."""
    return person
