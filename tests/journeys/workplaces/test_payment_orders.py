"""Payment orders to ГЦВП over the bus: each is executed once, or rejected with a reason."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from services.gcvp.domain import synthetic_accounts
from shared.bus.messages.message import MessageInfo, MessageType, make_properties
from shared.contracts import addresses
from shared.contracts.cases import CHANNEL, STEP
from shared.contracts.payments import PAYMENT_SERVICE, AccountKind, PaymentExecuted, PaymentOrder
from shared.contracts.population import make_population
from tests.journeys.gateway_pairs import Parcel
from tests.journeys.kit import RunningCountry, eventually, refused, running
from tests.journeys.providers import RogueProvider, case_called, in_case, way_of
from tests.journeys.rogue import enrolled, member

pytestmark = pytest.mark.asyncio(loop_scope="session")

ACCOUNTS = list(synthetic_accounts(make_population(1, 1000)))
OPEN = [one for one in ACCOUNTS if one.is_holder_alive and not one.is_closed and one.kind is AccountKind.PERSONAL]
CLOSED = next(one for one in ACCOUNTS if one.is_holder_alive and one.is_closed)
DEAD = next(one for one in ACCOUNTS if not one.is_holder_alive)
NOBODYS = "850101100022"


REGULATION, OFFICE = "KZ-SEV.1", "kz-sev.employment.01"
"""Targeted social assistance: 9000 tenge a case, in the provider's channel an affair of ИС МИО alone."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country whose providers and portal are played by the test."""
    names = ("is_nuc", "shep_gateway", "rshep_sev", "gcvp")
    async with running(tmp_path_factory.mktemp("paying"), names=names) as running_country:
        yield running_country


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def payer(country: RunningCountry) -> RogueProvider:
    """ИС МИО, which orders payments for the cases that it granted."""
    return await provider(country, addresses.MIO)


async def provider(country: RunningCountry, address: str) -> RogueProvider:
    rogue = await enrolled(country, address)
    await rogue.listen()
    return RogueProvider.of(country, rogue)


async def order(payer: RogueProvider, order_id: str, **changes: Any) -> PaymentOrder:
    """An order for a case of its own; ``order_id`` and ``iin`` choose the case."""
    return await payer.order(order_id, changes.pop("iin", OPEN[0].iin), REGULATION, OFFICE, **changes)


async def send(payer: RogueProvider, wanted: PaymentOrder, channel: str = "provider") -> MessageInfo:
    to = way_of(payer.rogue.identity.address, wanted.regulation)
    envelope = in_case(wanted.case, wanted.regulation, channel)
    return await payer.rogue.ask(PAYMENT_SERVICE, wanted, to=to, **envelope)


async def paid(
    payer: RogueProvider, wanted: PaymentOrder, channel: str = "provider"
) -> tuple[MessageInfo, PaymentExecuted]:
    info = await send(payer, wanted, channel)
    answered, told = await payer.rogue.receive(
        PaymentExecuted, lambda told, _: told.correlation_id == info.correlation_id
    )
    assert (answered.sender.sender_id, told.order_id) == ("gcvp", wanted.order_id)
    return info, told


async def ledger(country: RunningCountry, **narrowed: Any) -> list[dict[str, Any]]:
    return list(await country.operator("gcvp").get("/api/v1/payments", **narrowed))


async def refusal(country: RunningCountry, info: MessageInfo) -> str | None:
    """The code with which ГЦВП refused a message, from the receipt that ШЭП got."""
    (row,) = await eventually(
        lambda: country.operator("shep_gateway").list_deliveries(correlation_id=info.correlation_id),
        lambda told: bool(told) and told[0]["state"] != "ON_DELIVERY",
    )
    return None if row["state"] == "DELIVERED" else str(row["error_code"])


async def test_payment_order_is_executed_and_stands_in_the_ledger(
    country: RunningCountry, payer: RogueProvider
) -> None:
    _, told = await paid(payer, await order(payer, "one", amountTenge="8000.50"))
    assert (told.state, told.code) == ("executed", None)
    row = await country.operator("gcvp").get("/api/v1/payments/is_mio/one")
    assert (row["amount_tenge"], row["account"], row["state"]) == ("8000.50", OPEN[0].number, "executed")
    assert (row["service_type"], row["regulation"]) == ("targeted-social-assistance", "KZ-SEV.1")
    assert row["case"] == case_called(f"one {OPEN[0].iin}")
    unknown = await refused(country.operator("gcvp").get("/api/v1/payments/is_con/one"))
    assert (unknown.status, unknown.code) == (404, "payment-unknown")


