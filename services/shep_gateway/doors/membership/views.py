"""The participants as the operator sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel
from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.doors.participants import ParticipantRow
from services.shep_gateway.storage import MemberRow, OwnQueueRow, TenantMemberRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import WholePaging
from shared.bus.http.problems import declare_errors
from shared.bus.persistence.list_pages import ListOrder, select_rows

router = APIRouter(prefix="/api/v1/participants", tags=["doors"], dependencies=[OperatorOnly])

BY_ADDRESS = ListOrder((col(ParticipantRow.address),), is_ascending=True)


class ParticipantView(BaseModel):
    """A participant of the doors, and how its messages come to it."""

    address: str
    title: str
    bin: str | None
    oid: str | None
    is_strict: bool
    has_queue: bool
    is_regional: bool
    tenant: str | None
    joined_at: datetime


@router.get("")
async def list_participants(
    runtime: ServiceRuntime, pager: WholePaging, tenant: str | None = None
) -> list[ParticipantView]:
    """The participants, or those of one tenant, ordered by address; ``cursor-malformed``."""
    query = select(ParticipantRow)
    if tenant is not None:
        own = select(col(TenantMemberRow.participant)).where(col(TenantMemberRow.tenant) == tenant)
        query = query.where(col(ParticipantRow.address).in_(own))

    def read_page(session: Session) -> list[ParticipantView]:
        page = BY_ADDRESS.read_page(query, pager.place, select_rows(session))
        return pager.link_page(page.convert_rows(lambda row: _view_participant(session, row)))

    return await runtime.read(read_page)


@router.get("/{address}", responses=declare_errors(not_found="participant-unknown"))
async def get_participant(
    address: Annotated[str, Path(max_length=100)], runtime: ServiceRuntime
) -> ParticipantView:
    """One participant; ``participant-unknown``."""

    def read_participant(session: Session) -> ParticipantView:
        row = session.get(ParticipantRow, address)
        if row is None:
            raise NotFound("participant-unknown", "this system comes through no door", address=address)
        return _view_participant(session, row)

    return await runtime.read(read_participant)


def _view_participant(session: Session, row: ParticipantRow) -> ParticipantView:
    member, tenant = session.get(MemberRow, row.address), session.get(TenantMemberRow, row.address)
    return ParticipantView(
        address=row.address,
        title=row.title,
        bin=row.bin,
        oid=row.oid,
        is_strict=row.is_strict,
        has_queue=session.get(OwnQueueRow, row.address) is not None,
        is_regional=member is not None and member.is_regional,
        tenant=tenant.tenant if tenant is not None else None,
        joined_at=row.joined_at,
    )
