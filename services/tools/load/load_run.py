"""One run of a load, from its preparation to its figures."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from services.tools.faults.in_force import list_faults
from services.tools.load.generator import OpenLoop
from services.tools.load.preparation import LoadTarget, LoadWish, OnProgress, prepare_sender
from services.tools.load.results import LoadRecorder
from services.tools.load.watching import DepthWatch, ProcessWatch
from shared.client.http import HttpClient
from shared.client.participants import Operators

PROCESSOR = "Processor time of the processes, % of a processor"
DEPTH = "Messages that wait at the gateway"


async def run_load(
    wish: LoadWish,
    target: LoadTarget,
    operators: Operators,
    tell: OnProgress,
    processes: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Prepare, run and sum up; what is returned is the report as JSON has it."""
    plan, recorder, watch = wish.plan, LoadRecorder(wish.plan.warm_up), ProcessWatch(processes or {})
    whole = int(plan.whole_seconds)

    async def tell_second(second: int) -> None:
        watch.sample(asyncio.get_running_loop().time())
        await depth.sample()
        tell(f"{wish.profile}, {sum(recorder.errors.values())} errors", second, whole)

    faults = await list_faults(operators)
    async with (
        HttpClient(target.gateway_url) as gateway,
        prepare_sender(wish, target, operators, tell) as sender,
    ):
        depth = DepthWatch(gateway)
        await OpenLoop(plan, sender, recorder).run(tell_second)
    return {
        "profile": wish.profile.value,
        "door": wish.door.value,
        "target": target.gateway_url,
        "rate": plan.rate,
        "shape": plan.shape.value,
        "seconds": plan.seconds,
        "warm_up": plan.warm_up,
        "faults": faults,
        "figures": recorder.summarize(),
        "samples": {
            PROCESSOR: watch.draw_rows(),
            DEPTH: depth.samples,
        },
        "thresholds": [],
        "comparison": [],
    }
