"""The accounts and the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, UniqueConstraint, func, insert, select, update
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, col

from services.gcvp.domain import PayeeAccount
from shared.bus.persistence.database import insert_on_conflict
from shared.bus.persistence.list_pages import ListOrder, ListPage, ListPlace, select_rows
from shared.bus.persistence.tables import UtcDateTime
from shared.contracts.payments import AccountKind, PaymentState


class Base(SQLModel, registry=registry()):
    """The metadata of ГЦВП."""


class PayeeAccountRow(Base, table=True):
    """An account of a synthetic person."""

    __tablename__ = "account"
    number: str = Field(primary_key=True, max_length=20)
    iin: str = Field(max_length=12, index=True)
    kind: str = Field(max_length=20)
    is_closed: bool
    is_holder_alive: bool


class PaymentRow(Base, table=True):
    """An order and its final state; an order of a payer has one row for ever."""

    __tablename__ = "payment"
    __table_args__ = (UniqueConstraint("payer", "order_id"),)
    n: int | None = Field(default=None, primary_key=True)
    payer: str = Field(max_length=100)
    order_id: str = Field(max_length=80)
    case_id: str = Field(max_length=100, index=True)
    fingerprint: str = Field(max_length=64)
    iin: str = Field(max_length=12, index=True)
    service_type: str = Field(max_length=60, index=True)
    regulation: str = Field(max_length=20)
    amount_tiyn: int = Field(sa_column=Column(BigInteger, nullable=False))
    purpose: str = Field(max_length=200)
    period_first: date
    period_last: date
    account: str = Field(max_length=20)
    account_kind: str = Field(max_length=20)
    state: str = Field(max_length=20)
    code: str | None = Field(default=None, max_length=40)
    executed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class CaseTotalRow(Base, table=True):
    """The sum of the executed payments of one case."""

    __tablename__ = "case_total"
    case_id: str = Field(primary_key=True, max_length=100)
    paid_tiyn: int = Field(sa_column=Column(BigInteger, nullable=False))


NEWEST_PAYMENTS = ListOrder((col(PaymentRow.n),))


def seed_accounts(session: Session, accounts: Iterable[PayeeAccount]) -> bool:
    """Fill an empty register; False when it already has accounts."""
    if session.execute(select(col(PayeeAccountRow.number)).limit(1)).first() is not None:
        return False
    session.execute(insert(PayeeAccountRow), [asdict(account) for account in accounts])
    return True


def find_account(session: Session, number: str) -> PayeeAccount | None:
    """The account with this number, or None."""
    row = session.get(PayeeAccountRow, number)
    if row is None:
        return None
    return PayeeAccount(row.number, row.iin, AccountKind(row.kind), row.is_closed, row.is_holder_alive)


def is_payee(session: Session, iin: str) -> bool:
    """Whether a person with this ИИН has an account here."""
    return (
        session.execute(select(col(PayeeAccountRow.number)).where(col(PayeeAccountRow.iin) == iin)).first()
        is not None
    )


def set_closed(session: Session, number: str, *, is_closed: bool) -> PayeeAccount | None:
    """Close or reopen an account; None for an unknown account."""
    change = update(PayeeAccountRow).where(col(PayeeAccountRow.number) == number).values(is_closed=is_closed)
    session.execute(change.execution_options(synchronize_session="fetch"))
    return find_account(session, number)


def find_payment(session: Session, payer: str, order_id: str) -> PaymentRow | None:
    """The payment of a payer's order, or None."""
    query = select(PaymentRow).where(col(PaymentRow.payer) == payer, col(PaymentRow.order_id) == order_id)
    return session.execute(query).scalar_one_or_none()


def add_to_case(session: Session, case_id: str, amount_tiyn: int, most_tiyn: int) -> bool:
    """Add a payment to the sum of its case; False, and no change, where the sum would exceed ``most_tiyn``.

    The row stays locked to the end of the transaction, so that two replicas never exceed the sum together.
    """
    table: Any = CaseTotalRow.__table__  # type: ignore[attr-defined]
    first = insert_on_conflict(table, session.get_bind().dialect.name).values(case_id=case_id, paid_tiyn=0)
    session.execute(first.on_conflict_do_nothing())
    total = table.c.paid_tiyn + amount_tiyn
    change = update(table).where(table.c.case_id == case_id, total <= most_tiyn).values(paid_tiyn=total)
    cursor: Any = session.execute(change)
    return bool(cursor.rowcount)


def record_payment(session: Session, row: PaymentRow) -> PaymentRow:
    """Enter a decided order into the ledger; the database refuses a second order with the same payer and id."""
    session.add(row)
    session.flush()
    return row


def list_payments(session: Session, after: int, place: ListPlace, **narrowed: str | None) -> ListPage[PaymentRow]:
    """The ledger, the newest entry first, filtered by the given values of iin, service_type, state, payer and
    case_id, and without the entries up to the number ``after``.
    """
    query = select(PaymentRow).where(col(PaymentRow.n) > after)
    for name, value in narrowed.items():
        if value is not None:
            query = query.where(getattr(PaymentRow, name) == value)
    return NEWEST_PAYMENTS.read_page(query, place, select_rows(session))


def sum_payments(session: Session) -> Sequence[Any]:
    """Rows of service_type, regulation, state, count, and sum in tiyn."""
    keys = (col(PaymentRow.service_type), col(PaymentRow.regulation), col(PaymentRow.state))
    count, amount_tiyn = func.count().label("count"), func.sum(col(PaymentRow.amount_tiyn)).label("amount_tiyn")
    return session.execute(select(*keys, count, amount_tiyn).group_by(*keys).order_by(*keys)).all()


def executed_of(session: Session, iin: str, place: ListPlace) -> ListPage[PaymentRow]:
    """The executed payments to a person, the newest first."""
    query = select(PaymentRow).where(
        col(PaymentRow.iin) == iin, col(PaymentRow.state) == PaymentState.EXECUTED.value
    )
    return NEWEST_PAYMENTS.read_page(query, place, select_rows(session))