async def test_payment_order_sent_again_is_told_the_same_and_paid_once(
    country: RunningCountry, payer: RogueProvider
) -> None:
    wanted = await order(payer, "twice", iin=OPEN[1].iin, amountTenge="8000.50")
    _, first = await paid(payer, wanted)
    _, again = await paid(payer, await order(payer, "twice", iin=OPEN[1].iin, amountTenge="8000.5"))
    assert again == first
    at_once = await asyncio.gather(*(send(payer, wanted) for _ in range(5)))
    chains = {info.correlation_id for info in at_once}
    for _ in range(5):
        info, told = await payer.rogue.receive(PaymentExecuted, lambda told, _: told.correlation_id in chains)
        chains.remove(info.correlation_id)
        assert told == first
    assert len(await ledger(country, iin=OPEN[1].iin)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"amountTenge": "8000.51"},
        {"iin": OPEN[3].iin},
        {"purpose": "другое"},
        {"period": {"first": "2026-04-01", "last": "2026-04-30"}},
        {"serviceType": "fuel-assistance"},
        {"case": case_called("another")},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_payment_order_under_a_used_id_is_refused_and_the_first_stands(
    country: RunningCountry, payer: RogueProvider, change: dict[str, Any]
) -> None:
    given = {"iin": OPEN[2].iin, "amountTenge": "8000.50"}
    await paid(payer, await order(payer, "changed", **given))
    info = await send(payer, await order(payer, "changed", **(given | change)))
    assert await refusal(country, info) == "payment-order-changed"
    (row,) = await ledger(country, iin=OPEN[2].iin)
    assert row["amount_tenge"] == "8000.50"
    assert await ledger(country, iin=OPEN[3].iin) == []


@pytest.mark.parametrize(
    ("order_id", "change", "code"),
    [
        ("r1", {"iin": NOBODYS}, "payee-unknown"),
        ("r2", {"account": OPEN[5].number}, "account-unknown"),
        ("r3", {"accountKind": "cash-control"}, "account-unknown"),
        ("r4", {"iin": CLOSED.iin}, "account-closed"),
        ("r5", {"iin": DEAD.iin}, "payee-deceased"),
        ("r6", {"serviceType": "unemployment-certificate"}, "service-does-not-pay"),
        ("r7", {"amountTenge": "9000.01"}, "amount-exceeded"),
    ],
)
async def test_payment_order_that_cannot_be_paid_is_rejected_for_good(
    country: RunningCountry, payer: RogueProvider, order_id: str, change: dict[str, Any], code: str
) -> None:
    wanted = await order(payer, order_id, **({"iin": OPEN[4].iin} | change))
    _, told = await paid(payer, wanted)
    assert (told.state, told.code) == ("rejected", code)
    assert (await paid(payer, wanted))[1] == told
    row = await country.operator("gcvp").get(f"/api/v1/payments/is_mio/{order_id}")
    assert (row["state"], row["code"]) == ("rejected", code)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("iin", '"850101100023"', "iin-check-digit"),
        ("account", '"KZ87125KZT5004100100"', "account-check-digits"),
        ("period", '{"first": "2026-03-31", "last": "2026-03-01"}', "payment-period"),
        ("amountTenge", '"-8000.50"', "message-data-malformed"),
        ("amountTenge", '"0"', "message-data-malformed"),
        ("amountTenge", "1e400", "message-data-malformed"),
        ("amountTenge", '"99999999999999999999"', "message-data-malformed"),
        ("amountTenge", '"0.001"', "message-data-malformed"),
        ("purpose", f'"{"x" * 201}"', "message-data-malformed"),
        ("orderId", '"../one"', "message-data-malformed"),
        ("case", '"a case"', "message-data-malformed"),
        ("decision", '"AAAA"', "eds-malformed"),
    ],
)
async def test_payment_order_that_makes_no_sense_is_refused_and_leaves_no_trace(
    country: RunningCountry, payer: RogueProvider, field: str, value: str, code: str
) -> None:
    before = len(await ledger(country, limit=1000))
    nonsense = await order(payer, "nonsense")
    envelope, to = in_case(nonsense.case, REGULATION, "provider"), way_of("is_mio", REGULATION)
    info = payer.rogue.info(PAYMENT_SERVICE, MessageType.REQUEST, **envelope)
    given = nonsense.model_dump(mode="json", by_alias=True)
    fields = {name: json.dumps(one) for name, one in given.items()}
    data = ",".join(f'"{name}":{one}' for name, one in (fields | {field: value}).items())
    head = info.model_dump_json(by_alias=True, exclude_none=True)
    body = f'{{"messageInfo":{head},"messageData":{{"contract":"payment-order/2","data":{{{data}}}}}}}'
    await payer.rogue.send(payer.rogue.sealed(info, body.encode(), to=to), to)
    assert await refusal(country, info) == code
    assert len(await ledger(country, limit=1000)) == before


