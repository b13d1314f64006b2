"""ИС ЦГО and ГЦВП, queried by the provider's system through its region; over RabbitMQ and PostgreSQL too."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import Any

import pytest

from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.messages.message import MessageContract, MessageInfo, MessageType
from shared.bus.runtime.unit_of_work import random_id
from shared.contracts import addresses
from shared.contracts.cases import CASE, CHANNEL, REGULATION
from shared.contracts.payments import PAYMENT_SERVICE, PaymentExecuted, PaymentOrder, PaymentState
from shared.contracts.registers import CITIZEN_SERVICE, CitizenAnswer, CitizenKind, CitizenQuery
from shared.pki.client.enrolment import read_enrolment
from tests.journeys.kit import LIVING, RunningCountry, eventually, running
from tests.journeys.providers import RogueProvider, case_called, in_case, way_of
from tests.journeys.rogue import Rogue, carrier, certified
from tests.servers import RabbitServer, environment

SYSTEMS = ("is_nuc", "shep_gateway", "rshep_sev", "is_cgo", "gcvp")
ACT, OFFICE = "KZ-SEV.1", "kz-sev.employment.01"
IIN = LIVING[0].iin


def query(case: str, iin: str = IIN) -> CitizenQuery:
    return CitizenQuery(iin=iin, kinds=tuple(CitizenKind), regulation=ACT, case=case)


async def plays_the_provider(country: RunningCountry) -> RogueProvider:
    """ИС МИО with its certificate; НУЦ certifies it now if it has none."""
    address = addresses.MIO
    enrolment = read_enrolment(country.folder / address, address) or await certified(country, address)
    return RogueProvider.of(country, Rogue(carrier(country), enrolment.identity))


async def ask(provider: RogueProvider, service: str, question: PaymentOrder | CitizenQuery) -> MessageInfo:
    """Ask in the case that the question names, through the region's gateway."""
    envelope = in_case(question.case or "", ACT, "provider")
    return await provider.rogue.ask(service, question, to=way_of("is_mio", ACT), **envelope)


async def sent_by_the_provider(country: RunningCountry, service: str, question: MessageContract, case: str) -> str:
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
            values={CASE: case, REGULATION: ACT, CHANNEL: "provider"},
        )
    )
    return chain


async def answered(country: RunningCountry, chain: str) -> dict[str, Any]:
    """The answer of a chain in ШЭП's journal."""
    journal = country.operator("shep_gateway").list_journal
    rows = await eventually(lambda: journal(correlation_id=chain), lambda told: len(told) == 2)
    return next(dict(row) for row in rows if row["message_type"] == "RESPONSE")


@pytest.mark.thorough
async def test_providers_system_asks_through_its_region_and_is_answered_there(tmp_path: Path) -> None:
    async with running(tmp_path, names=(*SYSTEMS, "is_mio")) as country:
        order = await (await plays_the_provider(country)).order("one", IIN, ACT, OFFICE)
        for service, provider, question in (
            (CITIZEN_SERVICE, "is_cgo", query(order.case)),
            (PAYMENT_SERVICE, "gcvp", order),
        ):
            row = await answered(country, await sent_by_the_provider(country, service, question, order.case))
            assert (row["sender"], row["recipients"], row["region"]) == (provider, "is_mio", "KZ-SEV")
        (asked,) = await country.operator("is_cgo").get("/api/v1/questions")
        assert (asked["asker"], asked["iin"], asked["case"]) == ("is_mio", IIN, order.case)
        (paid,) = await country.operator("gcvp").get("/api/v1/payments")
        assert (paid["payer"], paid["amount_tenge"], paid["state"]) == ("is_mio", "9000.00", "executed")


