"""After the demo's case the stranger may decide: the authorities' employees who decide are people from then on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.launcher.country import Deployment
from services.tools.demo import suggestions

WORKPLACE = "is_mio"
PLAYED_ROLES = ("employee", "executor", "resp-specialist")
"""The roles that take an application and decide; the office and the head go on by themselves."""
RULES: list[dict[str, Any]] = [{"policy": "instant", "played_roles": list(PLAYED_ROLES)}]


def may_hand_over(environment: Mapping[str, str]) -> bool:
    """Whether the demo chose the clerks: a person who sets their policy keeps it."""
    return not any(environment.get(name) for name in ("EGOV_CLERKS", "EGOV_CLERKS_FILE", "EGOV_PLAYED_ROLES"))


async def take_back(deployment: Deployment) -> None:
    """Let clerks decide again, where an earlier demo in the same folder left the decisions to people."""
    await _replace_rules(deployment, RULES, [])


async def hand_over(deployment: Deployment) -> None:
    """Leave decisions to people, unless the operator has written rules."""
    await _replace_rules(deployment, [], RULES)


async def _replace_rules(deployment: Deployment, present: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    async with suggestions.operator_of(deployment, WORKPLACE) as operator:
        rules = (await operator.get("/api/v1/clerks"))["rules"]
        if _compare_form(rules) == _compare_form(present):
            await operator.call("PUT", "/api/v1/clerks", json={"rules": new})


def _compare_form(rules: list[dict[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    """Policy and played roles; what names a service or a region is another's rule and equals nothing here."""
    return [
        (
            rule["policy"] + str(rule.get("service") or rule.get("region") or ""),
            tuple(sorted(rule.get("played_roles", ()))),
        )
        for rule in rules
    ]
