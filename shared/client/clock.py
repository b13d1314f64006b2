"""The bus's clock, which НУЦ keeps: reading it, and changing it as the operator of НУЦ."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from shared.client.http import HttpClient

if TYPE_CHECKING:
    from shared.client.models import is_nuc


class ClockClient(HttpClient):
    """The clock API of НУЦ. Answers are returned as they are: ``mode``, ``now``, ``rate``, ``machine``,
    ``is_sandbox``, ``lines``.

    A change needs the token of НУЦ's operator, and returns once every process of the bus follows the new time.
    """

    async def get_clock(self) -> is_nuc.ClockStateView:
        """The mode and the current time of the clock."""
        view: is_nuc.ClockStateView = await self.get("/api/v1/clock")
        return view

    async def set_real(self) -> is_nuc.ClockStateView:
        """Switch the bus to the machine's time; ApiError ``clock-backwards`` while the bus is ahead of it."""
        view: is_nuc.ClockStateView = await self._put_clock({"mode": "real"})
        return view

    async def freeze(self, at: datetime | None = None) -> is_nuc.ClockStateView:
        """Stop the clock, now or at a future moment ``at``."""
        view: is_nuc.ClockStateView = await self._put_clock({"mode": "frozen", "at": at and at.isoformat()})
        return view

    async def set_rate(self, rate: float) -> is_nuc.ClockStateView:
        """Let the clock run ``rate`` seconds per second."""
        view: is_nuc.ClockStateView = await self._put_clock({"mode": "rate", "rate": rate})
        return view

    async def advance(self, by: timedelta) -> Any:
        """Move the clock ahead by ``by``, in every mode."""
        return await self.post("/api/v1/clock/advance", {"by": by.total_seconds()})

    async def _put_clock(self, order: dict[str, Any]) -> Any:
        return (await self.call("PUT", "/api/v1/clock", json=order)).json()
