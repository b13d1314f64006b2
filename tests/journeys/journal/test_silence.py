"""Nothing comes back: every kind of silence is really made, and ШЭП says where the message or the case lies."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.shep_gateway.whereabouts.waiting_steps import find_waiting_steps
from shared.bus.messages.message import MessageType
from shared.contracts.registers import PERSON_SERVICE, PersonQuery
from shared.regulations.passport_book import PassportBook
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.installation.test_every_command import offset_of
from tests.journeys.kit import LIVING, RunningCountry, eventually
from tests.journeys.rogue import member
from tests.signing.conftest import Terminal

pytestmark = pytest.mark.asyncio(loop_scope="session")

STEP = {"ru": "шаг", "kk": "қадам", "en": "step"}
DUE = {"ru": "срок", "kk": "мерзімі", "en": "deadline"}
QUESTION = {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> JoinedSystem:
    """A system behind a door that waits for answers in vain."""
    return await join(country, "silence-asker", asks=[PERSON_SERVICE])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def keeper(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    """A system behind a door that should answer."""
    yield await join(country, "silence-keeper")


async def explained(country: RunningCountry, any_id: str, reader: JoinedSystem | None = None) -> Any:
    """The findings by code, the first reason first; asked by the operator or by a participant."""
    path = f"/api/v1/explanations/{any_id}"
    if reader is None:
        answer = await country.operator("shep_gateway").get(path)
    else:
        answer = (await country.answer("shep_gateway", "GET", path, headers=reader.headers)).json()
    return {finding["code"]: finding for finding in answer["findings"]}


async def explained_as(country: RunningCountry, any_id: str, code: str) -> Any:
    """Wait until one of the findings is ``code``; returns that finding."""
    found = await eventually(lambda: explained(country, any_id), lambda findings: code in findings)
    assert set(found[code]["texts"]) == {"ru", "kk", "en"}
    return found[code]


async def send(
    country: RunningCountry, system: JoinedSystem, service: str, content: Any = QUESTION, status: int = 201
) -> Any:
    body = {"service_id": service, "content": content}
    sent = await country.answer("shep_gateway", "POST", "/api/v1/messages", headers=system.headers, json=body)
    assert sent.status_code == status, sent.text
    return {**sent.json(), "exchange": sent.headers["x-exchange-id"]}


async def open_service(country: RunningCountry, service: str, recipient: str, sender: str) -> None:
    """A service whose questions go to this recipient."""
    gateway = country.operator("shep_gateway")
    await gateway.post(
        "/api/v1/routes", {"service_id": service, "message_type": "REQUEST", "recipient": recipient}
    )
    await gateway.post("/api/v1/rights", {"sender": sender, "service_id": service, "message_type": "REQUEST"})


async def test_silence_of_what_never_arrived(country: RunningCountry, asker: JoinedSystem) -> None:
    for reader in (None, asker):
        assert list(await explained(country, "never-sent", reader)) == ["nothing-known"]


async def test_silence_of_a_refused_call_names_the_entry_that_was_missing(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    refused = await send(country, asker, "is-cgo-citizen", status=403)
    for reader in (None, asker):
        found = await explained(country, refused["exchange"], reader)
        assert found["call-refused"]["details"]["code"] == "no-right"
    journal = await country.operator("shep_gateway").list_journal(code="no-right", system=asker.address)
    found = await explained_as(country, str(journal[0]["message_id"]), "refused-by-gateway")
    findings = {finding["code"]: finding["details"] for finding in found["explanation"]["findings"]}
    assert findings["right-missing"]["service_id"] == "is-cgo-citizen"


async def test_silence_behind_a_gap_names_the_number_that_must_come_first(country: RunningCountry) -> None:
    rogue = await member(country, "silence-gap", PERSON_SERVICE)
    info = rogue.info(PERSON_SERVICE, MessageType.REQUEST)
    await rogue.send(rogue.sealed(info, PersonQuery(iin=LIVING[7].iin), sequence=3))
    for any_id in (info.message_id, info.correlation_id):
        found = await explained_as(country, any_id, "parked-behind-gap")
        details = found["details"]
        assert (details["address"], details["number"], details["waits-for-number"]) == ("silence-gap", "3", "1")
        assert details["next-try-at"] > found["since"]


async def test_silence_of_a_recipient_that_never_connected_and_of_one_that_stopped(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    gateway = country.operator("shep_gateway")
    await gateway.call("PUT", "/api/v1/members/silence-absent", json={"title": "absent"})
    await open_service(country, "silence-absent-service", "silence-absent", asker.address)
    sent = await send(country, asker, "silence-absent-service")
    assert (await explained_as(country, sent["message_id"], "queue-missing"))["details"][
        "address"
    ] == "silence-absent"
    stopped = await member(country, "silence-stopped")
    assert stopped.mailbox is not None
    await stopped.mailbox.close()
    await open_service(country, "silence-stopped-service", stopped.identity.address, asker.address)
    sent = await send(country, asker, "silence-stopped-service")
    found = await explained_as(country, sent["correlation_id"], "queue-without-consumer")
    assert found["details"]["address"] == "silence-stopped"
    assert "unsent" in await explained(country, sent["message_id"])


async def test_silence_of_a_recipient_that_took_the_message_and_says_nothing(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    mute = await member(country, "silence-mute")
    await open_service(country, "silence-mute-service", mute.identity.address, asker.address)
    sent = await send(country, asker, "silence-mute-service")
    assert mute.mailbox is not None
    (delivery,) = await mute.mailbox.receive_batch(1)
    await mute.mailbox.acknowledge([delivery])
    found = await explained_as(country, sent["message_id"], "taken-without-verdict")
    assert found["details"]["recipient"] == "silence-mute"


async def test_silence_of_a_dead_letter_is_told_by_the_gateway_and_by_the_recipient(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    await open_service(country, "silence-dead-service", "nr_iin", asker.address)
    sent = await send(country, asker, "silence-dead-service", {"contract": "nonsense/1", "data": {}})
    found = await explained_as(country, sent["message_id"], "refused-by-recipient")
    assert found["details"] == {"recipient": "nr_iin", "code": "contract-unknown"}
    (there,) = await country.operator("nr_iin").get(f"/api/v1/whereabouts/{sent['message_id']}")
    assert (there["code"], there["details"]["code"]) == ("dead-letter", "contract-unknown")


async def test_silence_explained_by_the_command_asks_every_system(
    country: RunningCountry, asker: JoinedSystem, tmp_path: Path
) -> None:
    await open_service(country, "silence-lost-service", "nr_iin", asker.address)
    sent = await send(country, asker, "silence-lost-service", {"contract": "nonsense/1", "data": {}})
    await explained_as(country, sent["message_id"], "refused-by-recipient")
    settings = {"EGOV_PORT_OFFSET": str(offset_of(country)), "EGOV_NUC_URL": ""}
    terminal = Terminal(tmp_path, country)
    ended = await terminal.types("explain", sent["message_id"], "--json", **settings)
    told = json.loads(ended.out)
    assert (ended.code, told["silent"]) == (1, {})
    places = {(finding["system"], finding["code"]) for finding in told["findings"]}
    assert {("shep_gateway", "refused-by-recipient"), ("nr_iin", "dead-letter")} <= places
    shown = await terminal.types("explain", sent["message_id"], "--lang", "en", **settings)
    assert "nr_iin: dead-letter" in shown.out
    assert "contract-unknown" in shown.out
    away = await terminal.types("explain", sent["message_id"], **settings | {"EGOV_PORT_OFFSET": "9"})
    assert (away.code, "shep_gateway" in away.err) == (2, True)


async def test_silence_of_a_mailbox_an_endpoint_and_a_missing_answer(
    country: RunningCountry, asker: JoinedSystem, keeper: JoinedSystem
) -> None:
    gateway = country.operator("shep_gateway")
    await open_service(country, "silence-kept-service", keeper.address, asker.address)
    sent = await send(country, asker, "silence-kept-service")
    found = await explained(country, sent["message_id"], asker)
    assert found["waits-in-mailbox"]["details"] == {"recipient": keeper.address}
    endpoint = f"/api/v1/participants/{keeper.address}/endpoint"
    await gateway.call("PUT", endpoint, json={"url": "http://127.0.0.1:9/gone"})
    failing = (await explained_as(country, sent["correlation_id"], "endpoint-failing"))["details"]
    assert (failing["recipient"], int(failing["failures"]) >= 1) == (keeper.address, True)
    assert failing["next-try-at"]
    await gateway.call("DELETE", endpoint)
    verdict = f"/api/v1/messages/{sent['message_id']}/delivery"
    await country.answer("shep_gateway", "PUT", verdict, headers=keeper.headers, json={"status": "accepted"})
    found = await explained(country, sent["correlation_id"], asker)
    assert found["answer-awaited"]["details"] == {"recipient": keeper.address}
    assert found["answer-awaited"]["since"]


async def test_silence_of_an_answered_question_is_none(country: RunningCountry, asker: JoinedSystem) -> None:
    sent = await send(country, asker, PERSON_SERVICE)
    found = await explained_as(country, sent["message_id"], "answered")
    assert found["details"] == {"sender": "nr_iin"}


async def test_silence_of_a_case_names_whose_turn_it_is_and_the_deadline(country: RunningCountry) -> None:
    case = await (await country.newcomer()).apply()
    await country.arrived(case)
    step = await explained_as(country, case, "step-of-person")
    assert "step-of-system" not in await explained(country, case), "ИС ЦОН shows the status and tells nobody"
    assert step["details"]["system"] == "is_mio"
    assert step["details"]["action"]
    runtime = country.runtime("shep_gateway")
    book, later = runtime.resource(PassportBook), runtime.now + timedelta(days=90)
    findings = await runtime.read(lambda session: find_waiting_steps(session, case, book, later))
    assert "step-is-late" in {finding.code for finding in findings}


async def test_silence_of_another_systems_case_is_not_told(country: RunningCountry, asker: JoinedSystem) -> None:
    case = await (await country.newcomer()).apply()
    await country.arrived(case)
    assert list(await explained(country, case, asker)) == ["nothing-known"]


@pytest.mark.parametrize(("tag", "words"), [("ru", "Очередь человека"), ("kk", "Адамның"), ("en", "person")])
async def test_silence_page_says_it_in_the_readers_language(country: RunningCountry, tag: str, words: str) -> None:
    case = await (await country.newcomer()).apply()
    await country.arrived(case)
    token = (country.folder / "shep_gateway" / "operator.token").read_text().strip()
    page = f"/explain?lang={tag}"
    form = (await country.answer("shep_gateway", "GET", page)).text
    assert 'name="any_id"' in form
    shown = await country.answer("shep_gateway", "POST", page, data={"any_id": case, "token": token})
    assert shown.status_code == 200
    assert words in shown.text
    assert f"<dt>{STEP[tag]}</dt>" in shown.text
    assert "(UTC+05:00)" in shown.text.partition(f"<dt>{DUE[tag]}</dt>")[2][:60]
    strange = await country.answer("shep_gateway", "POST", page, data={"any_id": case, "token": "wrong"})
    assert strange.status_code == 401
    assert words not in strange.text
