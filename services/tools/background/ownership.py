"""Whether what answers at the ports of a country is that country, and no other one and no other program."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING

from services.launcher.launch import LaunchContext
from services.tools.background.states import SystemState, SystemStatus
from shared.bus.errors import NotFound, Unavailable

if TYPE_CHECKING:
    import httpx

FOREIGN = frozenset({400, 401, 403, 404, 405, 421})
"""The statuses with which a system does not answer its own operator."""


async def check_ownership(launch: LaunchContext, states: Iterable[SystemStatus]) -> bool:
    """Whether every ready system has taken the operator's token of this data folder; False while a token is still
    to be written, or a system is too busy to answer.

    Unavailable ``port-taken`` for a system that refuses the token of its folder.
    """
    import httpx

    from shared.bus.http.tls import server_check

    ready = [status for status in states if status.state is SystemState.READY]
    check = server_check(next((status.url for status in ready), ""))
    async with httpx.AsyncClient(timeout=5, verify=check, trust_env=False) as http:
        return all(await asyncio.gather(*(_is_own(http, launch, status) for status in ready)))


async def _is_own(http: httpx.AsyncClient, launch: LaunchContext, status: SystemStatus) -> bool:
    import httpx

    try:
        headers = {"Authorization": f"Bearer {launch.operator_token(status.name).strip()}"}
        answer = await http.get(f"{status.url}/api/v1/audit", params={"limit": 1}, headers=headers)
    except (NotFound, httpx.HTTPError):
        return False
    if answer.status_code in FOREIGN:
        facts = {"name": status.name, "port": status.url.rpartition(":")[2]}
        raise Unavailable("port-taken", f"{status.name}: another country answers at {status.url}", **facts)
    return answer.is_success
