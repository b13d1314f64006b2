"""A system of the test on the bus's carrier, which can send any bytes, valid or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from shared.bus.carriers.embedded import EmbeddedTransport
from shared.bus.carriers.transport import MessageSubscription, SignedBytes, Transport, TransportMessage
from shared.bus.messages.gate import seal_message
from shared.bus.messages.message import (
    MessageContract,
    MessageInfo,
    MessageSender,
    MessageType,
    encode_message,
    read_data,
    read_header,
)
from shared.bus.messages.trust import SystemIdentity
from shared.bus.runtime.unit_of_work import OutgoingMessage, random_id
from shared.pki.certificates import keys
from shared.pki.client.enrolment import SystemEnrolment, enrol_system
from tests.journeys.kit import RunningCountry

C = TypeVar("C", bound=MessageContract)

GATEWAY = "shep_gateway"


@dataclass
class Rogue:
    """A system with an address, a key, and access to the carrier."""

    transport: Transport
    identity: SystemIdentity
    mailbox: MessageSubscription | None = None

    def info(self, service: str, kind: MessageType, **changes: Any) -> MessageInfo:
        """An envelope of this system for a new case."""
        given: dict[str, Any] = {
            "message_id": random_id(),
            "correlation_id": random_id(),
            "service_id": service,
            "message_type": kind,
            "message_date": datetime.now(UTC),  # noqa: TID251 - the country runs on the machine's clock
            "sender": MessageSender(sender_id=self.identity.address),
        }
        return MessageInfo(**{**given, **changes})

    def sealed(
        self, info: MessageInfo, payload: MessageContract | bytes, *, to: str = GATEWAY, sequence: int = 1
    ) -> SignedBytes:
        """A message signed by this system, by default the first of its case."""
        body = payload if isinstance(payload, bytes) else encode_message(info, payload)
        return seal_message(self.identity, OutgoingMessage(to, info, body), sequence)

    async def send(self, raw: SignedBytes, to: str = GATEWAY) -> None:
        """Publish bytes; the carrier confirms when their receiver has handled them."""
        outgoing = TransportMessage(to, "REQUEST", random_id(), random_id(), raw)
        (fault,) = await self.transport.publish([outgoing])
        assert fault is None, fault

    async def ask(
        self, service: str, question: MessageContract, *, to: str = GATEWAY, **changes: Any
    ) -> MessageInfo:
        """Send a valid query; returns its envelope."""
        info = self.info(service, MessageType.REQUEST, **changes)
        await self.send(self.sealed(info, question, to=to), to)
        return info

    async def listen(self) -> None:
        """Receive the messages to this address."""
        self.mailbox = await self.transport.subscribe(self.identity.address, 16)

    async def receive(
        self, contract: type[C], holds: Callable[[MessageInfo, C], bool] = lambda info, data: True
    ) -> tuple[MessageInfo, C]:
        """The next message of this contract for which ``holds`` is true; other messages are put aside."""
        assert self.mailbox is not None, "listen first"
        async with asyncio.timeout(15):
            while True:
                (delivery,) = await self.mailbox.receive_batch(1)
                await self.mailbox.acknowledge([delivery])
                head = read_header(delivery.raw.body)
                if head.message_data.contract == contract.contract:
                    data = read_data(delivery.raw.body, contract)
                    if holds(head.message_info, data):
                        return head.message_info, data


def stranger(country: RunningCountry, address: str = "stranger") -> Rogue:
    """A system with a key unknown to НУЦ."""
    return Rogue(carrier(country), SystemIdentity(address, keys.new_ec_key(), "A" * 43))


async def enrolled(country: RunningCountry, address: str) -> Rogue:
    """A system certified by НУЦ and unknown to the gateway's register."""
    return Rogue(carrier(country), (await certified(country, address)).identity)


async def certified(country: RunningCountry, address: str) -> SystemEnrolment:
    invitation = await country.operator("is_nuc").post(f"/api/v1/invitations/{address}")
    file = country.folder / f"{address}.json"
    file.write_text(json.dumps(invitation))
    return await enrol_system(country.folder / address, address, country.url("is_nuc"), file)


async def member(
    country: RunningCountry, address: str, *services: str, transport: Transport | None = None
) -> Rogue:
    """A registered system that may query these services and receives its messages."""
    rogue, gateway = await enrolled(country, address), country.operator("shep_gateway")
    rogue.transport = transport or rogue.transport
    await gateway.call("PUT", f"/api/v1/members/{address}", json={"title": address})
    for service in services:
        right = {"sender": address, "service_id": service, "message_type": "REQUEST"}
        await gateway.post("/api/v1/rights", right)
    await rogue.listen()
    return rogue


def carrier(country: RunningCountry) -> EmbeddedTransport:
    return country.deployment._embedded
