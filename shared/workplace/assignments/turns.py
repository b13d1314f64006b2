"""The turn of a case: the roles for whose people a step of the case waits at this workplace."""

from __future__ import annotations

from collections.abc import Iterable

from shared.regulations.model import EmployeeRole
from shared.regulations.process.graph import ProcessNode
from shared.workplace.records.case_record import NOBODY, OTHERS
from shared.workplace.records.stages import CaseStage

LONGEST_NAME = 200


def turn_of(stage: str, waiting: Iterable[ProcessNode]) -> str:
    """The turn of a case of this stage in which these steps wait here."""
    if stage == CaseStage.COMPLETED:
        return NOBODY
    if stage == CaseStage.WATCHED:
        return OTHERS
    roles = {role.value for node in waiting if not node.is_automatic for role in node.roles}
    return ",".join(sorted(roles)) or OTHERS


def roles_of_turn(turn: str) -> frozenset[EmployeeRole]:
    """The roles whose turn it is; none for others, and at the end."""
    if turn in (NOBODY, OTHERS):
        return frozenset()
    return frozenset(EmployeeRole(role) for role in turn.split(","))


def spell_name(name: str) -> str:
    """A person's name as it is stored and searched for: in capitals, with single spaces."""
    return " ".join(name.upper().split())[:LONGEST_NAME]
