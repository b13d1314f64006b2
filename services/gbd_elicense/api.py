"""The register of permits over HTTP: the check of a permit by its number without a login, all other endpoints for
the operator.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from services.gbd_elicense import storage
from services.gbd_elicense.domain import IN_FORCE, PermitKind, PermitState, mask_holder, state_on
from services.gbd_elicense.storage import PermitRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.call_limits import FewCalls
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.contracts.local_time import local_day

router = APIRouter(prefix="/api/v1", tags=["permits"])

Number = Annotated[str, Path(max_length=40)]


class PermitCheckView(BaseModel):
    """The public data of a permit: ``holder`` is the last digits of an ИИН."""

    number: str
    kind: PermitKind
    state: PermitState
    is_in_force: bool
    valid_from: date
    valid_to: date
    holder: str


class PermitView(BaseModel):
    """A permit; ``state`` is today's."""

    number: str
    kind: PermitKind
    holder: str
    state: PermitState
    valid_from: date
    valid_to: date
    replaces: str | None
    case_id: str | None
    changed_at: datetime

    @classmethod
    def from_row(cls, row: PermitRow, day: date) -> PermitView:
        return cls.model_validate(
            {**row.model_dump(), "state": state_on(PermitState(row.state), row.valid_to, day)}
        )


@router.get(
    "/permits/{number}/check", responses=declare_errors(not_found="permit-unknown"), dependencies=[FewCalls]
)
async def check_permit(number: Number, runtime: ServiceRuntime) -> PermitCheckView:
    """Whether the permit with this number is in force; ``permit-unknown``."""
    row = await _find_permit(number, runtime)
    state = state_on(PermitState(row.state), row.valid_to, _current_day(runtime))
    return PermitCheckView(
        number=row.number,
        kind=PermitKind(row.kind),
        state=state,
        is_in_force=state in IN_FORCE,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        holder=mask_holder(row.holder),
    )


@router.get("/permits", dependencies=[OperatorOnly], responses=declare_errors(IIN_ERRORS))
async def list_permits(
    runtime: ServiceRuntime,
    pager: Paging,
    holder: Annotated[str | None, Query(max_length=12)] = None,
    kind: PermitKind | None = None,
    state: PermitState | None = None,
) -> list[PermitView]:
    """The register, the latest change first; the codes of the ИИН check, ``cursor-malformed``."""
    holder_iin, today = check_iin(holder) if holder is not None else None, _current_day(runtime)
    page = await runtime.read(
        lambda session: storage.list_permits(session, today, holder_iin, kind, state, pager.place)
    )
    return [PermitView.from_row(row, today) for row in pager.link_page(page)]


@router.get("/permits/{number}", dependencies=[OperatorOnly], responses=declare_errors(not_found="permit-unknown"))
async def show_permit(number: Number, runtime: ServiceRuntime) -> PermitView:
    """One permit with its holder; ``permit-unknown``."""
    return PermitView.from_row(await _find_permit(number, runtime), _current_day(runtime))


async def _find_permit(number: str, runtime: Runtime) -> PermitRow:
    row = await runtime.read(lambda session: storage.get_permit(session, number))
    if row is None:
        raise NotFound("permit-unknown", "there is no permit of this number")
    return row


def _current_day(runtime: Runtime) -> date:
    return local_day(runtime.now)
