"""Cases that begin at a system of the bus and belong to a tenant: its participants claim them beforehand."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, status
from sqlmodel import Session

from services.shep_gateway.doors.membership.tenant_cases import TenantCaseRow
from services.shep_gateway.doors.recording import DoorRoute
from services.shep_gateway.doors.rest.callers import CurrentParticipant
from services.shep_gateway.storage import CHAINS, TenantMemberRow, empty_entry, write_journal
from shared.bus.errors import Conflict, Refused
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.problems import declare_errors
from shared.bus.runtime.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/v1/claimed-cases", tags=["doors"], route_class=DoorRoute)

CaseId = Annotated[str, Path(min_length=1, max_length=100)]


@router.put(
    "/{case_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=declare_errors(conflict="case-begun case-claimed", refused="tenant-missing"),
)
async def claim_case(case_id: CaseId, participant: CurrentParticipant, runtime: ServiceRuntime) -> None:
    """Have a case that will begin, at the portal for instance, go to the providers of the participant's tenant;
    journaled.

    ``tenant-missing`` for a participant of no tenant, ``case-begun``, ``case-claimed``.
    """
    await runtime.write(lambda uow: _claim_case(uow, case_id, participant.address))


def _claim_case(uow: UnitOfWork, case_id: str, participant: str) -> None:
    _check_claim(uow.session, case_id, participant)
    uow.session.merge(TenantCaseRow(case_id=case_id, participant=participant))
    uow.write_later(write_journal, empty_entry(uow.now, "CHANGED", f"case {case_id} claimed by {participant}"))


def _check_claim(session: Session, case_id: str, participant: str) -> None:
    if session.get(TenantMemberRow, participant) is None:
        raise Refused("tenant-missing", "the participant belongs to no tenant")
    claim = session.get(TenantCaseRow, case_id)
    if claim is not None and claim.participant != participant:
        raise Conflict("case-claimed", "another participant has claimed this case")
    key = CHAINS.table.c[CHAINS.key_column]
    if session.execute(CHAINS.table.select().where(key == case_id)).first() is not None:
        raise Conflict("case-begun", "the case has begun already")
