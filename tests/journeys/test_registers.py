"""НР ИИН and ЕНИС, asked over the bus by a system that may."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from shared.contracts.registers import (
    PERSON_SERVICE,
    POWER_SERVICE,
    PersonAnswer,
    PersonQuery,
    PowerAnswer,
    PowerQuery,
)
from tests.journeys.kit import LIVING, Land, refused
from tests.journeys.rogue import Rogue, member

pytestmark = pytest.mark.asyncio(loop_scope="session")

NOBODYS = "850101100022"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(land: Land) -> Rogue:
    """A system that may ask both registers."""
    return await member(land, "asker", PERSON_SERVICE, POWER_SERVICE)


async def powers(land: Land) -> list[dict[str, Any]]:
    """The synthetic powers of attorney, as ЕНИС's operator sees them."""
    return list(await land.operator("enis").get("/api/v1/powers"))


async def asked(asker: Rogue, power: dict[str, Any], **changes: str) -> PowerAnswer:
    wanted = {name: power[name] for name in ("number", "principalIin", "attorneyIin")} | changes
    info = await asker.ask(POWER_SERVICE, PowerQuery.model_validate(wanted))
    answered, answer = await asker.receive(PowerAnswer)
    assert (answered.correlation_id, answered.sender.sender_id) == (info.correlation_id, "enis")
    return answer


async def test_the_register_of_numbers_tells_who_holds_one(asker: Rogue) -> None:
    info = await asker.ask(PERSON_SERVICE, PersonQuery(iin=LIVING[0].iin))
    answered, answer = await asker.receive(PersonAnswer)
    assert (answered.correlation_id, answered.sender.sender_id) == (info.correlation_id, "nr_iin")
    assert answer.person is not None
    assert (answer.person.iin, answer.person.surname) == (LIVING[0].iin, LIVING[0].surname)
    assert answer.person.is_alive


async def test_that_nobody_holds_a_number_is_an_answer_too(asker: Rogue) -> None:
    info = await asker.ask(PERSON_SERVICE, PersonQuery(iin=NOBODYS))
    answered, answer = await asker.receive(PersonAnswer)
    assert (answered.correlation_id, answer.person) == (info.correlation_id, None)


async def test_a_power_of_attorney_is_in_force_until_it_runs_out_or_is_revoked(land: Land, asker: Rogue) -> None:
    every = await powers(land)
    today = date.today().isoformat()  # noqa: DTZ011 - the country's own day
    revoked = next(one for one in every if one["isRevoked"])
    run_out = next(one for one in every if one["validTo"] < today)
    good = next(one for one in every if not one["isRevoked"] and one["validFrom"] <= today <= one["validTo"])
    for power, is_in_force in ((good, True), (revoked, False), (run_out, False)):
        answer = await asked(asker, power)
        assert answer.power is not None
        assert (answer.power.number, answer.is_in_force) == (power["number"], is_in_force)


async def test_a_power_of_attorney_is_told_only_to_whoever_knows_both_people(land: Land, asker: Rogue) -> None:
    power = (await powers(land))[0]
    for wrong in ({"principalIin": NOBODYS}, {"attorneyIin": NOBODYS}, {"number": "E-999999"}):
        answer = await asked(asker, power, **wrong)
        assert (answer.power, answer.is_in_force) == (None, False)


async def test_a_register_answers_nobody_without_the_right(land: Land, asker: Rogue) -> None:
    right = {"sender": "asker", "service_id": POWER_SERVICE, "message_type": "REQUEST"}
    gateway, power = land.operator("shep_gateway"), (await powers(land))[0]
    await gateway.call("DELETE", "/api/v1/rights", json=right)
    try:
        wanted = {name: power[name] for name in ("number", "principalIin", "attorneyIin")}
        info = await asker.ask(POWER_SERVICE, PowerQuery.model_validate(wanted))
        (entry,) = await gateway.journal(correlation_id=info.correlation_id)
        assert (entry["event"], entry["code"]) == ("REFUSED", "no-right")
    finally:
        await gateway.post("/api/v1/rights", right)
    assert (await asked(asker, power)).power is not None


async def test_an_answer_to_a_question_that_nobody_asked_goes_nowhere(land: Land) -> None:
    liar = await member(land, "liar")
    gateway = land.operator("shep_gateway")
    right = {"sender": "liar", "service_id": PERSON_SERVICE, "message_type": "RESPONSE"}
    await gateway.post("/api/v1/rights", right)
    info = liar.info(PERSON_SERVICE, "RESPONSE")  # type: ignore[arg-type]
    await liar.send(liar.sealed(info, PersonAnswer(person=None)))
    (entry,) = await gateway.journal(correlation_id=info.correlation_id)
    assert (entry["event"], entry["code"]) == ("REFUSED", "chain-unknown")


async def test_the_operators_of_the_registers_look_into_them(land: Land) -> None:
    numbers = land.operator("nr_iin")
    page = await numbers.get("/api/v1/persons", region="KZ-SEV", limit=5)
    assert [one["region"] for one in page] == ["KZ-SEV"] * 5
    following = await numbers.get("/api/v1/persons", region="KZ-SEV", limit=5, after=page[-1]["iin"])
    assert [one["iin"] for one in page + following] == sorted(one["iin"] for one in page + following)
    assert (await numbers.get(f"/api/v1/persons/{LIVING[0].iin}"))["surname"] == LIVING[0].surname
    assert (await refused(numbers.get(f"/api/v1/persons/{NOBODYS}"))).code == "iin-unknown"
    assert (await refused(numbers.get("/api/v1/persons/1"))).code == "iin-length"
