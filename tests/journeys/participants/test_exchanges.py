"""The exchanges: an integrator sees each of its calls as it came and went, with what departs from the contract."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from lxml import etree

from shared.contracts.registers import PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE
from shared.pki.xml.wsse import sign_body
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry

pytestmark = pytest.mark.asyncio(loop_scope="session")

EXCHANGES = "/api/v1/exchanges"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def asker(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "exchange-asker", asks=[PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def neighbour(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "exchange-neighbour")


async def read_json(country: RunningCountry, path: str, system: JoinedSystem) -> Any:
    response = await country.answer("shep_gateway", "GET", path, headers=system.headers)
    assert response.status_code == 200, response.text
    return response.json()


async def send_question(
    country: RunningCountry, asker: JoinedSystem, service_id: str = PERSON_SERVICE, own_id: str | None = None
) -> httpx.Response:
    question = {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}}
    body = {"service_id": service_id, "message_id": own_id, "content": question}
    return await country.answer(
        "shep_gateway", "POST", "/api/v1/messages?wait=10", headers=asker.headers, json=body
    )


def qualified_call(asker: JoinedSystem) -> bytes:
    """A call as many real clients write it: `request` in the wrapper's namespace, the fields in another order."""
    return sign_body(
        (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Header/><s:Body>'
            '<SendMessage xmlns="http://bip.bee.kz/SyncChannel/v10/Types"><request>'
            '<requestInfo xmlns=""><serviceId>GBDFL_UniversalServiceSync</serviceId><messageId>one-1</messageId>'
            "<messageDate>2026-11-29T10:00:00</messageDate><sender/></requestInfo>"
            f'<requestData xmlns=""><data><iin>{LIVING[5].iin}</iin><messageId>2</messageId></data></requestData>'
            "</request></SendMessage></s:Body></s:Envelope>"
        ).encode(),
        asker.key,
        asker.certificate,
    )


DEVIATIONS_OF_THE_CALL = {
    ("content-type", "text/plain"),
    ("element-qualified", "request"),
    ("element-order", "messageId"),
    ("date-without-zone", "messageDate"),
    ("element-empty", "sender"),
}


async def call_soap(country: RunningCountry, envelope: bytes, **headers: str) -> httpx.Response:
    headers = {"Content-Type": "text/plain", **headers}
    return await country.answer("shep_gateway", "POST", "/SmartBridgeService/", content=envelope, headers=headers)


async def test_exchange_shows_a_call_as_it_came_and_went_without_the_token(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    sent = await send_question(country, asker, own_id="own-1")
    shown = await read_json(country, f"{EXCHANGES}/{sent.headers['x-exchange-id']}", asker)
    assert shown["request"]["body"].encode() == sent.request.content
    assert json.loads(shown["response"]["body"]) == sent.json()
    assert (shown["participant"], shown["http_status"], shown["code"]) == (asker.address, 201, None)
    assert shown["sent_message_id"] == "own-1"
    assert {name: shown[name] for name in ("message_id", "correlation_id", "session_id")} == {
        name: sent.json()[name] for name in ("message_id", "correlation_id", "session_id")
    }
    assert asker.token not in json.dumps(shown)
    (listed,) = await read_json(country, f"{EXCHANGES}?message_id=own-1", asker)
    assert listed["id"] == shown["id"]


async def test_refused_call_is_listed_with_the_code_and_to_its_caller_only(
    country: RunningCountry, asker: JoinedSystem, neighbour: JoinedSystem
) -> None:
    refused = await send_question(country, asker, "is-cgo-citizen")
    path = f"{EXCHANGES}?code=no-right&service_id=is-cgo-citizen"
    (listed,) = await read_json(country, path, asker)
    assert listed["id"] == refused.headers["x-exchange-id"]
    assert listed["http_status"] == 403
    assert await read_json(country, path, neighbour) == []
    assert await read_json(country, f"{path}&participant={asker.address}", neighbour) == []
    alien = await country.answer("shep_gateway", "GET", f"{EXCHANGES}/{listed['id']}", headers=neighbour.headers)
    assert (alien.status_code, alien.json()["code"]) == (404, "exchange-unknown")
    by_operator = await country.operator("shep_gateway").get(EXCHANGES, code="no-right", participant=asker.address)
    assert [row["id"] for row in by_operator] == [listed["id"]]
    nobody = await country.answer("shep_gateway", "GET", EXCHANGES)
    assert (nobody.status_code, nobody.json()["code"]) == (401, "operator-only")


async def test_deviations_are_shown_and_a_strict_door_refuses_the_first(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    envelope = qualified_call(asker)
    lenient = await call_soap(country, envelope)
    assert lenient.status_code == 200, lenient.text
    shown = await read_json(country, f"{EXCHANGES}/{lenient.headers['x-exchange-id']}", asker)
    assert (shown["door"], shown["sent_message_id"], shown["code"]) == ("soap", "one-1", None)
    assert {(row["code"], row["element"]) for row in shown["deviations"]} >= DEVIATIONS_OF_THE_CALL
    assert shown["request"]["body"].encode() == envelope
    strict = await call_soap(country, envelope, **{"X-Strict": "true", "Content-Type": "text/xml"})
    fault = etree.fromstring(strict.content)
    assert (strict.status_code, fault.findtext(".//errorData")) == (500, "soap-deviation")
    assert fault.findtext(".//errorMessage") == "element-qualified: request"
    refused = await read_json(country, f"{EXCHANGES}/{strict.headers['x-exchange-id']}", asker)
    assert (refused["code"], refused["message_id"]) == ("soap-deviation", None)


async def test_call_of_nobody_is_kept_for_the_operator(country: RunningCountry) -> None:
    unsigned = await call_soap(country, b"<Envelope/>")
    gateway = country.operator("shep_gateway")
    shown = await gateway.get(f"{EXCHANGES}/{unsigned.headers['x-exchange-id']}")
    assert (shown["participant"], shown["http_status"]) == (None, 500)
    assert shown["code"] == etree.fromstring(unsigned.content).findtext(".//errorData")


async def test_chain_shows_both_messages_of_a_query_to_those_who_take_part(
    country: RunningCountry, asker: JoinedSystem, neighbour: JoinedSystem
) -> None:
    sent = (await send_question(country, asker)).json()
    path = f"/api/v1/chains/{sent['correlation_id']}"
    question, answer = await read_json(country, path, asker)
    assert (question["message_id"], question["sender"]) == (sent["message_id"], asker.address)
    assert (answer["message_id"], answer["sender"]) == (sent["answer"]["message_id"], "nr_iin")
    states = [(row["recipient"], row["state"]) for row in question["deliveries"] + answer["deliveries"]]
    assert states == [("nr_iin", "DELIVERED"), (asker.address, "DELIVERED")]
    alien = await country.answer("shep_gateway", "GET", path, headers=neighbour.headers)
    assert (alien.status_code, alien.json()["code"]) == (404, "chain-unknown")
