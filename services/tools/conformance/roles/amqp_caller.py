"""ШЭП over a carrier of signed bytes, for a participant with a queue that takes the place of НР ИИН."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from services.tools.conformance.exchanges import CarriedPart, KeptExchange
from services.tools.conformance.judging import RunTrace
from services.tools.conformance.kit_keys import GATEWAY, KeyPair
from services.tools.conformance.roles.samples import PERSON_SERVICE, list_people
from shared.bus.carriers.transport import MessageSubscription, SignedBytes, Transport, TransportMessage
from shared.bus.clocks.clock import SystemClock
from shared.bus.messages import jws
from shared.bus.messages.gate import hop_payload
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.pki.certificates import keys as pki_keys

DOOR, DELIVER, PUBLISH = "amqp", "deliver", "publish"
ASKER = "is_mio"
QUERY, ANSWER, RECEIPTS = "person-query/1", "person-answer/1", "delivery-notifications/1"
GOOD_PROBES = ("plain", "second-of-two", "first-of-two", "behind-withdrawn", "after")
BAD_PROBES = (
    *("bad-inner", "bad-hop", "other-addressee", "direct", "stale", "future", "sender-mismatch"),
    *("unknown-contract", "faulty-data"),
)
ATTESTED_PROBES = ("bad-inner", "stale", "future", "sender-mismatch", "unknown-contract", "faulty-data")
"""The bad messages that ШЭП attests all the same: it must be told that they are refused."""
PATIENCE = 10.0
QUIET_SECONDS = 0.3
Json = dict[str, Any]


@dataclass(frozen=True)
class QueuedQuestion:
    """A message before it is signed; ``sequence`` is its number at the participant's queue."""

    chain: str
    sequence: int
    contract: str = QUERY
    data: Mapping[str, Any] = field(default_factory=dict)
    sender: str = ASKER
    age: timedelta = timedelta()
    message_id: str = field(default_factory=lambda: str(uuid4()))

    def encode(self, now: datetime) -> bytes:
        """The bytes of the message."""
        info = {
            "messageId": self.message_id,
            "correlationId": self.chain,
            "serviceId": PERSON_SERVICE,
            "messageType": "REQUEST",
            "routeId": "KZ-YUZ",
            "messageDate": (now - self.age).isoformat(),
            "sender": {"senderId": self.sender},
            "properties": [],
        }
        content = {"messageInfo": info, "messageData": {"contract": self.contract, "data": dict(self.data)}}
        return json.dumps(content, ensure_ascii=False).encode()


