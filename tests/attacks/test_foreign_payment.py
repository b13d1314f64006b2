"""Threat: a member has ГЦВП pay without a decision: to another person, too much, or for a stranger's case.

Each rogue below is a provider turned bad, with its own key and certificate, and its own employees' keys. In the
provider's channel a case is known to the provider alone until it queries a register, so ИС МИО may name a case
that no other system knows; the signed decision still bounds the order.
"""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio

from shared.bus.messages.message import MessageInfo
from shared.contracts import addresses
from shared.contracts.payments import PAYMENT_SERVICE, PaymentOrder
from tests.attacks.test_member_in_anothers_case import is_refused, turned_bad
from tests.journeys.kit import RunningCountry, eventually
from tests.journeys.providers import RogueProvider, case_called, in_case, way_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

OFFICE, OTHER_OFFICE = "kz-sev.employment.01", "kz-yuz.employment.15"
ASSISTANCE = "KZ-SEV.1"
"""Targeted social assistance: 9000 tenge a case."""
ALLOWANCE, ALLOWANCE_OFFICE = "KZ-AKM.2", "kz-akm.employment.01"
"""An allowance at whose offices АРМ ШЭП works too, but in other services."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def mio(country: RunningCountry) -> RogueProvider:
    return RogueProvider.of(country, turned_bad(country, addresses.MIO))


async def pay(provider: RogueProvider, order: PaymentOrder, *, case: str | None = None) -> MessageInfo:
    """Send an order in the provider's channel; ``case`` is named by the envelope in place of the order's."""
    system, regulation = provider.rogue.identity.address, order.regulation
    envelope = in_case(case or order.case, regulation, "provider")
    return await provider.rogue.ask(PAYMENT_SERVICE, order, to=way_of(system, regulation), **envelope)


async def ledger(country: RunningCountry, iin: str) -> Any:
    return await country.operator("gcvp").get("/api/v1/payments", iin=iin)


async def recorded(country: RunningCountry, iin: str, count: int) -> Any:
    """Wait until the ledger has this many orders for a person; returns the orders."""
    return await eventually(lambda: ledger(country, iin), lambda rows: len(rows) == count)


async def is_not_paid(country: RunningCountry, info: MessageInfo, iin: str, code: str) -> None:
    """ГЦВП refused the order with this code, and its ledger has no entry of the order."""
    (row,) = await eventually(
        lambda: country.operator("shep_gateway").list_deliveries(correlation_id=info.correlation_id),
        lambda deliveries: bool(deliveries) and deliveries[0]["state"] != "ON_DELIVERY",
    )
    assert (row["recipient"], row["error_code"]) == (addresses.GCVP, code)
    assert await ledger(country, iin) == []


@pytest.mark.parametrize(
    ("office", "change", "code"),
    [
        (OFFICE, {"application_id": case_called("another")}, "payment-mismatch"),
        (OFFICE, {"applicant": "850101100022"}, "payment-mismatch"),
        (OFFICE, {"regulation": "KZ-YUZ.4"}, "payment-mismatch"),
        (OFFICE, {"outcome": "negative"}, "payment-mismatch"),
        (OTHER_OFFICE, {}, "payer-not-provider"),
    ],
    ids=lambda value: str(value),
)
async def test_payment_that_was_not_decided_is_refused(
    country: RunningCountry, mio: RogueProvider, office: str, change: dict[str, str], code: str
) -> None:
    iin = country.stranger().iin
    decision = await mio.decide(case_called(iin), iin, ASSISTANCE, office, **change)
    order = await mio.order("undecided", iin, ASSISTANCE, office, case=case_called(iin), decision=decision)
    await is_not_paid(country, await pay(mio, order), iin, code)


async def test_payment_that_a_citizen_decided_is_refused(country: RunningCountry, mio: RogueProvider) -> None:
    citizen = await country.newcomer()
    iin = citizen.person.iin
    order = await mio.order("own", iin, ASSISTANCE, OFFICE, decision=citizen.sign(b'{"document":"output"}'))
    await is_not_paid(country, await pay(mio, order), iin, "eds-purpose")


async def test_payment_for_another_case_than_the_attested_one_is_refused(
    country: RunningCountry, mio: RogueProvider
) -> None:
    iin = country.stranger().iin
    order = await mio.order("elsewhere", iin, ASSISTANCE, OFFICE)
    info = await pay(mio, order, case=case_called("attested"))
    await is_not_paid(country, info, iin, "case-not-attested")
    info = await mio.rogue.ask(PAYMENT_SERVICE, order, to=way_of("is_mio", ASSISTANCE), route_id="KZ-SEV")
    await is_not_paid(country, info, iin, "case-not-attested")


async def test_case_is_paid_the_services_amount_and_no_more(country: RunningCountry, mio: RogueProvider) -> None:
    """ГЦВП shows the newest order first."""
    iin, case = country.stranger().iin, case_called("dear")
    for n, amount in enumerate(("9000.01", "5000.00", "4000.01", "4000.00", "0.01")):
        await pay(mio, await mio.order(f"dear-{n}", iin, ASSISTANCE, OFFICE, case=case, amountTenge=amount))
        rows = await recorded(country, iin, n + 1)
    assert [(row["amount_tenge"], row["state"], row["code"]) for row in rows] == [
        ("0.01", "rejected", "amount-exceeded"),
        ("4000.00", "executed", None),
        ("4000.01", "rejected", "amount-exceeded"),
        ("5000.00", "executed", None),
        ("9000.01", "rejected", "amount-exceeded"),
    ]
    assert {row["case"] for row in rows} == {case}


async def test_member_that_takes_no_part_in_a_case_orders_no_payment_for_it(
    country: RunningCountry, mio: RogueProvider
) -> None:
    """АРМ ШЭП may vouch for the same office, and has the right to order payments: but the case is ИС МИО's."""
    thief = RogueProvider.of(country, turned_bad(country, addresses.ARM_SHEP))
    iin, case = country.stranger().iin, case_called("of is_mio")
    await pay(mio, await mio.order("first", iin, ALLOWANCE, ALLOWANCE_OFFICE, case=case, amountTenge="1.00"))
    await recorded(country, iin, 1)
    for stolen in (case, case_called("of nobody")):
        order = await thief.order("stolen", iin, ALLOWANCE, ALLOWANCE_OFFICE, case=stolen)
        await is_refused(country, await pay(thief, order), "not-a-participant")
    assert [row["payer"] for row in await ledger(country, iin)] == ["is_mio"]
