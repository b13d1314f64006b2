"""Payment orders to ГЦВП over the bus: each is executed once, or rejected with a reason."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
import pytest_asyncio

from services.gcvp.domain import synthetic_accounts
from shared.bus.messages.message import MessageInfo, MessageType
from shared.contracts.payments import (
    PAYMENT_SERVICE,
    AccountKind,
    PaymentExecuted,
    PaymentOrder,
    account_of,
)
from shared.contracts.population import make_population
from tests.journeys.kit import RunningCountry, eventually, refused
from tests.journeys.rogue import Rogue, member

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNTS = list(synthetic_accounts(make_population(1, 1000)))
OPEN = [one for one in ACCOUNTS if one.is_holder_alive and not one.is_closed and one.kind is AccountKind.PERSONAL]
CLOSED = next(one for one in ACCOUNTS if one.is_holder_alive and one.is_closed)
DEAD = next(one for one in ACCOUNTS if not one.is_holder_alive)
NOBODYS = "850101100022"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def payer(country: RunningCountry) -> Rogue:
    """A system that may order payments."""
    return await member(country, "payer", PAYMENT_SERVICE)


def order(order_id: str, **changes: Any) -> PaymentOrder:
    given: dict[str, Any] = {
        "orderId": order_id,
        "iin": OPEN[0].iin,
        "serviceType": "targeted-social-assistance",
        "regulation": "KZ-SEV.1",
        "amountTenge": "15000.50",
        "purpose": "адресная помощь за март",
        "period": {"first": "2026-03-01", "last": "2026-03-31"},
        "account": OPEN[0].number,
    }
    return PaymentOrder.model_validate(given | changes)


async def paid(payer: Rogue, wanted: PaymentOrder) -> tuple[MessageInfo, PaymentExecuted]:
    info = await payer.ask(PAYMENT_SERVICE, wanted)
    answered, told = await payer.receive(
        PaymentExecuted, lambda told, _: told.correlation_id == info.correlation_id
    )
    assert (answered.sender.sender_id, told.order_id) == ("gcvp", wanted.order_id)
    return info, told


async def ledger(country: RunningCountry, **narrowed: Any) -> list[dict[str, Any]]:
    return list(await country.operator("gcvp").get("/api/v1/payments", **narrowed))


async def refusal(country: RunningCountry, info: MessageInfo) -> str | None:
    """The code with which ГЦВП refused a message, as ШЭП got it."""
    (row,) = await eventually(
        lambda: country.operator("shep_gateway").list_deliveries(correlation_id=info.correlation_id),
        lambda told: bool(told) and told[0]["state"] != "ON_DELIVERY",
    )
    return None if row["state"] == "DELIVERED" else str(row["error_code"])


async def test_payment_order_is_executed_and_stands_in_the_ledger(country: RunningCountry, payer: Rogue) -> None:
    _, told = await paid(payer, order("one"))
    assert (told.state, told.code) == ("executed", None)
    row = await country.operator("gcvp").get("/api/v1/payments/payer/one")
    assert (row["amount_tenge"], row["account"], row["state"]) == ("15000.50", OPEN[0].number, "executed")
    assert (row["service_type"], row["regulation"]) == ("targeted-social-assistance", "KZ-SEV.1")
    unknown = await refused(country.operator("gcvp").get("/api/v1/payments/is_mio/one"))
    assert (unknown.status, unknown.code) == (404, "payment-unknown")


async def test_payment_order_sent_again_is_told_the_same_and_paid_once(
    country: RunningCountry, payer: Rogue
) -> None:
    whom = {"iin": OPEN[1].iin, "account": OPEN[1].number}
    _, first = await paid(payer, order("twice", **whom))
    _, again = await paid(payer, order("twice", **whom, amountTenge="15000.5"))
    assert again == first
    at_once = await asyncio.gather(*(payer.ask(PAYMENT_SERVICE, order("twice", **whom)) for _ in range(5)))
    chains = {info.correlation_id for info in at_once}
    for _ in range(5):
        info, told = await payer.receive(PaymentExecuted, lambda told, _: told.correlation_id in chains)
        chains.remove(info.correlation_id)
        assert told == first
    assert len(await ledger(country, iin=OPEN[1].iin)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"amountTenge": "15000.51"},
        {"iin": OPEN[3].iin, "account": OPEN[3].number},
        {"purpose": "другое"},
        {"period": {"first": "2026-04-01", "last": "2026-04-30"}},
        {"regulation": "KZ-AKM.7"},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_payment_order_under_a_used_id_is_refused_and_the_first_stands(
    country: RunningCountry, payer: Rogue, change: dict[str, Any]
) -> None:
    whom = {"iin": OPEN[2].iin, "account": OPEN[2].number}
    await paid(payer, order("changed", **whom))
    info = await payer.ask(PAYMENT_SERVICE, order("changed", **(whom | change)))
    assert await refusal(country, info) == "payment-order-changed"
    (row,) = await ledger(country, iin=OPEN[2].iin)
    assert row["amount_tenge"] == "15000.50"
    assert await ledger(country, iin=OPEN[3].iin) == []


@pytest.mark.parametrize(
    ("order_id", "change", "code"),
    [
        ("r1", {"iin": NOBODYS, "account": account_of(NOBODYS)}, "payee-unknown"),
        ("r2", {"account": OPEN[5].number}, "account-unknown"),
        ("r3", {"accountKind": "cash-control"}, "account-unknown"),
        ("r4", {"iin": CLOSED.iin, "account": CLOSED.number}, "account-closed"),
        ("r5", {"iin": DEAD.iin, "account": DEAD.number}, "payee-deceased"),
        ("r6", {"serviceType": "unemployment-certificate"}, "service-does-not-pay"),
    ],
)
async def test_payment_order_that_cannot_be_paid_is_rejected_for_good(
    country: RunningCountry, payer: Rogue, order_id: str, change: dict[str, Any], code: str
) -> None:
    whom = {"iin": OPEN[4].iin, "account": OPEN[4].number}
    _, told = await paid(payer, order(order_id, **(whom | change)))
    assert (told.state, told.code) == ("rejected", code)
    assert (await paid(payer, order(order_id, **(whom | change))))[1] == told
    row = await country.operator("gcvp").get(f"/api/v1/payments/payer/{order_id}")
    assert (row["state"], row["code"]) == ("rejected", code)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("iin", '"850101100023"', "iin-check-digit"),
        ("account", '"KZ87125KZT5004100100"', "account-check-digits"),
        ("period", '{"first": "2026-03-31", "last": "2026-03-01"}', "payment-period"),
        ("amountTenge", '"-15000.50"', "message-data-malformed"),
        ("amountTenge", '"0"', "message-data-malformed"),
        ("amountTenge", "1e400", "message-data-malformed"),
        ("amountTenge", '"99999999999999999999"', "message-data-malformed"),
        ("amountTenge", '"0.001"', "message-data-malformed"),
        ("purpose", f'"{"x" * 201}"', "message-data-malformed"),
        ("orderId", '"../one"', "message-data-malformed"),
    ],
)
async def test_payment_order_that_makes_no_sense_is_refused_and_leaves_no_trace(
    country: RunningCountry, payer: Rogue, field: str, value: str, code: str
) -> None:
    before = len(await ledger(country, limit=1000))
    info = payer.info(PAYMENT_SERVICE, MessageType.REQUEST)
    given = order("nonsense").model_dump(mode="json", by_alias=True)
    fields = {name: json.dumps(one) for name, one in given.items()}
    data = ",".join(f'"{name}":{one}' for name, one in (fields | {field: value}).items())
    head = info.model_dump_json(by_alias=True, exclude_none=True)
    body = f'{{"messageInfo":{head},"messageData":{{"contract":"payment-order/1","data":{{{data}}}}}}}'
    await payer.send(payer.sealed(info, body.encode()))
    assert await refusal(country, info) == code
    assert len(await ledger(country, limit=1000)) == before


async def test_payment_order_without_the_right_is_refused(country: RunningCountry) -> None:
    thief = await member(country, "thief")
    info = await thief.ask(PAYMENT_SERVICE, order("stolen"))
    (entry,) = await country.operator("shep_gateway").list_journal(correlation_id=info.correlation_id)
    assert (entry["event"], entry["code"]) == ("REFUSED", "no-right")
    assert await ledger(country, payer="thief") == []


async def test_payment_ids_of_two_payers_are_apart(country: RunningCountry, payer: Rogue) -> None:
    other = await member(country, "payer-two", PAYMENT_SERVICE)
    whom = {"iin": OPEN[6].iin, "account": OPEN[6].number}
    for rogue, amount in ((payer, "1.00"), (other, "2.00")):
        assert (await paid(rogue, order("mine", **whom, amountTenge=amount)))[1].state == "executed"
    assert [row["payer"] for row in await ledger(country, iin=OPEN[6].iin)] == ["payer", "payer-two"]


async def test_payment_sums_count_every_payment_once(country: RunningCountry, payer: Rogue) -> None:
    whom = {"serviceType": "fuel-assistance", "regulation": "KZ-ATY.12"}
    for n, amount in enumerate(("9999999999.99", "0.01", "9999999999.99")):
        for _ in range(2):
            await paid(payer, order(f"fuel-{n}", **whom, amountTenge=amount))
    totals = await country.operator("gcvp").get("/api/v1/totals")
    (fuel,) = (row for row in totals if row["regulation"] == "KZ-ATY.12")
    assert (fuel["state"], fuel["count"], fuel["amount_tenge"]) == ("executed", 3, "19999999999.99")


async def test_payments_are_shown_to_their_payee_without_what_the_payee_need_not_see(
    country: RunningCountry, payer: Rogue
) -> None:
    whom = {"iin": OPEN[7].iin, "account": OPEN[7].number}
    await paid(payer, order("seen", **whom))
    await paid(payer, order("unseen", **(whom | {"serviceType": "wheelchair"})))
    (row,) = await country.operator("gcvp").get(f"/api/v1/persons/{OPEN[7].iin}/payments")
    assert (row["amount_tenge"], row["account"]) == ("15000.50", f"…{OPEN[7].number[-4:]}")
    assert not {"iin", "purpose", "payer", "order_id"} & row.keys()


async def test_account_that_is_closed_takes_money_again_once_it_is_opened(
    country: RunningCountry, payer: Rogue
) -> None:
    operator, whom = country.operator("gcvp"), {"iin": OPEN[8].iin, "account": OPEN[8].number}
    path = f"/api/v1/accounts/{OPEN[8].number}"
    closed = await operator.call("PATCH", path, json={"is_closed": True})
    assert closed.json() == await operator.get(path)
    assert closed.json()["is_closed"] is True
    assert (await paid(payer, order("shut", **whom)))[1].code == "account-closed"
    await operator.call("PATCH", path, json={"is_closed": False})
    assert (await paid(payer, order("shut", **whom)))[1].code == "account-closed"
    assert (await paid(payer, order("open", **whom)))[1].state == "executed"


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("accounts/KZ87125KZT5004100100", {}, "account-check-digits"),
        ("accounts/KZ86125KZT5004100100", {}, "account-unknown"),
        ("accounts/1", {}, "account-format"),
        ("persons/1/payments", {}, "iin-length"),
        ("payments", {"after": -1}, "request-malformed"),
        ("payments", {"after": 2**63}, "request-malformed"),
        ("payments", {"state": "lost"}, "request-malformed"),
    ],
)
async def test_operators_wrong_question_is_refused(
    country: RunningCountry, path: str, query: dict[str, Any], code: str
) -> None:
    assert (await refused(country.operator("gcvp").get(f"/api/v1/{path}", **query))).code == code
