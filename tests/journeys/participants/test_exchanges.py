"""The exchanges: an integrator sees each of its calls as it came and went, with what departs from the contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from lxml import etree

from shared.bus.messages.message import MessageType, encode_message, make_envelope
from shared.bus.messages.trust import SystemIdentity
from shared.bus.runtime.unit_of_work import random_id
from shared.contracts.registers import PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE, PersonQuery
from shared.pki.certificates.keys import certificate_thumbprint
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


async def test_exchange_of_a_message_has_the_very_answer_that_its_caller_got(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    question = {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}}
    body = {"service_id": PERSON_SERVICE, "content": question}
    answer = await country.answer("shep_gateway", "POST", "/api/v1/messages", headers=asker.headers, json=body)
    exchange = await read_json(country, f"{EXCHANGES}/{answer.headers['x-exchange-id']}", asker)
    assert exchange["message_id"] == answer.json()["message_id"]
    assert exchange["http_status"] == answer.status_code == 201
    assert exchange["response"]["body"] == answer.text
    assert exchange["response"]["headers"].items() <= dict(answer.headers).items()
    assert exchange["request"]["body"] == answer.request.content.decode()


async def test_exchange_of_a_message_that_was_refused_has_the_refusal(
    country: RunningCountry, neighbour: JoinedSystem
) -> None:
    body = {"service_id": PERSON_SERVICE, "content": {"contract": "person-query/1", "data": {"iin": "1"}}}
    answer = await country.answer("shep_gateway", "POST", "/api/v1/messages", headers=neighbour.headers, json=body)
    exchange = await read_json(country, f"{EXCHANGES}/{answer.headers['x-exchange-id']}", neighbour)
    assert (exchange["code"], exchange["http_status"]) == ("no-right", 403)
    assert exchange["response"]["body"] == answer.text


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


async def test_stranger_does_not_fill_the_exchanges_and_a_participants_own_are_kept(
    country: RunningCountry, asker: JoinedSystem
) -> None:
    for _ in range(3):
        calls = (country.answer("shep_gateway", "GET", "/api/v1/messages") for _ in range(45))
        assert {answer.status_code for answer in await asyncio.gather(*calls)} == {401}
    sent = await send_question(country, asker)
    gateway = country.operator("shep_gateway")
    kept = await gateway.get(EXCHANGES, code="participant-token", limit=1000)
    assert 0 < len(kept) <= 2 * 60, "60 a minute, and a minute may end meanwhile"
    shown = await read_json(country, f"{EXCHANGES}/{sent.headers['x-exchange-id']}", asker)
    assert shown["message_id"] == sent.json()["message_id"]


async def test_message_signed_by_its_sender_goes_on_with_that_signature(
    country: RunningCountry, asker: JoinedSystem, neighbour: JoinedSystem
) -> None:
    identity = SystemIdentity(asker.address, asker.key, certificate_thumbprint(asker.certificate))
    info = make_envelope(
        message_id=random_id(),
        correlation_id=random_id(),
        service_id=PERSON_SERVICE,
        message_type=MessageType.REQUEST,
        route_id=None,
        message_date=datetime.now(UTC),  # noqa: TID251 - the country runs on the machine's clock
        sender=asker.address,
        values={},
    )
    body = encode_message(info, PersonQuery(iin=LIVING[7].iin))
    headers = {"X-Signature": identity.sign(body, {"to": "shep_gateway", "seq": 1})}
    path = "/api/v1/messages/signed"
    alien = await country.answer(
        "shep_gateway", "POST", path, content=body, headers={**neighbour.headers, **headers}
    )
    assert (alien.status_code, alien.json()["code"]) == (401, "sender-mismatch")
    altered = await country.answer(
        "shep_gateway", "POST", path, content=body + b" ", headers={**asker.headers, **headers}
    )
    assert (altered.status_code, altered.json()["code"]) == (401, "signature-invalid")
    sent = await country.answer("shep_gateway", "POST", path, content=body, headers={**asker.headers, **headers})
    assert sent.status_code == 201, sent.text
    assert sent.json()["message_id"] == info.message_id
    waiting = f"/api/v1/messages?correlation_id={info.correlation_id}&wait=10"
    (answer,) = await read_json(country, waiting, asker)
    assert answer["content"]["data"]["person"]["iin"] == LIVING[7].iin
    question, _ = await read_json(country, f"/api/v1/chains/{info.correlation_id}", asker)
    assert question["message_id"] == info.message_id


async def test_participant_may_ask_for_a_strict_door_when_it_joins(country: RunningCountry) -> None:
    system = await join(country, "exchange-strict", asks=[UNIVERSAL_PERSON_SERVICE], is_strict=True)
    refused = await call_soap(country, qualified_call(system))
    fault = etree.fromstring(refused.content)
    assert fault.findtext(".//errorMessage") == "content-type: text/plain"
    assert fault.findtext(".//errorData") == "soap-deviation"


async def test_operator_changes_strictness_after_joining(country: RunningCountry) -> None:
    system = await join(country, "exchange-changing", asks=[UNIVERSAL_PERSON_SERVICE])
    operator = country.operator("shep_gateway")
    path = f"/api/v1/participants/{system.address}/strictness"
    for is_strict, told in ((True, "soap-deviation"), (False, None)):
        await operator.call("PUT", path, json={"is_strict": is_strict})
        answer = etree.fromstring((await call_soap(country, qualified_call(system))).content)
        assert answer.findtext(".//errorData") == told
    unknown = await country.answer(
        "shep_gateway", "PUT", path.replace("changing", "nobody"), json={"is_strict": True}
    )
    assert unknown.status_code == 401  # nobody but the operator learns who has joined


async def test_call_of_nobody_is_kept_for_the_operator(country: RunningCountry) -> None:
    unsigned = await call_soap(country, b"<Envelope/>")
    gateway = country.operator("shep_gateway")
    shown = await gateway.get(f"{EXCHANGES}/{unsigned.headers['x-exchange-id']}")
    assert (shown["participant"], shown["http_status"]) == (None, 500)
    error_data = etree.fromstring(unsigned.content).findtext(".//errorData") or ""
    assert shown["code"] == error_data.splitlines()[0]


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
