"""One system at each door, written three times: REST, SOAP, AMQP; with the same two verbs, send and take."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from xml.sax.saxutils import escape

from lxml import etree

from shared.client.participants import JoinedParticipant, JoiningOrder, Operators, ServicePlace
from shared.pki.certificates import keys
from shared.pki.xml.wsse import open_body
from tests.journeys.async_calls import PATH, AsyncSystem
from tests.journeys.channel_documents import fetch_documents
from tests.journeys.kit import RunningCountry, eventually, pem
from tests.journeys.participant_endpoint import MOMENT
from tests.journeys.participants.door_systems import DoorSystem, now
from tests.journeys.queues.queue_client import QueueClient, connected

DOORS = ("rest", "soap", "amqp", "amqp-regional")
"""The last one stands behind the РШЭП of its region, as ИС МИО does."""
REGION_GATEWAY = "rshep_regional.kz-yuz"

Json = dict[str, Any]
Answer = Callable[[Json], Json]
"""The data of the answer to a question with these data."""


@dataclass(frozen=True)
class CaseFacts:
    """What every message of a case names."""

    case: str
    service: str
    region: str
    regulation: str
    channel: str
    authority: str

    def compose_data(self, contract: str, step: str, more: Json) -> Json:
        data = {"regulation": self.regulation, "channel": self.channel}
        if contract != "application/1":
            data["step"] = step
        if contract != "result/1":
            data["authority"] = self.authority
        return data | more

    def properties(self, step: str) -> dict[str, str]:
        return {"regulation": self.regulation, "channel": self.channel, "step": step}


@dataclass(frozen=True)
class TakenMessage:
    """A message that came through a door, in the words of the bus."""

    message_id: str
    sender: str
    contract: str
    data: Json


class DoorParty(Protocol):
    """A system behind a door."""

    joined: JoinedParticipant

    async def send(self, facts: CaseFacts, kind: str, contract: str, step: str, **data: Any) -> None:
        """Send a message of a step; the door takes it."""
        ...

    async def take(self, facts: CaseFacts) -> TakenMessage:
        """The next message of the case, taken with the verdict «accepted»."""
        ...

    async def answer_question(self, service: str, contract: str, answer: Answer) -> None:
        """Take the next question to a register, and answer it."""
        ...


def done(party: DoorParty, *steps: str) -> list[dict[str, str]]:
    return [{"step": step, "at": now().isoformat(), "by": party.joined.address} for step in steps]


@dataclass(repr=False)
class RestParty:
    """HTTP and JSON; ШЭП signs."""

    system: DoorSystem
    joined: JoinedParticipant

    async def send(self, facts: CaseFacts, kind: str, contract: str, step: str, **data: Any) -> None:
        body = {
            "service_id": facts.service,
            "message_type": kind,
            "correlation_id": facts.case,
            "region": facts.region,
            "properties": facts.properties(step),
            "content": {"contract": contract, "data": facts.compose_data(contract, step, data)},
        }
        answer = await self.system.call("POST", json=body)
        assert answer.status_code == 201, answer.text

    async def take(self, facts: CaseFacts) -> TakenMessage:
        mail = await self.system.take(facts.case)
        return TakenMessage(
            mail["message_id"], mail["sender"], mail["content"]["contract"], mail["content"]["data"]
        )

    async def answer_question(self, service: str, contract: str, answer: Answer) -> None:
        (mail,) = (await self.system.call("GET", f"?service_id={service}&wait=20")).json()
        await self.system.call("PUT", f"/{mail['message_id']}/delivery", json={"status": "accepted"})
        body = {
            "service_id": service,
            "message_type": "RESPONSE",
            "correlation_id": mail["correlation_id"],
            "content": {"contract": contract, "data": answer(mail["content"]["data"])},
        }
        sent = await self.system.call("POST", json=body)
        assert sent.status_code == 201, sent.text


@dataclass(repr=False)
class SoapParty:
    """AsyncChannel v10 with WS-Security; the message of the bus is the text of ``data``."""

    system: AsyncSystem
    joined: JoinedParticipant

    async def send(self, facts: CaseFacts, kind: str, contract: str, step: str, **data: Any) -> None:
        content = {"contract": contract, "data": facts.compose_data(contract, step, data)}
        properties = "".join(
            f"<properties><key>{key}</key><value>{value}</value></properties>"
            for key, value in facts.properties(step).items()
        )
        await self._send(kind, facts.service, facts.case, facts.region, properties, content)

    async def _send(self, kind: str, service: str, case: str, region: str, properties: str, content: Json) -> None:
        text = escape(json.dumps(content, ensure_ascii=False))
        await self.system.call(
            "sendMessage",
            f"<messageInfo><messageId/><correlationId>{case}</correlationId><serviceId>{service}</serviceId>"
            f"<messageType>{kind}</messageType><routeId>{region}</routeId><messageDate>{MOMENT}</messageDate>"
            f"{self.system.sender}{properties}</messageInfo><messageData><data>{text}</data></messageData>",
        )

    async def take(self, facts: CaseFacts) -> TakenMessage:
        mail = (await eventually(lambda: self._pull(facts.service, facts.case), bool))[0]
        message_id = mail.findtext("messageInfo/messageId") or ""
        await self.system.conclude(message_id)
        content = json.loads(mail.findtext("messageData/data") or "")
        sender = mail.findtext("messageInfo/sender/senderId") or ""
        return TakenMessage(message_id, sender, content["contract"], content["data"])

    async def answer_question(self, service: str, contract: str, answer: Answer) -> None:
        mail = (await eventually(lambda: self._pull(service), bool))[0]
        await self.system.conclude(mail.findtext("messageInfo/messageId") or "")
        question = json.loads(mail.findtext("messageData/data") or "")["data"]
        case, content = (
            mail.findtext("messageInfo/correlationId") or "",
            {"contract": contract, "data": answer(question)},
        )
        await self._send("RESPONSE", service, case, "", "", content)

    async def _pull(self, service: str, case: str = "") -> list[etree._Element]:
        """The oldest mail, out of the bytes as they came: canonical XML drops the prefix in ``xs:string``."""
        question = (
            f"<correlationId>{case}</correlationId><serviceId>{service}</serviceId>"
            f"{self.system.sender}<amount>1</amount>"
        )
        response = await self.system.post("getMessages", question)
        open_body(response.content)
        return etree.fromstring(response.content).findall(".//messages")


@dataclass(repr=False)
class QueueParty:
    """Its own queue at RabbitMQ; it signs, numbers and confirms itself."""

    client: QueueClient
    joined: JoinedParticipant

    async def send(self, facts: CaseFacts, kind: str, contract: str, step: str, **data: Any) -> None:
        more: Json = {"case": facts.case, "region": facts.region, "properties": facts.properties(step)}
        await self.client.send(facts.service, kind, contract, facts.compose_data(contract, step, data), **more)

    async def take(self, facts: CaseFacts) -> TakenMessage:
        message = await self.client.take(facts.case)
        info, content = message["messageInfo"], message["messageData"]
        return TakenMessage(info["messageId"], info["sender"]["senderId"], content["contract"], content["data"])

    async def answer_question(self, service: str, contract: str, answer: Answer) -> None:
        message = await self.client.take_of_service(service)
        case, data = message["messageInfo"]["correlationId"], answer(message["messageData"]["data"])
        await self.client.send(service, "RESPONSE", contract, data, case=case)


@asynccontextmanager
async def joined_by(
    door: str,
    country: RunningCountry,
    operators: Operators,
    asks: Sequence[str] = (),
    provides: Sequence[ServicePlace] = (),
) -> AsyncIterator[DoorParty]:
    """A system that joined by this door; it leaves at the end of the block."""
    address, is_queue = f"other-system-by-{door}", door.startswith("amqp")
    regions = ["KZ-YUZ"] if door == "amqp-regional" else []
    order = JoiningOrder(
        address, f"ИС другого ({door})", asks=asks, provides=provides, has_queue=is_queue, regions=regions
    )
    joined = await operators.join(order, keys.new_rsa_key())
    try:
        if not is_queue:
            yield await _open_http_party(door, country, joined)
            return
        document = (await country.answer("shep_gateway", "GET", "/asyncapi.json")).json()
        key_pem, nuc_url = keys.to_pem(joined.key) + pem(joined.certificate), country.url("is_nuc")
        neighbour = REGION_GATEWAY if regions else "shep_gateway"
        assert joined.amqp_url is not None
        async with connected(joined.amqp_url, address, key_pem, document, nuc_url, neighbour) as client:
            yield QueueParty(client, joined)
    finally:
        await operators.leave(address)


async def _open_http_party(door: str, country: RunningCountry, joined: JoinedParticipant) -> DoorParty:
    if door == "rest":
        return RestParty(DoorSystem(country, joined), joined)
    documents = await fetch_documents(country, PATH)
    return SoapParty(AsyncSystem(country, joined, documents), joined)  # type: ignore[arg-type]
