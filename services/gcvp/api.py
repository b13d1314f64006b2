"""The ledger and the accounts over HTTP, for ГЦВП's operator: payers order over the bus."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.gcvp import storage
from services.gcvp.domain import Holding, tenge
from services.gcvp.storage import PaymentRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus, OperatorOnly
from shared.contracts.identifiers import check_iin
from shared.contracts.payments import AccountKind, PaymentState, check_iban

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])

Limit = Annotated[int, Query(ge=1, le=1000)]
Narrowed = Annotated[str | None, Query(max_length=100)]


class PaymentOut(BaseModel):
    """A line of the ledger; ``amount_tenge`` is a decimal number in a string."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    payer: str
    order_id: str
    iin: str
    service_type: str
    regulation: str
    amount_tenge: Decimal
    purpose: str
    period_first: date
    period_last: date
    account: str
    account_kind: AccountKind
    state: PaymentState
    code: str | None
    executed_at: datetime

    @classmethod
    def of(cls, row: PaymentRow) -> PaymentOut:
        return cls.model_validate({**row.model_dump(), "amount_tenge": tenge(row.amount_tiyn)})


class PaidOut(BaseModel):
    """What a person needs to know of a payment to him: no ИИН, and of the account its last four digits."""

    service_type: str
    regulation: str
    amount_tenge: Decimal
    period_first: date
    period_last: date
    account: str
    executed_at: datetime

    @classmethod
    def of(cls, row: PaymentRow) -> PaidOut:
        shown = {"amount_tenge": tenge(row.amount_tiyn), "account": f"…{row.account[-4:]}"}
        return cls.model_validate({**row.model_dump(), **shown})


class TotalOut(BaseModel):
    """How many orders of a service ended so, and their sum; what was rejected was not paid."""

    service_type: str
    regulation: str
    state: PaymentState
    count: int
    amount_tenge: Decimal


class AccountOut(BaseModel):
    """An account of a synthetic person."""

    model_config = ConfigDict(from_attributes=True)

    number: str
    iin: str
    kind: AccountKind
    is_closed: bool
    is_holder_alive: bool


class AccountChange(BaseModel):
    """Whether money can be put on the account."""

    model_config = ConfigDict(extra="forbid")

    is_closed: bool


@router.get("/payments", tags=["payments"])
async def payments(
    bus: Bus,
    iin: Narrowed = None,
    service_type: Narrowed = None,
    state: PaymentState | None = None,
    payer: Narrowed = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
    limit: Limit = 100,
) -> list[PaymentOut]:
    """The ledger in its order, from the line after ``after``."""
    narrowed = {"iin": iin, "service_type": service_type, "state": state, "payer": payer}
    rows = await bus.read(lambda session: storage.page(session, after, limit, **narrowed))
    return [PaymentOut.of(row) for row in rows]


@router.get("/payments/{payer}/{order_id}", tags=["payments"])
async def payment(payer: str, order_id: str, bus: Bus) -> PaymentOut:
    """One order of a payer and what became of it; ``payment-unknown``."""
    row = await bus.read(lambda session: storage.find(session, payer, order_id))
    if row is None:
        raise NotFound("payment-unknown", "this payer gave no such order")
    return PaymentOut.of(row)


@router.get("/totals", tags=["payments"])
async def totals(bus: Bus) -> list[TotalOut]:
    """The sums by service, regulation and state."""
    return [_total(row) for row in await bus.read(storage.totals)]


@router.get("/persons/{iin}/payments", tags=["people"])
async def paid(iin: str, bus: Bus, limit: Limit = 100) -> list[PaidOut]:
    """What was paid to a person, the latest first; a code of the ИИН's check."""
    number = check_iin(iin)
    rows = await bus.read(lambda session: storage.executed_of(session, number, limit))
    return [PaidOut.of(row) for row in rows]


@router.get("/accounts/{number}", tags=["accounts"])
async def account(number: str, bus: Bus) -> AccountOut:
    """One account; ``account-format``, ``account-check-digits``, ``account-unknown``."""
    wanted = check_iban(number)
    return _account(await bus.read(lambda session: storage.holding(session, wanted)))


@router.patch("/accounts/{number}", tags=["accounts"])
async def change_account(number: str, change: AccountChange, bus: Bus) -> AccountOut:
    """Close an account or open it again; orders that were rejected stay so."""
    wanted, is_closed = check_iban(number), change.is_closed
    return _account(await bus.write(lambda work: storage.set_closed(work.session, wanted, is_closed=is_closed)))


def _account(found: Holding | None) -> AccountOut:
    if found is None:
        raise NotFound("account-unknown", "there is no such account")
    return AccountOut.model_validate(found)


def _total(row: Any) -> TotalOut:
    amount = tenge(int(row.amount_tiyn))
    return TotalOut(
        service_type=row.service_type,
        regulation=row.regulation,
        state=row.state,
        count=row.count,
        amount_tenge=amount,
    )
