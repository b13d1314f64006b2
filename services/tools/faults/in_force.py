"""The faults in force, for every report: a figure measured under a fault must say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.tools.faults.rule_words import describe_effect, describe_scope

if TYPE_CHECKING:
    from services.launcher.launch import LaunchContext
    from shared.client.participants import Operators


CLERKS = ":clerks:"
"""In the origin of a rule that is a line of a clerk's scenario: no fault, but how the country is set up."""


async def list_faults(operators: Operators) -> list[str]:
    """A line for each rule in force: the country's, and those of НУЦ's board; none where there is no sandbox."""
    return sorted({*await _list_rules(operators), *await _list_board(operators)})


async def find_faults(launch: LaunchContext) -> list[str]:
    """The lines of `list_faults` for the country of this machine; none where nobody answers, or its operators'
    tokens are not here.
    """
    from services.tools.joining.operators_tokens import act_as_operators
    from shared.bus.errors import BusError

    try:
        faults: list[str] = await act_as_operators(launch, list_faults, regions=())
    except BusError:
        return []
    return faults


async def _list_rules(operators: Operators) -> list[str]:
    from shared.client import ApiError

    try:
        rows: list[dict[str, Any]] = await operators.gateway.list_all("/api/v1/sandbox/faults")
    except ApiError:
        return []
    return [
        f"{describe_scope(row['rule'])}: {describe_effect(row['rule']['effect'])}"
        for row in rows
        if row["is_in_force"] and CLERKS not in row["rule"]["origin"]
    ]


async def _list_board(operators: Operators) -> list[str]:
    """What НУЦ itself plays: a process of its own may have rules that ШЭП does not know."""
    from shared.client import ApiError

    try:
        rows: list[dict[str, Any]] = await operators.nuc.list_all("/api/v1/faults")
    except ApiError:
        return []
    return [f"is_nuc: pki trouble={row['name']}" for row in rows]
