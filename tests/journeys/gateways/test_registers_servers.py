"""ИС ЦГО and ГЦВП, queried by the provider's system through its region; over RabbitMQ and PostgreSQL too."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest

from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.messages.message import MessageContract, MessageType
from shared.bus.runtime.unit_of_work import random_id
from shared.contracts import addresses
from shared.contracts.payments import PAYMENT_SERVICE, PaymentExecuted, PaymentOrder, PaymentState, account_of
from shared.contracts.registers import CITIZEN_SERVICE, CitizenAnswer, CitizenKind, CitizenQuery
from tests.journeys.kit import LIVING, RunningCountry, eventually, running
from tests.journeys.rogue import member
from tests.servers import environment, rabbitmq

SYSTEMS = ("is_nuc", "shep_gateway", "is_cgo", "gcvp")
IIN = LIVING[0].iin
QUERY = CitizenQuery(iin=IIN, kinds=tuple(CitizenKind), regulation="KZ-SEV.1", case="case-1")
ORDER = PaymentOrder.model_validate(
    {
        "orderId": "case-1.1",
        "iin": IIN,
        "serviceType": "targeted-social-assistance",
        "regulation": "KZ-SEV.1",
        "amountTenge": "15000.50",
        "purpose": "адресная помощь за март",
        "period": {"first": "2026-03-01", "last": "2026-03-31"},
        "account": account_of(IIN),
    }
)


async def sent_by_the_provider(country: RunningCountry, service: str, question: MessageContract) -> str:
    """Have ИС МИО send a query through its region's gateway; returns the id of the new chain."""
    chain, to = random_id(), addresses.regional_gateway("KZ-SEV")
    await country.runtime("is_mio").write(
        lambda uow: uow.send(
            to,
            question,
            service_id=service,
            message_type=MessageType.REQUEST,
            correlation_id=chain,
            route_id="KZ-SEV",
        )
    )
    return chain


async def answered(country: RunningCountry, chain: str) -> dict[str, Any]:
    """The answer of a chain, as ШЭП journaled it."""
    journal = country.operator("shep_gateway").list_journal
    rows = await eventually(lambda: journal(correlation_id=chain), lambda told: len(told) == 2)
    return next(dict(row) for row in rows if row["message_type"] == "RESPONSE")


@pytest.mark.thorough
async def test_providers_system_asks_through_its_region_and_is_answered_there(tmp_path: Path) -> None:
    async with running(tmp_path, names=(*SYSTEMS, "rshep_sev", "is_mio")) as country:
        for service, provider, question in (
            (CITIZEN_SERVICE, "is_cgo", QUERY),
            (PAYMENT_SERVICE, "gcvp", ORDER),
        ):
            row = await answered(country, await sent_by_the_provider(country, service, question))
            assert (row["sender"], row["recipients"], row["region"]) == (provider, "is_mio", "KZ-SEV")
        (asked,) = await country.operator("is_cgo").get("/api/v1/questions")
        assert (asked["asker"], asked["iin"], asked["case"]) == ("is_mio", IIN, "case-1")
        (paid,) = await country.operator("gcvp").get("/api/v1/payments")
        assert (paid["payer"], paid["amount_tenge"], paid["state"]) == ("is_mio", "15000.50", "executed")


@pytest.mark.thorough
async def test_ledger_and_rules_outlive_a_restart_and_settings_hold_where_no_rule_does(
    tmp_path: Path,
) -> None:
    told: list[CitizenAnswer] = []
    for _ in range(2):
        async with running(tmp_path, names=SYSTEMS, environment={"EGOV_CGO_MODE": "no-data"}) as country:
            address = f"asker{len(told)}"
            asker = await member(country, address, CITIZEN_SERVICE, PAYMENT_SERVICE)
            await asker.ask(CITIZEN_SERVICE, QUERY)
            told.append((await asker.receive(CitizenAnswer))[1])
            await asker.ask(PAYMENT_SERVICE, ORDER)
            assert (await asker.receive(PaymentExecuted))[1].state is PaymentState.EXECUTED
            paid = await country.operator("gcvp").get("/api/v1/payments")
            rule = {"mode": "answer"}
            await country.operator("is_cgo").call("PUT", f"/api/v1/conduct/{IIN}", json=rule)
    assert (told[0].absent, told[0].identity_document) == (tuple(CitizenKind), None)
    assert told[1].identity_document is not None
    assert [row["payer"] for row in paid] == ["asker0", "asker1"]


@pytest.mark.servers
async def test_replicas_over_real_servers_pay_an_order_once_and_answer_every_question(
    tmp_path: Path,
) -> None:
    base = environment.setting("DATABASE_URL")
    assert base is not None, "run `python -m tests.servers run -- …`"
    with rabbitmq(tmp_path, private=True) as broker:
        given = {
            "AMQP_URL": broker.url,
            "DATABASE_URL": f"{base.rpartition('/')[0]}/reg{secrets.token_hex(4)}",
        }
        async with running(tmp_path / "country", names=SYSTEMS, environment=given) as country:
            second = {**given, "EGOV_NUC_URL": country.url("is_nuc"), "EGOV_REPLICA": "2"}
            async with running(tmp_path / "country", names=("is_cgo", "gcvp"), environment=second):
                await paid_once_and_answered(country, broker.url)


async def paid_once_and_answered(country: RunningCountry, broker: str) -> None:
    transport = AmqpTransport(broker, "tests", 30)
    await transport.open()
    country.stack.push_async_callback(transport.close)
    asker = await member(country, "asker", CITIZEN_SERVICE, PAYMENT_SERVICE, transport=transport)
    orders = await asyncio.gather(*(asker.ask(PAYMENT_SERVICE, ORDER) for _ in range(20)))
    told = [(await asker.receive(PaymentExecuted))[1] for _ in orders]
    assert (told[0].state, set(told)) == (PaymentState.EXECUTED, {told[0]})
    assert len(await country.operator("gcvp").get("/api/v1/payments")) == 1
    await country.operator("is_cgo").call(
        "PUT", "/api/v1/conduct/everybody", json={"mode": "slow", "percent": 50, "seconds": 0.2}
    )
    infos = await asyncio.gather(
        *(asker.ask(CITIZEN_SERVICE, QUERY.model_copy(update={"iin": one.iin})) for one in LIVING[:40])
    )
    answers = [await asker.receive(CitizenAnswer) for _ in infos]
    assert {info.correlation_id for info, _ in answers} == {info.correlation_id for info in infos}
    assert {answer.iin for _, answer in answers} == {one.iin for one in LIVING[:40]}
    rows = await country.operator("is_cgo").get("/api/v1/questions", limit=1000)
    assert ({row["mode"] for row in rows}, len(rows)) == ({"answer", "slow"}, 40)
    assert all(row["answered_at"] for row in rows)
