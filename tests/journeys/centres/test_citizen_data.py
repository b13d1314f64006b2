"""Queries to ИС ЦГО over the bus: answered at once, late, without data, or never; all are journaled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shared.bus.messages.message import MessageInfo, MessageType
from shared.bus.runtime.unit_of_work import random_id
from shared.contracts import addresses
from shared.contracts.registers import CITIZEN_SERVICE, CitizenAnswer, CitizenKind, CitizenQuery
from tests.journeys.kit import LIVING, RunningCountry, eventually, refused, running
from tests.journeys.providers import in_case
from tests.journeys.rogue import Rogue, enrolled, member, stranger

pytestmark = pytest.mark.asyncio(loop_scope="session")

EVERY = tuple(CitizenKind)
IDENTITY = (CitizenKind.IDENTITY_DOCUMENT,)
NOBODYS = "850101100022"
PEOPLE = LIVING[-20:]
"""People whom no other journey uses."""


REGULATION = "KZ-AKM.2"
"""An act by which a centre's operator asks ИС ЦГО while the citizen stands at the window."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country whose ИС ЦОН is played by the test."""
    names = ("is_nuc", "shep_gateway", "is_cgo")
    async with running(tmp_path_factory.mktemp("asked"), names=names) as running_country:
        yield running_country


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> Rogue:
    """ИС ЦОН, which sends queries while it accepts cases."""
    rogue = await enrolled(country, addresses.CON)
    await rogue.listen()
    return rogue


async def ask(
    asker: Rogue, iin: str, kinds: tuple[CitizenKind, ...] = EVERY, case: str | None = None
) -> MessageInfo:
    """Ask about a person for a case, by default a new one; returns the question's envelope."""
    case = case or random_id()
    query = CitizenQuery(iin=iin, kinds=kinds, regulation=REGULATION, case=case)
    return await asker.ask(CITIZEN_SERVICE, query, **in_case(case, REGULATION, "con"))


async def conduct(country: RunningCountry, whom: str, **rule: Any) -> None:
    await country.operator("is_cgo").call("PUT", f"/api/v1/conduct/{whom}", json=rule)


async def questions(country: RunningCountry, **narrowed: Any) -> list[dict[str, Any]]:
    return list(await country.operator("is_cgo").get("/api/v1/questions", **narrowed))


async def asked(asker: Rogue, iin: str, kinds: tuple[CitizenKind, ...] = EVERY) -> CitizenAnswer:
    info = await ask(asker, iin, kinds)
    answered, answer = await asker.receive(
        CitizenAnswer, lambda told, _: told.correlation_id == info.correlation_id
    )
    assert (answered.sender.sender_id, answered.message_type) == ("is_cgo", MessageType.RESPONSE)
    return answer


async def dead(country: RunningCountry, code: str, correlation_id: str) -> bool:
    """Whether ИС ЦГО refused a message of this chain with this code, and ШЭП got the receipt."""
    rows = await eventually(
        lambda: country.operator("shep_gateway").list_deliveries(correlation_id=correlation_id),
        lambda told: bool(told) and told[0]["state"] != "ON_DELIVERY",
    )
    return [(row["state"], row["error_code"]) for row in rows] == [("NOT_DELIVERED", code)]


async def test_state_bodies_tell_what_was_asked_and_nothing_else(country: RunningCountry, asker: Rogue) -> None:
    held = await country.operator("is_cgo").get(f"/api/v1/citizens/{PEOPLE[0].iin}")
    every = await asked(asker, PEOPLE[0].iin)
    assert every.model_dump(mode="json", by_alias=True) == held
    one = await asked(asker, PEOPLE[0].iin, IDENTITY)
    assert one == CitizenAnswer(iin=PEOPLE[0].iin, identity_document=every.identity_document)


async def test_citizen_data_of_a_number_that_nobody_holds_are_all_absent(asker: Rogue) -> None:
    assert await asked(asker, NOBODYS) == CitizenAnswer(iin=NOBODYS, absent=EVERY)


async def test_journal_says_who_asked_what_about_whom_and_for_which_case(
    country: RunningCountry, asker: Rogue
) -> None:
    iin = PEOPLE[1].iin
    info = await ask(asker, iin, IDENTITY, "case-77")
    await asker.receive(CitizenAnswer, lambda told, _: told.correlation_id == info.correlation_id)
    (row,) = await questions(country, iin=iin)
    assert (row["asker"], row["correlation_id"]) == ("is_con", info.correlation_id)
    assert (row["regulation"], row["case"], row["kinds"]) == (REGULATION, "case-77", ["identity-document"])
    assert (row["service_id"], row["mode"]) == (CITIZEN_SERVICE, "answer")
    assert row["answered_at"] == row["asked_at"]
    assert await questions(country, case="case-77") == [row]
    assert await questions(country, case="case-77", after=row["n"]) == []
    assert await questions(country, iin=iin, asker="is_mio") == []


