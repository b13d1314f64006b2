"""The audit trail over HTTP, for the operator."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from shared.bus.audit.audit_trail import ActOutcome, verify_trail
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.persistence.list_pages import ListOrder, ListPage

router = APIRouter(prefix="/api/v1/audit", tags=["audit"], dependencies=[OperatorOnly])

MOST_NUMBER = 2**31 - 1


class AuditEntryView(BaseModel):
    """One administrative act: its operator, the action, the target, the moment, and the outcome."""

    n: int
    at: datetime
    bus_at: datetime
    actor: Literal["operator", "stranger"]
    client: str | None
    operation: str
    method: str
    path: str
    target: dict[str, str]
    outcome: ActOutcome
    status: int
    code: str | None
    request_id: str
    skipped: int
    hash: str


class AuditVerificationView(BaseModel):
    """The result of verifying the hash chain of the trail."""

    entries: int
    is_whole: bool
    first_broken: int | None


@router.get("")
async def list_audit_entries(
    runtime: ServiceRuntime,
    pager: Paging,
    operation: str | None = None,
    outcome: ActOutcome | None = None,
    before: Annotated[int, Query(ge=1, le=MOST_NUMBER)] = MOST_NUMBER,
) -> list[AuditEntryView]:
    """The administrative acts, the newest first; ``before`` the entry with this number; ``cursor-malformed``."""

    def select_entries(session: Session) -> ListPage[AuditEntryView]:
        table = runtime.tables.audit
        query = select(table).where(table.c.n > 0, table.c.n < before)
        if operation is not None:
            query = query.where(table.c.operation == operation)
        if outcome is not None:
            query = query.where(table.c.outcome == outcome)
        page = ListOrder((table.c.n,)).read_page(query, pager.place, lambda query: session.execute(query).all())
        return page.convert_rows(_show_entry)

    return pager.link_page(await runtime.read(select_entries))


def _show_entry(row: Any) -> AuditEntryView:
    return AuditEntryView.model_validate({**row._mapping, "target": json.loads(row.target)})


@router.get("/verification")
async def verify_audit_trail(runtime: ServiceRuntime) -> AuditVerificationView:
    """Verify the hash chain of the whole trail; ``first_broken`` is the number of the first altered entry.

    The chain does not show that the last entries are gone: compare ``hash`` with the log (``audit.act``).
    """
    count, broken = await runtime.read(lambda session: verify_trail(session, runtime.tables.audit))
    return AuditVerificationView(entries=count, is_whole=broken is None, first_broken=broken)
