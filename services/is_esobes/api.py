"""The register of recipients over HTTP, for its operator."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from services.is_esobes import storage
from services.is_esobes.domain import State, state_on
from services.is_esobes.storage import RecipientRow
from shared.bus.errors import Conflict, NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.identifiers import check_iin
from shared.contracts.local_time import KAZAKHSTAN
from shared.contracts.payments import PaymentExecuted, PaymentState
from shared.workplace.records.storage import QueryRow

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly], tags=["recipients"])

Named = Annotated[str | None, Query(max_length=100)]


class OrderOut(BaseModel):
    """The order to ГЦВП; ``state`` and ``code`` are None until it answers."""

    ordered_at: datetime
    state: PaymentState | None = None
    code: str | None = None

    @classmethod
    def of(cls, row: QueryRow) -> OrderOut:
        if row.answer is None:
            return cls(ordered_at=row.asked_at)
        told = PaymentExecuted.model_validate_json(row.answer)
        return cls(ordered_at=row.asked_at, state=told.state, code=told.code)


class RecipientOut(BaseModel):
    """A service that somebody receives or received; ``until`` is its last day, ``id`` the case that granted it."""

    id: str
    number: str | None
    iin: str
    service_type: str
    regulation: str
    region: str
    since: date
    until: date
    state: State
    order: OrderOut | None

    @classmethod
    def of(cls, row: RecipientRow, order: QueryRow | None, day: date) -> RecipientOut:
        told = {"state": state_on(row.until, day), "order": OrderOut.of(order) if order else None}
        return cls.model_validate({**row.model_dump(), **told})


class EndIn(BaseModel):
    """The last day of a grant."""

    model_config = ConfigDict(extra="forbid")

    last_day: date


@router.get("/recipients")
async def recipients(
    bus: Bus,
    state: State | None = None,
    iin: Annotated[str | None, Query(max_length=12)] = None,
    service_type: Named = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[RecipientOut]:
    """Who receives what, the latest first; a code of the ИИН's check."""
    wanted, today = check_iin(iin) if iin is not None else None, bus.now.astimezone(KAZAKHSTAN).date()

    def find(session: Session) -> list[RecipientOut]:
        rows = storage.recipients(session, today, limit, state, wanted, service_type)
        orders = storage.orders(session, [row.id for row in rows])
        return [RecipientOut.of(row, orders.get(row.id), today) for row in rows]

    return await bus.read(find)


@router.post("/recipients/{recipient}/end")
async def end(recipient: Annotated[str, Path(max_length=100)], given: EndIn, bus: Bus) -> RecipientOut:
    """End a grant before its time; ``recipient-unknown``, ``end-too-late``."""

    def change(work: Work) -> RecipientOut:
        row = storage.recipient(work.session, recipient)
        if row is None:
            raise NotFound("recipient-unknown", "there is no such grant")
        if given.last_day > row.until:
            raise Conflict("end-too-late", "a grant does not end after its term", until=str(row.until))
        storage.end(work.session, recipient, given.last_day)
        order = storage.orders(work.session, [recipient]).get(recipient)
        return RecipientOut.of(row, order, work.now.astimezone(KAZAKHSTAN).date())

    return await bus.write(change)
