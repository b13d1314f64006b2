"""Whose turn it is, where the clerks are people: the workplace, an employee of the office, a password."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

import httpx

from services.launcher.launch import LaunchContext
from services.tools.demo.story import DemoStory, PersonsTurn
from shared.bus.errors import BusError
from shared.client import ApiError, OperatorClient

EMPLOYEE_PASSWORD = "employee.password"  # noqa: S105 - the name of a file


async def find_turn(
    launch: LaunchContext, story: DemoStory, authority: str, urls: Mapping[str, str]
) -> PersonsTurn | None:
    """The person of the authority who has to act now; None where a system does.

    ``urls`` has the addresses of the instances that run here. Who the employee is, is known where the operator's
    token and the employees' first password lie in the data folder.
    """
    waiting = [node for node in story.list_active() if node.roles and not node.is_automatic]
    if not waiting:
        return None
    node = waiting[0]
    url = urls.get(node.holder)
    if url is None:
        return None
    return await find_employee(launch, node.holder, url, authority, {str(role) for role in node.roles})


async def find_employee(
    launch: LaunchContext, instance: str, url: str, authority: str, roles: Collection[str]
) -> PersonsTurn:
    """An employee of the authority at a workplace, with the first password; only the address where not known."""
    with suppress(BusError, ApiError, httpx.HTTPError, OSError, LookupError):
        async with OperatorClient(url, token=launch.operator_token(instance)) as operator:
            employee = choose_employee(await operator.list_all("/api/v1/employees"), authority, roles)
        password = (launch.data_dir / instance / EMPLOYEE_PASSWORD).read_text(encoding="utf-8").strip()
        return PersonsTurn(f"{url}/", f"{employee['surname']} {employee['name']}", employee["iin"], password)
    return PersonsTurn(f"{url}/", None, None, None)


def choose_employee(employees: list[dict[str, Any]], authority: str, roles: Collection[str]) -> dict[str, Any]:
    """An employee of the office whose role may take the step; LookupError where there is none."""
    fits = (one for one in employees if one["role"] in roles and one["authority"] == authority)
    employee = next(fits, None)
    if employee is None:
        raise LookupError(authority)
    return employee