@dataclass
class AmqpCaller:
    """The messages of one run, and the collection of what the participant publishes."""

    trace: RunTrace
    transport: Transport
    _tasks: SupervisedTasks = field(default_factory=SupervisedTasks)

    def __post_init__(self) -> None:
        keys, now = self.trace.keys, SystemClock().now()
        if ASKER not in keys.people:
            keys.people[ASKER] = keys.centre.certify_system(ASKER, pki_keys.new_ec_key(), now)
        self.asker = keys.people[ASKER]

    async def play(self) -> None:
        """Wait for the participant's queue, deliver everything, then wait until all answers and receipts are
        there, or for ``PATIENCE``.
        """
        while await self.transport.inspect_queue(self.trace.keys.address) is None:  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.1)
        subscription = await self.transport.subscribe(GATEWAY, 100)
        self._tasks.keep_running("conformance.publications", lambda: self._collect(subscription))
        try:
            for probe, raw, facts in self._script():
                await self._deliver(probe, raw, facts)
                await asyncio.sleep(0)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.trace.facts.get("patience", PATIENCE)):
                    while not self._is_complete():  # noqa: ASYNC110 - a carrier sends no event
                        await asyncio.sleep(0.02)
            await asyncio.sleep(QUIET_SECONDS)
        finally:
            await self._tasks.stop()
            await subscription.close()

    def _script(self) -> Sequence[tuple[str, SignedBytes, Json]]:
        people = [person.iin for person in list_people()]
        item, two, three, odd = (str(uuid4()) for _ in range(4))
        plain = self._ask("plain", QueuedQuestion(item, 1, data={"iin": people[0]}))
        late = QueuedQuestion(three, 1, data={"iin": people[0]})
        script = [
            plain,
            ("repeat", *plain[1:]),
            self._ask("second-of-two", QueuedQuestion(two, 2, data={"iin": people[2]})),
            self._ask("first-of-two", QueuedQuestion(two, 1, data={"iin": people[1]})),
            self._withdraw(late),
            self._ask("behind-withdrawn", QueuedQuestion(three, 2, data={"iin": people[3]})),
        ]
        for probe in BAD_PROBES:
            script.append(self._spoil(probe, odd if probe == "direct" else str(uuid4()), people[0]))
        script.append(self._ask("after", QueuedQuestion(str(uuid4()), 1, data={"iin": people[4]})))
        return script

    def _spoil(self, probe: str, chain: str, iin: str) -> tuple[str, SignedBytes, Json]:
        data: Json = {"iin": iin}
        if probe == "stale":
            return self._ask(probe, QueuedQuestion(chain, 1, data=data, age=timedelta(days=40)))
        if probe == "future":
            return self._ask(probe, QueuedQuestion(chain, 1, data=data, age=-timedelta(hours=1)))
        if probe == "sender-mismatch":
            return self._ask(probe, QueuedQuestion(chain, 1, data=data, sender="enis"))
        if probe == "unknown-contract":
            return self._ask(probe, QueuedQuestion(chain, 1, "person-query/99", data))
        if probe == "faulty-data":
            return self._ask(probe, QueuedQuestion(chain, 1, data={"iin": "12", "x": 1}))
        message = QueuedQuestion(chain, 1, data=data)
        return self._ask(probe, message)

    def _ask(self, probe: str, message: QueuedQuestion) -> tuple[str, SignedBytes, Json]:
        """A message with the signature of the asker and the hop of ШЭП, spoiled as the probe says."""
        keys, address = self.trace.keys, self.trace.keys.address
        body = message.encode(SystemClock().now())
        inner_to = address if probe == "direct" else GATEWAY
        signature = _sign(self.asker, body, {"to": inner_to, "seq": message.sequence})
        if probe == "bad-inner":
            signature = _spoil_token(signature)
        facts = {"message_id": message.message_id, "chain": message.chain, "sequence": message.sequence}
        facts |= {"sender": message.sender, "iin": message.data.get("iin")}
        if probe == "direct":
            return probe, SignedBytes(body, signature), facts
        signer = keys.stranger if probe == "bad-hop" else keys.gateway
        claims = {"to": "is_con" if probe == "other-addressee" else address, "seq": message.sequence}
        claims |= {"at": SystemClock().now().isoformat(), "route": "KZ-YUZ", "sid": f"{{{uuid4()}}}"}
        return probe, SignedBytes(body, signature, _sign(signer, hop_payload(signature, body), claims)), facts

    def _withdraw(self, message: QueuedQuestion) -> tuple[str, SignedBytes, Json]:
        data = {"messageId": message.message_id, "errorCode": "broker-never-takes"}
        notice = json.loads(
            QueuedQuestion(message.chain, 1, "withdrawn/1", data, GATEWAY).encode(SystemClock().now())
        )
        notice["messageInfo"] |= {"serviceId": "withdrawal", "messageType": "NOTIFICATION"}
        body = json.dumps(notice).encode()
        claims = {"to": self.trace.keys.address, "seq": message.sequence}
        facts = {"message_id": notice["messageInfo"]["messageId"], "chain": message.chain}
        return "withdrawn", SignedBytes(body, _sign(self.trace.keys.gateway, body, claims)), facts

    async def _deliver(self, probe: str, raw: SignedBytes, facts: Json) -> None:
        address = self.trace.keys.address
        headers = {"signature": raw.signature} | ({} if raw.hop is None else {"hop": raw.hop})
        carried = CarriedPart(f"PUBLISH {address}.REQUEST", headers, raw.body)
        exchange = self.trace.book.open_exchange(DOOR, DELIVER, SystemClock().now(), carried)
        exchange.probe = probe
        exchange.facts.update(facts)
        message = TransportMessage(address, "REQUEST", str(facts["message_id"]), str(facts["chain"]), raw)
        self._tasks.run_once("conformance.delivery", self.transport.publish([message]))

    async def _collect(self, subscription: MessageSubscription) -> None:
        """Keep what the participant publishes to ШЭП, and acknowledge it."""
        while True:
            deliveries = await subscription.receive_batch(100)
            for delivery in deliveries:
                raw = delivery.raw
                headers = {"signature": raw.signature} | ({} if raw.hop is None else {"hop": raw.hop})
                part = CarriedPart(f"PUBLISH {GATEWAY}", headers, raw.body)
                self.trace.book.open_exchange(DOOR, PUBLISH, SystemClock().now(), part)
            await subscription.acknowledge(deliveries)

    def _is_complete(self) -> bool:
        answered = {info_of(call).get("correlationId") for call in answers(self.trace)}
        stated = {note.get("messageId") for _, note in notifications(self.trace)}
        wanted = [call for call in self.trace.book.select(DOOR, DELIVER) if call.probe in GOOD_PROBES]
        attested = [call for call in self.trace.book.select(DOOR, DELIVER) if call.probe in ATTESTED_PROBES]
        return {call.facts["chain"] for call in wanted} <= answered and {
            call.facts["message_id"] for call in (*wanted, *attested)
        } <= stated


def _sign(pair: KeyPair, payload: bytes, claims: Mapping[str, Any]) -> str:
    return jws.sign(pair.key, pair.thumbprint, payload, claims)


def _spoil_token(token: str) -> str:
    head, _, signature = token.rpartition(".")
    raw = bytearray(base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4)))
    raw[5] ^= 0xFF
    return f"{head}.{base64.urlsafe_b64encode(bytes(raw)).decode().rstrip('=')}"


def info_of(call: KeptExchange) -> Json:
    """``messageInfo`` of a message; empty where it cannot be read."""
    info = (call.request.json or {}).get("messageInfo") if isinstance(call.request.json, dict) else None
    return info if isinstance(info, dict) else {}


def data_part_of(call: KeptExchange) -> Json:
    """``messageData`` of a message; empty where it cannot be read."""
    data = call.request.json.get("messageData") if isinstance(call.request.json, dict) else None
    return data if isinstance(data, dict) else {}


def published(trace: RunTrace, *contracts: str) -> list[KeptExchange]:
    """What the participant published; of some contracts only."""
    calls = trace.book.select(DOOR, PUBLISH)
    return [call for call in calls if not contracts or data_part_of(call).get("contract") in contracts]


def answers(trace: RunTrace) -> list[KeptExchange]:
    """What the participant published that is no receipt."""
    return [call for call in published(trace) if data_part_of(call).get("contract") != RECEIPTS]


def notifications(trace: RunTrace) -> list[tuple[KeptExchange, Json]]:
    """The receipts, one by one."""
    notes = []
    for call in published(trace, RECEIPTS):
        data = data_part_of(call).get("data")
        rows = data.get("notifications") if isinstance(data, dict) else None
        notes += [(call, row) for row in rows or () if isinstance(row, dict)]
    return notes


async def play_amqp(trace: RunTrace, target: Transport) -> None:
    """Play ШЭП at the address of ШЭП on this carrier."""
    await AmqpCaller(trace, target).play()