@pytest.mark.thorough
async def test_ledger_and_rules_outlive_a_restart_and_settings_hold_where_no_rule_does(
    tmp_path: Path,
) -> None:
    told: list[CitizenAnswer] = []
    for run in ("first", "second"):
        async with running(tmp_path, names=SYSTEMS, environment={"EGOV_CGO_MODE": "no-data"}) as country:
            provider = await plays_the_provider(country)
            await provider.rogue.listen()
            await ask(provider, CITIZEN_SERVICE, query(run))
            told.append((await provider.rogue.receive(CitizenAnswer))[1])
            await ask(provider, PAYMENT_SERVICE, await provider.order(run, IIN, ACT, OFFICE))
            assert (await provider.rogue.receive(PaymentExecuted))[1].state is PaymentState.EXECUTED
            paid = await country.operator("gcvp").get("/api/v1/payments")
            rule = {"mode": "answer"}
            await country.operator("is_cgo").call("PUT", f"/api/v1/conduct/{IIN}", json=rule)
    assert (told[0].absent, told[0].identity_document) == (tuple(CitizenKind), None)
    assert told[1].identity_document is not None
    assert [row["order_id"] for row in paid] == ["second", "first"]


@pytest.mark.servers
async def test_replicas_over_real_servers_pay_an_order_once_and_answer_every_question(
    common_broker: RabbitServer, tmp_path: Path
) -> None:
    base = environment.setting("DATABASE_URL")
    assert base is not None, "run `python -m tests.servers run -- …`"
    broker = common_broker.spare_url()
    given = {
        "AMQP_URL": broker,
        "DATABASE_URL": f"{base.rpartition('/')[0]}/reg{secrets.token_hex(4)}",
    }
    async with running(tmp_path / "country", names=SYSTEMS, environment=given) as country:
        second = {**given, "EGOV_NUC_URL": country.url("is_nuc"), "EGOV_REPLICA": "2"}
        async with running(tmp_path / "country", names=("is_cgo", "gcvp"), environment=second):
            await paid_once_and_answered(country, broker)


async def paid_once_and_answered(country: RunningCountry, broker: str) -> None:
    transport = AmqpTransport(broker, "tests", 30)
    await transport.open()
    country.stack.push_async_callback(transport.close)
    provider = await plays_the_provider(country)
    asker = provider.rogue
    asker.transport = transport
    await asker.listen()
    order = await provider.order("one", IIN, ACT, OFFICE)
    orders = await asyncio.gather(*(ask(provider, PAYMENT_SERVICE, order) for _ in range(20)))
    told = [(await asker.receive(PaymentExecuted))[1] for _ in orders]
    assert (told[0].state, set(told)) == (PaymentState.EXECUTED, {told[0]})
    assert len(await country.operator("gcvp").get("/api/v1/payments")) == 1
    await paid_up_to_the_amount(provider)
    await country.operator("is_cgo").call(
        "PUT", "/api/v1/conduct/everybody", json={"mode": "slow", "percent": 50, "seconds": 0.2}
    )
    infos = await asyncio.gather(
        *(ask(provider, CITIZEN_SERVICE, query(f"asked-{one.iin}", one.iin)) for one in LIVING[:40])
    )
    answers = [await asker.receive(CitizenAnswer) for _ in infos]
    assert {info.correlation_id for info, _ in answers} == {info.correlation_id for info in infos}
    assert {answer.iin for _, answer in answers} == {one.iin for one in LIVING[:40]}
    rows = await country.operator("is_cgo").get("/api/v1/questions", limit=1000)
    assert ({row["mode"] for row in rows}, len(rows)) == ({"answer", "slow"}, 40)
    assert all(row["answered_at"] for row in rows)


async def paid_up_to_the_amount(provider: RogueProvider) -> None:
    """Twenty orders of 1000 tenge come to both replicas at once, for a case that may cost 9000."""
    case = case_called("dear")
    given = {"case": case, "amountTenge": "1000.00"}
    orders = [await provider.order(f"dear-{n}", IIN, ACT, OFFICE, **given) for n in range(20)]
    await asyncio.gather(*(ask(provider, PAYMENT_SERVICE, order) for order in orders))
    codes = [(await provider.rogue.receive(PaymentExecuted))[1].code for _ in range(20)]
    assert sorted(codes, key=str) == [None] * 9 + ["amount-exceeded"] * 11
