"""The register of recipients over HTTP, for its operator."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel
from sqlmodel import Session

from services.is_esobes import storage
from services.is_esobes.domain import GrantState, state_on
from services.is_esobes.storage import RecipientRow
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import Conflict, NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.persistence.list_pages import ListPage
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.contracts.local_time import local_day
from shared.contracts.payments import PaymentExecuted, PaymentState
from shared.workplace.records.storage import QueryRow

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly], tags=["recipients"])

Named = Annotated[str | None, Query(max_length=100)]


class GrantOrderView(BaseModel):
    """The order to ГЦВП; ``state`` and ``code`` are None until ГЦВП answers."""

    ordered_at: datetime
    state: PaymentState | None = None
    code: str | None = None

    @classmethod
    def from_row(cls, row: QueryRow) -> GrantOrderView:
        if row.answer is None:
            return cls(ordered_at=row.asked_at)
        execution = PaymentExecuted.model_validate_json(row.answer)
        return cls(ordered_at=row.asked_at, state=execution.state, code=execution.code)


class RecipientView(BaseModel):
    """A granted service; ``until`` is its last day, ``id`` the case that granted it."""

    id: str
    number: str | None
    iin: str
    service_type: str
    regulation: str
    region: str
    since: date
    until: date
    state: GrantState
    order: GrantOrderView | None

    @classmethod
    def from_row(cls, row: RecipientRow, order: QueryRow | None, day: date) -> RecipientView:
        derived = {"state": state_on(row.until, day), "order": GrantOrderView.from_row(order) if order else None}
        return cls.model_validate({**row.model_dump(), **derived})


class GrantEndRequest(RequestModel):
    """The last day of a grant."""

    last_day: date


@router.get("/recipients", responses=declare_errors(IIN_ERRORS))
async def list_recipients(
    runtime: ServiceRuntime,
    pager: Paging,
    state: GrantState | None = None,
    iin: Annotated[str | None, Query(max_length=12)] = None,
    service_type: Named = None,
) -> list[RecipientView]:
    """The grants, the newest first; the codes of the ИИН check, ``cursor-malformed``."""
    holder_iin, today = check_iin(iin) if iin is not None else None, local_day(runtime.now)

    def find_recipients(session: Session) -> ListPage[RecipientView]:
        page = storage.list_recipients(session, today, pager.place, state, holder_iin, service_type)
        orders = storage.find_orders(session, [row.id for row in page.rows])
        return page.convert_rows(lambda row: RecipientView.from_row(row, orders.get(row.id), today))

    return pager.link_page(await runtime.read(find_recipients))


@router.post(
    "/recipients/{recipient}/end", responses=declare_errors(not_found="recipient-unknown", conflict="end-too-late")
)
@audits_fields("last_day")
async def end_grant(
    recipient: Annotated[str, Path(max_length=100)], request: GrantEndRequest, runtime: ServiceRuntime
) -> RecipientView:
    """End a grant before its term; ``recipient-unknown``, ``end-too-late``."""

    def shorten_grant(uow: UnitOfWork) -> RecipientView:
        row = storage.get_recipient(uow.session, recipient)
        if row is None:
            raise NotFound("recipient-unknown", "there is no such grant")
        if request.last_day > row.until:
            raise Conflict("end-too-late", "a grant does not end after its term", until=str(row.until))
        storage.end_grant(uow.session, recipient, request.last_day)
        order = storage.find_orders(uow.session, [recipient]).get(recipient)
        return RecipientView.from_row(row, order, local_day(uow.now))

    return await runtime.write(shorten_grant)
