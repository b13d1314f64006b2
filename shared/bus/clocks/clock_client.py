"""Follows the bus's clock from another process: polls the keeper often enough to know each segment before the
segment starts.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import httpx

from shared.bus.clocks.clock import BusClock
from shared.bus.clocks.segments import ClockSegment
from shared.bus.errors import BusError, Unavailable
from shared.bus.logs import log

PATH = "/api/v1/clock"
POLL_SECONDS = 0.4
LEAD_SECONDS = 1.5
"""How long before its start a new segment is published: three polls, of which one may be lost."""


async def fetch_segments(http: httpx.AsyncClient, clock: BusClock) -> None:
    """Fetch the unknown segments once; Unavailable ``clock-unavailable``."""
    try:
        answer = await http.get(PATH, params={"after": clock.timeline_version})
        answer.raise_for_status()
        segments = [parse_segment(entry) for entry in answer.json()["lines"]]
    except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
        raise Unavailable("clock-unavailable", f"the keeper of the clock: {error!r}") from None
    clock.add_segments(segments)


async def follow_clock(http: httpx.AsyncClient, clock: BusClock) -> None:
    """Follow the clock for ever; while the keeper is unavailable, the last known segment stays in force."""
    is_away = False
    while True:
        await asyncio.sleep(POLL_SECONDS)
        try:
            await fetch_segments(http, clock)
        except BusError as error:
            if not is_away:
                log("clock.unavailable", code=error.code, error=error.message)
            is_away = True
        else:
            is_away = False


def parse_segment(entry: dict[str, Any]) -> ClockSegment:
    """A segment from the keeper's JSON; KeyError, TypeError or ValueError for an invalid one."""
    since, at = (datetime.fromisoformat(entry[name]) for name in ("since", "told"))
    if since.tzinfo is None or at.tzinfo is None:
        raise ValueError("naive moments")
    return ClockSegment(int(entry["version"]), since, at, float(entry["rate"]))
