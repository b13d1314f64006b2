"""The depth of a load's report: what waits at a system, by its own gauges."""

from __future__ import annotations

import httpx

from services.tools.load.watching import DepthWatch, sum_depth
from shared.client.http import HttpClient

METRICS = """\
# HELP egov_messages_parked Messages that wait for another
# TYPE egov_messages_parked gauge
egov_messages_parked 3
egov_messages_unconfirmed 12.0
egov_batch_backlog{instance="shep_gateway"} 5
egov_ready 1
egov_messages_parked_ever 900
"""


def test_depth_sums_what_waits_and_nothing_else() -> None:
    assert sum_depth(METRICS) == 20
    assert sum_depth("") == 0


async def test_depth_is_sampled_while_the_gateway_tells_it() -> None:
    answers = iter((httpx.Response(200, text=METRICS), httpx.Response(503), httpx.Response(200, text="")))
    transport = httpx.MockTransport(lambda request: next(answers))
    async with HttpClient("http://gateway.test", transport=transport) as gateway:
        watch = DepthWatch(gateway)
        for _ in range(3):
            await watch.sample()
    assert watch.samples == [{"value": 20.0}, {"value": 0}]
