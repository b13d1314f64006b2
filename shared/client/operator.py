"""The operator of a system: the API behind the operator's token."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from shared.client.http import HttpClient

if TYPE_CHECKING:
    from shared.client.models import shep_gateway


class OperatorClient(HttpClient):
    """Administrative calls; the token is the file ``operator.token`` in the instance's data directory."""

    @classmethod
    def of_instance(cls, url: str, data_dir: Path, instance: str) -> Self:
        """The operator of an instance whose data directory is on this machine."""
        return cls(url, token=(data_dir / instance / "operator.token").read_text())

    async def list_steps(self, case_id: str) -> list[shep_gateway.StepDone]:
        """The steps of a case as this system knows them."""
        view: list[shep_gateway.StepDone] = await self.get(f"/api/v1/cases/{case_id}/steps")
        return view

    async def list_journal(self, **filters: Any) -> list[shep_gateway.JournalEntryView]:
        view: list[shep_gateway.JournalEntryView] = await self.get("/api/v1/journal", **filters)
        return view

    async def list_deliveries(self, **filters: Any) -> list[shep_gateway.DeliveryView]:
        view: list[shep_gateway.DeliveryView] = await self.get("/api/v1/deliveries", **filters)
        return view

    async def list_audit_entries(self, **filters: Any) -> list[shep_gateway.AuditEntryView]:
        """The administrative acts at this system, the newest first."""
        view: list[shep_gateway.AuditEntryView] = await self.get("/api/v1/audit", **filters)
        return view
