"""The bus's clock, which НУЦ keeps: reading it, and changing it as the operator of НУЦ."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from shared.client.http import HttpClient


class ClockClient(HttpClient):
    """The clock API of НУЦ. Answers are returned as they are: ``mode``, ``now``, ``rate``, ``machine``,
    ``is_sandbox``, ``lines``.

    A change needs the token of НУЦ's operator, and returns once every process of the bus follows the new time.
    """

    async def get_clock(self) -> Any:
        """The mode and the current time of the clock."""
        return await self.get("/api/v1/clock")

    async def set_real(self) -> Any:
        """Switch the bus to the machine's time; ApiError ``clock-backwards`` while the bus is ahead of it."""
        return await self._put_clock({"mode": "real"})

    async def freeze(self, at: datetime | None = None) -> Any:
        """Stop the clock, now or at a future moment ``at``."""
        return await self._put_clock({"mode": "frozen", "at": at and at.isoformat()})

    async def set_rate(self, rate: float) -> Any:
        """Let the clock run ``rate`` seconds per second."""
        return await self._put_clock({"mode": "rate", "rate": rate})

    async def advance(self, by: timedelta) -> Any:
        """Move the clock ahead by ``by``, in every mode."""
        return await self.post("/api/v1/clock/advance", {"by": by.total_seconds()})

    async def _put_clock(self, order: dict[str, Any]) -> Any:
        return (await self.call("PUT", "/api/v1/clock", json=order)).json()
