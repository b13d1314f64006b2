"""A running country goes back to a snapshot, and the command waits until it is there."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from services.launcher.launch import LaunchContext
from services.tools.operators_calls import operators_call
from shared.bus.errors import Unavailable

PATH = "/api/v1/sandbox/reset"
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 60.0


async def go_back(launch: LaunchContext, name: str) -> dict[str, Any]:
    """Have ШЭП ask for it and wait until the country is back: ``snapshot``, ``generation``, ``seconds``.

    The errors of ШЭП; Unavailable ``gateway-unavailable``, ``country-not-ready``.
    """
    from shared.client import OperatorClient

    url, began = launch.instance_url("shep_gateway"), time.monotonic()
    async with OperatorClient(url, token=launch.operator_token("shep_gateway")) as gateway:
        with operators_call("gateway-unavailable", url):
            answer: dict[str, Any] = await gateway.post(PATH, {"snapshot": name})
        while await _read_generation(gateway) < answer["generation"]:
            if time.monotonic() > began + PATIENCE_SECONDS:
                facts = {"seconds": f"{PATIENCE_SECONDS:.0f}", "systems": "shep_gateway", "log": "egov-bus logs"}
                raise Unavailable("country-not-ready", "not back in time", **facts)
            await asyncio.sleep(LOOK_SECONDS)
    return {**answer, "seconds": round(time.monotonic() - began, 3)}


async def _read_generation(gateway: Any) -> int:
    """The country's generation; -1 while nobody answers, as between two starts."""
    import httpx

    from shared.client import ApiError

    try:
        return int((await gateway.get(PATH))["generation"])
    except (httpx.HTTPError, ApiError):
        return -1
