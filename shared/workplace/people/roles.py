"""The roles that may take a step: the act's «исполнитель» as one of five roles."""

from __future__ import annotations

from enum import StrEnum

from shared.regulations.process.graph import ProcessNode


class EmployeeRole(StrEnum):
    """The role of an employee, as the acts of 2014 distinguish the provider's people."""

    OFFICE = "office"
    HEAD = "head"
    EXECUTOR = "executor"
    COMMISSION = "commission"
    AKIM = "akim"
    OPERATOR = "operator"


WORDS = (
    ("комисси", EmployeeRole.COMMISSION),
    ("аким", EmployeeRole.AKIM),
    ("канцеляр", EmployeeRole.OFFICE),
    ("руковод", EmployeeRole.HEAD),
)
"""Words of the act and their roles; any other word («исполнитель», «специалист») is the executor."""


def roles_of(node: ProcessNode) -> frozenset[EmployeeRole]:
    """The roles that may take a step; all roles where the act does not distinguish (walks, tables)."""
    if node.origin != "procedure":
        return frozenset(EmployeeRole)
    roles: set[EmployeeRole] = set()
    for actor in _split_actors(node.actor.lower()):
        roles.add(next((role for word, role in WORDS if word in actor), EmployeeRole.EXECUTOR))
    return frozenset(roles)


def _split_actors(text: str) -> list[str]:
    """The alternatives of «A или B», «A и B», «A; B»."""
    for word in (" или ", " и ", ";"):
        text = text.replace(word, "|")
    return [part for part in text.split("|") if part.strip()]
