"""The register of permits over HTTP: the check of one by its number for everybody, the rest for its operator."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from services.gbd_elicense import storage
from services.gbd_elicense.domain import IN_FORCE, Kind, State, masked, state_on
from services.gbd_elicense.storage import PermitRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.service_runtime import Runtime
from shared.contracts.identifiers import check_iin
from shared.contracts.local_time import KAZAKHSTAN

router = APIRouter(prefix="/api/v1", tags=["permits"])

Number = Annotated[str, Path(max_length=40)]


class CheckedOut(BaseModel):
    """What anybody may know of a permit: ``holder`` is the last digits of an ИИН."""

    number: str
    kind: Kind
    state: State
    is_in_force: bool
    valid_from: date
    valid_to: date
    holder: str


class PermitOut(BaseModel):
    """A permit: ``state`` is that of today."""

    number: str
    kind: Kind
    holder: str
    state: State
    valid_from: date
    valid_to: date
    replaces: str | None
    case_id: str | None
    changed_at: datetime

    @classmethod
    def of(cls, row: PermitRow, day: date) -> PermitOut:
        return cls.model_validate({**row.model_dump(), "state": state_on(State(row.state), row.valid_to, day)})


@router.get("/permits/{number}/check")
async def check(number: Number, bus: Bus) -> CheckedOut:
    """Whether a permit is in force, by its number; ``permit-unknown``."""
    row = await _find(number, bus)
    state = state_on(State(row.state), row.valid_to, _today(bus))
    return CheckedOut(
        number=row.number,
        kind=Kind(row.kind),
        state=state,
        is_in_force=state in IN_FORCE,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        holder=masked(row.holder),
    )


@router.get("/permits", dependencies=[OperatorOnly])
async def permits(
    bus: Bus,
    holder: Annotated[str | None, Query(max_length=12)] = None,
    kind: Kind | None = None,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[PermitOut]:
    """The register, the latest change first; a code of the ИИН's check."""
    wanted, today = check_iin(holder) if holder is not None else None, _today(bus)
    rows = await bus.read(lambda session: storage.permits(session, today, wanted, kind, state, limit))
    return [PermitOut.of(row, today) for row in rows]


@router.get("/permits/{number}", dependencies=[OperatorOnly])
async def permit(number: Number, bus: Bus) -> PermitOut:
    """One permit with its holder; ``permit-unknown``."""
    return PermitOut.of(await _find(number, bus), _today(bus))


async def _find(number: str, bus: Runtime) -> PermitRow:
    row = await bus.read(lambda session: storage.permit(session, number))
    if row is None:
        raise NotFound("permit-unknown", "there is no permit of this number")
    return row


def _today(bus: Runtime) -> date:
    return bus.now.astimezone(KAZAKHSTAN).date()
