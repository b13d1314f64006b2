"""An employee at the workplace of ИС МИО."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from shared.client.http import Http


class Workplace(Http):
    """The workplace's API, call by call; a case is named by its number or its id."""

    async def log_in(self, iin: str, password: str) -> None:
        """Log in and stay so."""
        answer = await self.post("/api/v1/login", {"iin": iin, "password": password})
        self.token(answer["token"])

    async def cases(self, stage: str | None = None) -> Any:
        return await self.get("/api/v1/cases", stage=stage)

    async def case(self, case: str) -> Any:
        return await self.get(f"/api/v1/cases/{case}")

    async def accept(self, case: str) -> Any:
        return await self.post(f"/api/v1/cases/{case}/accept")

    async def decide(
        self, case: str, outcome: str, reason: str | None = None, reason_kk: str | None = None
    ) -> Any:
        body = {"outcome": outcome, "reason": reason, "reason_kk": reason_kk}
        return await self.post(f"/api/v1/cases/{case}/decision", body)

    async def draft(self, case: str) -> bytes:
        return (await self.call("GET", f"/api/v1/cases/{case}/draft")).content

    async def sign(self, case: str, cms: bytes | None = None) -> Any:
        """Sign with the workplace's key, or give a CMS of one's own over the draft."""
        body = {"cms": b64encode(cms).decode()} if cms else {}
        return await self.post(f"/api/v1/cases/{case}/signature", body)
