"""The ledger and the accounts over HTTP, for the operator of ГЦВП; payers send their orders over the bus."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.gcvp import storage
from services.gcvp.domain import PayeeAccount, to_tenge
from services.gcvp.storage import PaymentRow
from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging, at_most
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel
from shared.contracts.identifiers import IIN_ERRORS, check_iin
from shared.contracts.payments import AccountKind, PaymentState, check_iban

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])

Narrowed = Annotated[str | None, Query(max_length=100)]


class PaymentView(BaseModel):
    """An entry of the ledger; ``amount_tenge`` is a decimal number in a string."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    payer: str
    order_id: str
    case: str
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
    def from_row(cls, row: PaymentRow) -> PaymentView:
        derived = {"case": row.case_id, "amount_tenge": to_tenge(row.amount_tiyn)}
        return cls.model_validate({**row.model_dump(), **derived})


class PayeePaymentView(BaseModel):
    """A payment as its recipient sees it: without the ИИН, and with the last four digits of the account."""

    service_type: str
    regulation: str
    amount_tenge: Decimal
    period_first: date
    period_last: date
    account: str
    executed_at: datetime

    @classmethod
    def from_row(cls, row: PaymentRow) -> PayeePaymentView:
        masked_fields = {"amount_tenge": to_tenge(row.amount_tiyn), "account": f"…{row.account[-4:]}"}
        return cls.model_validate({**row.model_dump(), **masked_fields})


class PaymentTotalView(BaseModel):
    """The number and the sum of a service's orders in one state; rejected orders were not paid."""

    service_type: str
    regulation: str
    state: PaymentState
    count: int
    amount_tenge: Decimal


class PayeeAccountView(BaseModel):
    """An account of a synthetic person."""

    model_config = ConfigDict(from_attributes=True)

    number: str
    iin: str
    kind: AccountKind
    is_closed: bool
    is_holder_alive: bool


class AccountChangeRequest(RequestModel):
    """Whether the account is closed to payments."""

    is_closed: bool


@router.get("/payments", tags=["payments"])
async def list_payments(
    runtime: ServiceRuntime,
    pager: Paging,
    iin: Narrowed = None,
    service_type: Narrowed = None,
    state: PaymentState | None = None,
    payer: Narrowed = None,
    case: Narrowed = None,
    after: Annotated[int, Query(ge=0, lt=2**63)] = 0,
) -> list[PaymentView]:
    """The ledger, the newest entry first, down to the entry after the number ``after``; ``cursor-malformed``."""
    narrowed = {"iin": iin, "service_type": service_type, "state": state, "payer": payer, "case_id": case}
    page = await runtime.read(lambda session: storage.list_payments(session, after, pager.place, **narrowed))
    return [PaymentView.from_row(row) for row in pager.link_page(page)]


@router.get(
    "/payments/{payer}/{order_id}", tags=["payments"], responses=declare_errors(not_found="payment-unknown")
)
async def show_payment(payer: str, order_id: str, runtime: ServiceRuntime) -> PaymentView:
    """One order of a payer with its state; ``payment-unknown``."""
    row = await runtime.read(lambda session: storage.find_payment(session, payer, order_id))
    if row is None:
        raise NotFound("payment-unknown", "this payer has no such order")
    return PaymentView.from_row(row)


@router.get("/totals", tags=["payments"])
async def list_totals(
    runtime: ServiceRuntime,
) -> Annotated[list[PaymentTotalView], at_most(400, "one for each act and state")]:
    """The sums by service, regulation and state."""
    return [_total_view(row) for row in await runtime.read(storage.sum_payments)]


@router.get("/persons/{iin}/payments", tags=["people"], responses=declare_errors(IIN_ERRORS))
async def list_person_payments(iin: str, runtime: ServiceRuntime, pager: Paging) -> list[PayeePaymentView]:
    """The executed payments to a person, the newest first; the codes of the ИИН check, ``cursor-malformed``."""
    number = check_iin(iin)
    page = await runtime.read(lambda session: storage.executed_of(session, number, pager.place))
    return [PayeePaymentView.from_row(row) for row in pager.link_page(page)]


@router.get(
    "/accounts/{number}",
    tags=["accounts"],
    responses=declare_errors(not_found="account-unknown", malformed="account-check-digits account-format"),
)
async def show_account(number: str, runtime: ServiceRuntime) -> PayeeAccountView:
    """One account; ``account-format``, ``account-check-digits``, ``account-unknown``."""
    iban = check_iban(number)
    return _account_view(await runtime.read(lambda session: storage.find_account(session, iban)))


@router.patch(
    "/accounts/{number}",
    tags=["accounts"],
    responses=declare_errors(not_found="account-unknown", malformed="account-check-digits account-format"),
)
@audits_fields("is_closed")
async def change_account(number: str, change: AccountChangeRequest, runtime: ServiceRuntime) -> PayeeAccountView:
    """Close or reopen an account; orders that were rejected stay rejected.

    ``account-format``, ``account-check-digits``, ``account-unknown``.
    """
    iban, is_closed = check_iban(number), change.is_closed
    return _account_view(
        await runtime.write(lambda uow: storage.set_closed(uow.session, iban, is_closed=is_closed))
    )


def _account_view(payee_account: PayeeAccount | None) -> PayeeAccountView:
    if payee_account is None:
        raise NotFound("account-unknown", "there is no such account")
    return PayeeAccountView.model_validate(payee_account)


def _total_view(row: Any) -> PaymentTotalView:
    amount = to_tenge(int(row.amount_tiyn))
    return PaymentTotalView(
        service_type=row.service_type,
        regulation=row.regulation,
        state=row.state,
        count=row.count,
        amount_tenge=amount,
    )
