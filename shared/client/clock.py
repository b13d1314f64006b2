"""The bus's one clock, as НУЦ keeps it: to look at, and for its operator to change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shared.client.http import HttpClient


class ClockClient(HttpClient):
    """What НУЦ answers is given as it is: ``mode``, ``now``, ``rate``, ``machine``, ``is_sandbox``, ``lines``.

    A change needs the operator's token, and returns when every process of the bus goes by it.
    """

    async def get_clock(self) -> Any:
        """How the clock goes and what it tells."""
        return await self.get("/api/v1/clock")

    async def set_real(self) -> Any:
        """Let the bus go by the machine's time; ApiError ``clock-backwards`` while it is ahead of it."""
        return await self._put_clock({"mode": "real"})

    async def freeze(self, at: datetime | None = None) -> Any:
        """Stop the clock, now or at a moment to come."""
        return await self._put_clock({"mode": "frozen", "at": at and at.isoformat()})

    async def set_rate(self, rate: float) -> Any:
        """Let it go so many seconds in a second."""
        return await self._put_clock({"mode": "rate", "rate": rate})

    async def advance(self, by: timedelta) -> Any:
        """Move it ahead, however it goes."""
        return await self.post("/api/v1/clock/advance", {"by": by.total_seconds()})

    async def _put_clock(self, order: dict[str, Any]) -> Any:
        return (await self.call("PUT", "/api/v1/clock", json=order)).json()
