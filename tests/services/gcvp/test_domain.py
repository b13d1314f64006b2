"""Payment or rejection of an order, and its single entry in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from services.gcvp import storage
from services.gcvp.domain import (
    check_decision,
    check_order,
    order_fingerprint,
    rejection_code,
    synthetic_accounts,
    to_tenge,
    to_tiyn,
)
from services.gcvp.storage import PaymentRow
from shared.bus.errors import Malformed, Refused
from shared.bus.persistence.database import Database, IntegrityError, database_url
from shared.bus.persistence.list_pages import ListPlace
from shared.contracts.cases import DecisionOutcome
from shared.contracts.documents import OutputDocument
from shared.contracts.payments import AccountKind, PaymentOrder, PaymentPeriod
from shared.contracts.population import make_population

ACCOUNTS = list(synthetic_accounts(make_population(1, 400)))
HOLDING = ACCOUNTS[0]
ORDER = PaymentOrder(
    order_id="case-1.1",
    case="case-1",
    decision=b"Q01T",
    iin=HOLDING.iin,
    service_type="child-allowance",
    regulation="KZ-AKM.2",
    amount_tenge=Decimal(1000),
    purpose="пособие за март",
    period=PaymentPeriod(first=date(2026, 3, 1), last=date(2026, 3, 31)),
    account=HOLDING.number,
)
OF_A_PRISONER = next(one for one in ACCOUNTS if one.kind is AccountKind.CASH_CONTROL)
PAID = PaymentRow(
    payer="is_mio",
    order_id="case-1.1",
    case_id="case-1",
    fingerprint="f",
    iin=HOLDING.iin,
    service_type="child-allowance",
    regulation="KZ-AKM.2",
    amount_tiyn=100_050,
    purpose="пособие",
    period_first=date(2026, 3, 1),
    period_last=date(2026, 3, 31),
    account=HOLDING.number,
    account_kind="personal",
    state="executed",
    executed_at=datetime(2026, 3, 2, tzinfo=UTC),
)


def test_payment_order_for_the_recipients_own_open_account_is_paid() -> None:
    assert rejection_code(ORDER, HOLDING, is_payee_known=True) is None


def test_payment_goes_to_a_prisoners_cash_control_account_when_the_order_says_so() -> None:
    wanted = {"iin": OF_A_PRISONER.iin, "account": OF_A_PRISONER.number}
    assert rejection_code(ORDER.model_copy(update=wanted), OF_A_PRISONER, is_payee_known=True) == "account-unknown"
    wanted["account_kind"] = AccountKind.CASH_CONTROL
    assert rejection_code(ORDER.model_copy(update=wanted), OF_A_PRISONER, is_payee_known=True) is None


@pytest.mark.parametrize(
    ("holding", "is_payee_known", "code"),
    [
        (None, False, "payee-unknown"),
        (None, True, "account-unknown"),
        (replace(HOLDING, iin="850101100022"), True, "account-unknown"),
        (replace(HOLDING, is_closed=True), True, "account-closed"),
        (replace(HOLDING, is_holder_alive=False, is_closed=True), True, "payee-deceased"),
    ],
)
def test_payment_order_that_cannot_be_paid_is_rejected_with_the_reason(
    holding: object, is_payee_known: bool, code: str
) -> None:
    assert rejection_code(ORDER, holding, is_payee_known=is_payee_known) == code  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("service", "regulation"),
    [("unemployment-certificate", "KZ-YUZ.3"), ("child-allowance", "KZ-AKM.7"), ("wheelchair", "KZ-AKM.4")],
)
def test_payment_is_not_made_for_a_service_that_does_not_end_in_money(service: str, regulation: str) -> None:
    order = ORDER.model_copy(update={"service_type": service, "regulation": regulation})
    assert rejection_code(order, HOLDING, is_payee_known=True) == "service-does-not-pay"


def test_payment_goes_by_what_was_decided_and_all_that_differs_is_named() -> None:
    granted = OutputDocument(
        application_id="3f0c9a52-6d1e-4b7a-9c38-5e21d7a4b906",
        number="1",
        regulation=ORDER.regulation,
        service="Пособие",
        authority="Отдел",
        applicant=ORDER.iin,
        outcome=DecisionOutcome.POSITIVE,
        text="Назначить",
        issued_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    order = ORDER.model_copy(update={"case": granted.application_id})
    check_decision(order, granted)
    changes = {"applicant": "850101100022", "regulation": "KZ-AKM.7", "outcome": DecisionOutcome.NEGATIVE}
    with pytest.raises(Refused) as caught:
        check_decision(ORDER, granted.model_copy(update=changes))
    assert caught.value.code == "payment-mismatch"
    assert caught.value.details["differs"] == ["case", "applicant", "regulation", "outcome"]


def test_payment_period_does_not_end_before_its_beginning() -> None:
    check_order(ORDER.model_copy(update={"period": PaymentPeriod(first=date(2026, 3, 1), last=date(2026, 3, 1))}))
    with pytest.raises(Malformed) as caught:
        check_order(
            ORDER.model_copy(update={"period": PaymentPeriod(first=date(2026, 3, 2), last=date(2026, 3, 1))})
        )
    assert caught.value.code == "payment-period"


def test_payment_order_is_known_however_its_amount_is_spelled_and_another_is_not() -> None:
    same = ORDER.model_copy(update={"amount_tenge": Decimal("1000.00")})
    assert order_fingerprint(same) == order_fingerprint(ORDER)
    changes = {"amount_tenge": Decimal("1000.01"), "account": OF_A_PRISONER.number, "purpose": "другое"}
    others = {order_fingerprint(ORDER.model_copy(update={name: value})) for name, value in changes.items()}
    assert len(others | {order_fingerprint(ORDER)}) == 4


def test_tenge_and_tiyn_are_the_same_money() -> None:
    for amount in (Decimal("0.01"), Decimal("9999999999.99"), Decimal("0.29"), Decimal("1.1")):
        assert to_tenge(to_tiyn(amount)) == amount
    assert (to_tiyn(Decimal("0.29")), str(to_tenge(150))) == (29, "1.50")


def test_accounts_that_are_synthetic_include_a_few_closed_and_a_few_prisoners() -> None:
    assert len({one.number for one in ACCOUNTS}) == len(ACCOUNTS) == 404
    assert sum(one.is_closed for one in ACCOUNTS) == 8
    assert sum(one.kind is AccountKind.CASH_CONTROL for one in ACCOUNTS) == 4


def made(folder: Path) -> Database:
    database = Database(database_url(None, folder, "gcvp"), storage.Base.metadata)
    database.create_schema()
    return database


def test_ledger_holds_an_order_of_a_payer_once(tmp_path: Path) -> None:
    database = made(tmp_path)
    with database.transaction() as session:
        storage.record_payment(session, PaymentRow(**PAID.model_dump()))
        storage.record_payment(session, PaymentRow(**{**PAID.model_dump(), "payer": "is_con"}))
    with pytest.raises(IntegrityError), database.transaction() as session:
        storage.record_payment(session, PaymentRow(**PAID.model_dump()))
    with database.read_session() as session:
        newest_first = storage.list_payments(session, 0, ListPlace(10)).rows
        assert [row.payer for row in newest_first] == ["is_con", "is_mio"]


def test_payment_sums_are_kept_apart_by_service_and_by_what_became_of_the_orders(tmp_path: Path) -> None:
    database, most = made(tmp_path), 999_999_999_999
    with database.transaction() as session:
        for n, (state, amount) in enumerate([("executed", most), ("executed", most), ("rejected", 5)]):
            row = {**PAID.model_dump(), "order_id": f"o{n}", "state": state, "amount_tiyn": amount}
            storage.record_payment(session, PaymentRow(**row))
    with database.read_session() as session:
        found = [(row.state, row.count, int(row.amount_tiyn)) for row in storage.sum_payments(session)]
    assert found == [("executed", 2, 2 * most), ("rejected", 1, 5)]


def test_case_is_paid_up_to_its_sum_and_other_cases_are_apart(tmp_path: Path) -> None:
    database = made(tmp_path)
    with database.transaction() as session:
        added = [storage.add_to_case(session, "case-1", amount, 900) for amount in (901, 500, 401, 400, 1)]
        assert added == [False, True, False, True, False]
        assert storage.add_to_case(session, "case-2", 900, 900)


def test_register_of_accounts_is_filled_once_and_an_account_can_be_closed(tmp_path: Path) -> None:
    database = made(tmp_path)
    with database.transaction() as session:
        assert storage.seed_accounts(session, ACCOUNTS)
        assert not storage.seed_accounts(session, ACCOUNTS[:1])
        assert storage.set_closed(session, HOLDING.number, is_closed=True) == replace(HOLDING, is_closed=True)
        assert storage.set_closed(session, "KZ86125KZT5004100100", is_closed=True) is None
    with database.read_session() as session:
        assert storage.is_payee(session, HOLDING.iin)
        assert not storage.is_payee(session, "850101100022")