async def test_silent_system_never_answers_and_the_question_is_journaled_all_the_same(
    country: RunningCountry, asker: Rogue
) -> None:
    await conduct(country, PEOPLE[2].iin, mode="silent")
    info = await ask(asker, PEOPLE[2].iin, IDENTITY)
    await asked(asker, PEOPLE[3].iin)  # others got their answers, and those came later
    (row,) = await questions(country, iin=PEOPLE[2].iin)
    assert (row["mode"], row["answered_at"], row["due_at"]) == ("silent", None, None)
    deliveries = await country.operator("shep_gateway").list_deliveries(correlation_id=info.correlation_id)
    assert [(one["recipient"], one["state"]) for one in deliveries] == [("is_cgo", "DELIVERED")]


async def test_slow_system_answers_when_its_time_has_come(country: RunningCountry, asker: Rogue) -> None:
    await conduct(country, PEOPLE[4].iin, mode="slow", seconds=0.3)
    told = await asked(asker, PEOPLE[4].iin)
    assert told.identity_document is not None
    (row,) = await questions(country, iin=PEOPLE[4].iin)
    assert row["answered_at"] >= row["due_at"] > row["asked_at"]


async def test_system_may_have_no_data_of_a_citizen(country: RunningCountry, asker: Rogue) -> None:
    await conduct(country, PEOPLE[5].iin, mode="no-data")
    assert await asked(asker, PEOPLE[5].iin) == CitizenAnswer(iin=PEOPLE[5].iin, absent=EVERY)
    await country.operator("is_cgo").call("DELETE", f"/api/v1/conduct/{PEOPLE[5].iin}")
    assert (await asked(asker, PEOPLE[5].iin)).identity_document is not None


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ('{"iin": "850101100023", "kinds": ["residence"]}', "iin-check-digit"),
        (f'{{"iin": "{NOBODYS}", "kinds": ["residence", "residence"]}}', "citizen-kinds-repeated"),
        (f'{{"iin": "{NOBODYS}", "kinds": ["horoscope"]}}', "message-data-malformed"),
        (f'{{"iin": "{NOBODYS}", "kinds": []}}', "message-data-malformed"),
        (f'{{"iin": "{NOBODYS}", "kinds": ["residence"], "regulation": "all"}}', "message-data-malformed"),
        (f'{{"iin": "{NOBODYS * 9}", "kinds": ["residence"]}}', "message-data-malformed"),
        (f'{{"iin": "{NOBODYS}", "kinds": ["residence"], "case": "{"x" * 101}"}}', "message-data-malformed"),
        (f'{{"iin": "{NOBODYS}", "kinds": ["residence"]}}', "case-missing"),
        (f'{{"iin": "{NOBODYS}", "kinds": ["residence"], "case": "case-1"}}', "case-not-attested"),
        ('{"iin": 850101100022, "kinds": ["residence"]}', "message-data-malformed"),
    ],
)
async def test_question_that_makes_no_sense_is_refused_and_not_journaled(
    country: RunningCountry, asker: Rogue, data: str, code: str
) -> None:
    before = await questions(country, limit=1000)
    info = asker.info(CITIZEN_SERVICE, MessageType.REQUEST)
    head = info.model_dump_json(by_alias=True, exclude_none=True)
    body = f'{{"messageInfo":{head},"messageData":{{"contract":"citizen-query/1","data":{data}}}}}'
    await asker.send(asker.sealed(info, body.encode()))
    assert await dead(country, code, info.correlation_id)
    assert await questions(country, limit=1000) == before


async def test_question_that_is_replayed_is_answered_and_journaled_once(
    country: RunningCountry, asker: Rogue
) -> None:
    info = asker.info(CITIZEN_SERVICE, MessageType.REQUEST, **in_case("replayed", REGULATION, "con"))
    query = CitizenQuery(iin=PEOPLE[6].iin, kinds=IDENTITY, regulation=REGULATION, case="replayed")
    raw = asker.sealed(info, query)
    for _ in range(3):
        await asker.send(raw)
    await asker.receive(CitizenAnswer, lambda told, _: told.correlation_id == info.correlation_id)
    assert len(await questions(country, iin=PEOPLE[6].iin)) == 1