async def test_payment_order_without_the_right_is_refused(country: RunningCountry, payer: RogueProvider) -> None:
    thief = await member(country, "thief")
    info = await thief.ask(PAYMENT_SERVICE, await order(payer, "stolen"))
    (entry,) = await country.operator("shep_gateway").list_journal(correlation_id=info.correlation_id)
    assert (entry["event"], entry["code"]) == ("REFUSED", "no-right")
    assert await ledger(country, payer="thief") == []


async def test_payment_ids_of_two_payers_are_apart(country: RunningCountry, payer: RogueProvider) -> None:
    """The second payer is АРМ ШЭП, with a case that the portal sent to it."""
    other, iin = await provider(country, addresses.ARM_SHEP), OPEN[6].iin
    assert (await paid(payer, await order(payer, "mine", iin=iin)))[1].state == "executed"
    second = await other.order("mine", iin, "KZ-AKM.15", "kz-akm.employment.01", case=case_called("the portal's"))
    await apply(country, second.case)
    assert (await paid(other, second, "portal"))[1].state == "executed"
    rows = await ledger(country, iin=iin)
    assert [(row["payer"], row["amount_tenge"]) for row in rows] == [
        ("arm_shep", "20000.00"),
        ("is_mio", "9000.00"),
    ]


async def apply(country: RunningCountry, case: str) -> None:
    """Have the portal send an application for assistance to the needy to АРМ ШЭП."""
    service, region, portal = "needy-citizens-assistance", "KZ-AKM", await enrolled(country, addresses.PORTAL)
    routes = await country.operator("shep_gateway").get("/api/v1/routes")
    ways = {
        (route["service_id"], route["region"], route["recipient"], route["message_type"]): route["step"]
        for route in routes
        if route["channel"] == "portal"
    }
    properties = make_properties({CHANNEL: "portal", STEP: ways[service, region, "arm_shep", "REQUEST"]})
    await portal.ask(service, Parcel(), correlation_id=case, route_id=region, properties=properties)


async def test_payment_sums_count_every_payment_once(country: RunningCountry, payer: RogueProvider) -> None:
    before = await executed_total(country)
    for n, amount in enumerate(("9000.00", "0.01", "8999.99")):
        wanted = await order(payer, f"sum-{n}", iin=OPEN[9].iin, amountTenge=amount)
        for _ in range(2):
            await paid(payer, wanted)
    after = await executed_total(country)
    assert (after[0] - before[0], after[1] - before[1]) == (3, Decimal("18000.00"))


async def executed_total(country: RunningCountry) -> tuple[int, Decimal]:
    """The number of executed payments of the regulation, and their sum."""
    totals = await country.operator("gcvp").get("/api/v1/totals")
    executed = [row for row in totals if (row["regulation"], row["state"]) == (REGULATION, "executed")]
    return sum(row["count"] for row in executed), sum(
        (Decimal(row["amount_tenge"]) for row in executed), Decimal(0)
    )


async def test_payments_are_shown_to_their_payee_without_what_the_payee_need_not_see(
    country: RunningCountry, payer: RogueProvider
) -> None:
    whom = {"iin": OPEN[7].iin, "amountTenge": "8000.50"}
    await paid(payer, await order(payer, "seen", **whom))
    await paid(payer, await order(payer, "unseen", **whom, serviceType="wheelchair"))
    (row,) = await country.operator("gcvp").get(f"/api/v1/persons/{OPEN[7].iin}/payments")
    assert (row["amount_tenge"], row["account"]) == ("8000.50", f"…{OPEN[7].number[-4:]}")
    assert not {"iin", "purpose", "payer", "order_id", "case"} & row.keys()


async def test_account_that_is_closed_takes_money_again_once_it_is_opened(
    country: RunningCountry, payer: RogueProvider
) -> None:
    operator, shut = country.operator("gcvp"), await order(payer, "shut", iin=OPEN[8].iin)
    path = f"/api/v1/accounts/{OPEN[8].number}"
    closed = await operator.call("PATCH", path, json={"is_closed": True})
    assert closed.json() == await operator.get(path)
    assert closed.json()["is_closed"] is True
    assert (await paid(payer, shut))[1].code == "account-closed"
    await operator.call("PATCH", path, json={"is_closed": False})
    assert (await paid(payer, shut))[1].code == "account-closed"
    assert (await paid(payer, await order(payer, "open", iin=OPEN[8].iin)))[1].state == "executed"


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
