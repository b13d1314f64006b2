"""The audit trail over HTTP, for the operator."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session

from shared.bus.audit.audit_trail import ActOutcome, verify_trail
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime

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
    operation: str | None = None,
    outcome: ActOutcome | None = None,
    before: Annotated[int, Query(ge=1, le=MOST_NUMBER)] = MOST_NUMBER,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[AuditEntryView]:
    """The latest administrative acts, the newest first; ``before`` the entry with this number."""

    def select_entries(session: Session) -> list[AuditEntryView]:
        table = runtime.tables.audit
        query = select(table).where(table.c.n > 0, table.c.n < before).order_by(table.c.n.desc()).limit(limit)
        if operation is not None:
            query = query.where(table.c.operation == operation)
        if outcome is not None:
            query = query.where(table.c.outcome == outcome)
        rows = session.execute(query).mappings()
        return [AuditEntryView.model_validate({**row, "target": json.loads(row["target"])}) for row in rows]

    return await runtime.read(select_entries)


@router.get("/verification")
async def verify_audit_trail(runtime: ServiceRuntime) -> AuditVerificationView:
    """Verify the hash chain of the whole trail; ``first_broken`` is the number of the first altered entry.

    The chain does not show that the last entries are gone: compare ``hash`` with the log (``audit.act``).
    """
    count, broken = await runtime.read(lambda session: verify_trail(session, runtime.tables.audit))
    return AuditVerificationView(entries=count, is_whole=broken is None, first_broken=broken)
