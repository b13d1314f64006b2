"""An employee at the workplace of ИС МИО."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from shared.client.http import HttpClient

if TYPE_CHECKING:
    from shared.client.models import is_mio


class WorkplaceClient(HttpClient):
    """The workplace's API, one method for each call; a case is given by its number or its id."""

    async def log_in(self, iin: str, password: str) -> None:
        """Log in; later calls use the session's token."""
        answer = await self.post("/api/v1/login", {"iin": iin, "password": password})
        self.set_token(answer["token"])

    async def list_cases(self, stage: str | None = None) -> list[is_mio.WorkplaceCaseView]:
        view: list[is_mio.WorkplaceCaseView] = await self.get("/api/v1/cases", stage=stage)
        return view

    async def get_case(self, case_id: str) -> is_mio.WorkplaceCaseView:
        view: is_mio.WorkplaceCaseView = await self.get(f"/api/v1/cases/{case_id}")
        return view

    async def accept_case(self, case_id: str) -> is_mio.WorkplaceCaseView:
        view: is_mio.WorkplaceCaseView = await self.post(f"/api/v1/cases/{case_id}/accept")
        return view

    async def decide_case(
        self, case_id: str, outcome: str, reason: str | None = None, reason_kk: str | None = None
    ) -> is_mio.WorkplaceCaseView:
        body = {"outcome": outcome, "reason": reason, "reason_kk": reason_kk}
        view: is_mio.WorkplaceCaseView = await self.post(f"/api/v1/cases/{case_id}/decision", body)
        return view

    async def get_draft(self, case_id: str) -> bytes:
        return (await self.call("GET", f"/api/v1/cases/{case_id}/draft")).content

    async def sign_decision(self, case_id: str, cms: bytes | None = None) -> is_mio.WorkplaceCaseView:
        """Sign the decision with the employee's key at the workplace, or with ``cms``, a signature of one's own
        over the draft.
        """
        body = {"cms": b64encode(cms).decode()} if cms else {}
        view: is_mio.WorkplaceCaseView = await self.post(f"/api/v1/cases/{case_id}/signature", body)
        return view

    async def resend_result(self, case_id: str, cms: bytes | None = None) -> is_mio.WorkplaceCaseView:
        """Sign a refused result anew, as ``sign_decision`` does, and send it again."""
        body = {"cms": b64encode(cms).decode()} if cms else {}
        view: is_mio.WorkplaceCaseView = await self.post(f"/api/v1/cases/{case_id}/resend", body)
        return view