async def test_question_without_the_right_or_past_the_gateway_is_not_answered(country: RunningCountry) -> None:
    query, gateway = CitizenQuery(iin=PEOPLE[7].iin, kinds=EVERY), country.operator("shep_gateway")
    curious = await member(country, "cgo-curious")
    info = await curious.ask(CITIZEN_SERVICE, query)
    (entry,) = await gateway.list_journal(correlation_id=info.correlation_id)
    assert (entry["event"], entry["code"]) == ("REFUSED", "no-right")
    for rogue, code in ((stranger(country), "sender-unknown"), (await enrolled(country, "cgo-direct"), "")):
        info = rogue.info(CITIZEN_SERVICE, MessageType.REQUEST)
        await rogue.send(rogue.sealed(info, query, to="is_cgo"), to="is_cgo")
        letters = await country.operator("is_cgo").get("/api/v1/dead-letters")
        assert letters[0]["code"] == (code or "neighbour-not-accepted")
    assert await questions(country, iin=PEOPLE[7].iin) == []


@pytest.mark.parametrize(
    ("whom", "rule", "code"),
    [
        ("850101100023", {"mode": "silent"}, "iin-check-digit"),
        ("nobody", {"mode": "silent"}, "iin-length"),
        (PEOPLE[9].iin, {"mode": "silent", "percent": 50}, "conduct-percent"),
        ("everybody", {"mode": "rude"}, "request-malformed"),
        ("everybody", {"mode": "silent", "percent": 101}, "request-malformed"),
        ("everybody", {"mode": "slow", "seconds": -1}, "request-malformed"),
        ("everybody", {"mode": "slow", "seconds": 1e99}, "request-malformed"),
        ("everybody", {"mode": "silent", "why": "so"}, "request-malformed"),
    ],
)
async def test_conduct_rule_that_makes_no_sense_is_refused(
    country: RunningCountry, whom: str, rule: dict[str, Any], code: str
) -> None:
    before = await country.operator("is_cgo").get("/api/v1/conduct")
    assert (await refused(conduct(country, whom, **rule))).code == code
    assert await country.operator("is_cgo").get("/api/v1/conduct") == before


async def test_operator_sees_the_conduct_rules_and_what_is_not_there(country: RunningCountry) -> None:
    operator = country.operator("is_cgo")
    await conduct(country, PEOPLE[8].iin, mode="slow", seconds=60)
    rules = await operator.get("/api/v1/conduct")
    assert {"whom": PEOPLE[8].iin, "mode": "slow", "percent": 100, "seconds": 60.0} in rules
    gone = await refused(operator.call("DELETE", f"/api/v1/conduct/{PEOPLE[9].iin}"))
    assert (gone.status, gone.code) == (404, "conduct-unknown")
    assert (await refused(operator.get(f"/api/v1/citizens/{NOBODYS}"))).code == "iin-unknown"


async def test_questions_at_once_are_each_answered_once(country: RunningCountry, asker: Rogue) -> None:
    people = [person.iin for person in PEOPLE[10:]] * 4
    infos = await asyncio.gather(*(ask(asker, iin, IDENTITY) for iin in people))
    about = {info.correlation_id: iin for info, iin in zip(infos, people, strict=True)}
    while about:
        told, answer = await asker.receive(CitizenAnswer, lambda told, _: told.correlation_id in about)
        assert about.pop(told.correlation_id) == answer.iin
    assert len(await questions(country, iin=people[0])) == 4


async def test_template_of_a_silent_register_leaves_questions_without_an_answer_until_it_ends(
    country: RunningCountry, asker: Rogue
) -> None:
    gateway, iin = country.operator("shep_gateway"), PEOPLE[9].iin
    (added,) = await gateway.post("/api/v1/sandbox/templates/is-cgo-silent", {})
    try:
        info = await ask(asker, iin)
        (row,) = await eventually(lambda: questions(country, correlation_id=info.correlation_id), bool)
        assert (row["mode"], row["answered_at"]) == ("silent", None)
        fired = await eventually(lambda: gateway.get("/api/v1/sandbox/firings", rule_id=added["rule"]["id"]), bool)
        assert [entry["system"] for entry in fired] == ["is_cgo"]
    finally:
        await gateway.call("DELETE", "/api/v1/sandbox/faults")
    assert (await asked(asker, iin)).iin == iin
