"""The operator of any system: what is behind the operator's token."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from shared.client.http import Http


class Operator(Http):
    """Administrative calls; the token lies in the instance's folder of the data directory."""

    @classmethod
    def of(cls, url: str, data_dir: Path, instance: str) -> Self:
        """The operator of an instance whose data directory is at hand."""
        return cls(url, token=(data_dir / instance / "operator.token").read_text())

    async def steps(self, correlation_id: str) -> Any:
        """The steps of a case as this system knows them."""
        return await self.get(f"/api/v1/cases/{correlation_id}/steps")

    async def journal(self, **wanted: Any) -> Any:
        return await self.get("/api/v1/journal", **wanted)

    async def deliveries(self, **wanted: Any) -> Any:
        return await self.get("/api/v1/deliveries", **wanted)
