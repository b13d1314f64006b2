"""A message refused over the bus is explained wherever its sender and the operators look."""

from __future__ import annotations

import json
from typing import Any

import pytest

from shared.bus.carriers.transport import SignedBytes
from shared.bus.messages.message import MessageType
from shared.contracts.cases import DeliveryState, DeliveryStateChanged
from shared.contracts.registers import CITIZEN_SERVICE, PERSON_SERVICE, PersonQuery
from tests.journeys.doors import join
from tests.journeys.kit import LIVING, RunningCountry, eventually
from tests.journeys.rogue import member

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def find_letter(country: RunningCountry, instance: str, code: str, sender_id: str) -> Any:
    """The newest dead letter with this code at a system, once it is there."""
    letters = await eventually(
        lambda: country.operator(instance).get("/api/v1/dead-letters", code=code),
        lambda found: bool(found) and found[0]["source"] in (None, sender_id),
    )
    return letters[0]


def findings_of(explanation: Any) -> dict[str, Any]:
    assert all(set(finding["texts"]) == {"ru", "kk", "en"} for finding in explanation["findings"])
    return {finding["code"]: finding for finding in explanation["findings"]}


async def test_bytes_changed_after_signing_are_named_in_the_dead_letter(country: RunningCountry) -> None:
    rogue = await member(country, "explained-signer", PERSON_SERVICE)
    info = rogue.info(PERSON_SERVICE, MessageType.REQUEST)
    sealed = rogue.sealed(info, PersonQuery(iin=LIVING[7].iin))
    await rogue.send(SignedBytes(sealed.body + b"\n", sealed.signature))
    letter = await find_letter(country, "shep_gateway", "signature-invalid", "explained-signer")
    assert letter["explanation"]["kind"] == "jws"
    assert findings_of(letter["explanation"])["content-padded-after-signing"]["proved"]
    told = await country.operator("shep_gateway").get(f"/api/v1/explanations/{info.message_id}")
    (dead,) = (one for one in told["findings"] if one["code"] == "dead-letter")
    assert dead["explanation"] == letter["explanation"]


async def test_missing_right_over_the_bus_is_named_in_the_state_message(country: RunningCountry) -> None:
    rogue = await member(country, "explained-asker", PERSON_SERVICE)
    info = await rogue.ask(CITIZEN_SERVICE, PersonQuery(iin=LIVING[7].iin))
    _, state = await rogue.receive(DeliveryStateChanged, lambda _, data: data.message_id == info.message_id)
    assert (state.state, state.error_code) == (DeliveryState.NOT_DELIVERED, "no-right")
    assert state.explanation is not None
    missing = findings_of(state.explanation)["right-missing"]["details"]
    assert (missing["sender"], missing["service_id"]) == ("explained-asker", CITIZEN_SERVICE)
    letter = await find_letter(country, "shep_gateway", "no-right", "explained-asker")
    assert letter["explanation"] == state.explanation
    told = await country.operator("shep_gateway").get(f"/api/v1/explanations/{info.message_id}")
    refusal = next(one for one in told["findings"] if one["code"] == "refused-by-gateway")
    assert refusal["explanation"] == state.explanation


async def test_faulty_field_is_named_by_the_receiver_to_everybody_concerned(country: RunningCountry) -> None:
    system = await join(country, "explained-fields", asks=[PERSON_SERVICE])
    content = {"contract": "person-query/1", "data": {"iin": 850101100022, "nobody": True}}
    body = {"service_id": PERSON_SERVICE, "content": content}
    sent = await country.answer("shep_gateway", "POST", "/api/v1/messages", headers=system.headers, json=body)
    message_id = sent.json()["message_id"]
    (mail,) = await eventually(lambda: waiting_of(country, system.headers), lambda rows: message_id in str(rows))
    data = mail["content"]["data"]
    assert (data["state"], data["errorCode"]) == ("NOT_DELIVERED", "message-data-malformed")
    fields = {one["details"]["field"]: one["details"] for one in data["explanation"]["findings"]}
    assert fields["messageData.data.iin"]["found"] == "number"
    assert "850101100022" not in json.dumps(data)
    assert "messageData.data.nobody" in fields
    letter = await find_letter(country, "nr_iin", "message-data-malformed", "shep_gateway")
    assert letter["explanation"] == data["explanation"]
    told = await country.operator("shep_gateway").get(f"/api/v1/explanations/{message_id}")
    refusal = next(one for one in told["findings"] if one["code"] == "refused-by-recipient")
    assert refusal["explanation"] == data["explanation"]


async def waiting_of(country: RunningCountry, headers: dict[str, str]) -> Any:
    return (await country.answer("shep_gateway", "GET", "/api/v1/messages", headers=headers)).json()
