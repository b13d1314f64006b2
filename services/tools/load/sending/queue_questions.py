"""Questions over a queue of one's own: signed, published through the broker, answered into the queue."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from services.tools.load.generator import CallFailed
from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.carriers.transport import Delivery, MessageSubscription, TransportMessage
from shared.bus.clocks.clock import SystemClock
from shared.bus.messages.gate import seal_message
from shared.bus.messages.message import MessageContract, MessageInfo, MessageSender, MessageType, encode_message
from shared.bus.messages.receipts import DeliveryNotification, DeliveryNotifications, ReceiveStatus
from shared.bus.messages.trust import SystemIdentity
from shared.bus.runtime.supervised_tasks import SupervisedTasks
from shared.bus.runtime.unit_of_work import OutgoingMessage
from shared.client.participants import JoinedParticipant
from shared.contracts import addresses
from shared.contracts.registers import PERSON_SERVICE, PersonAnswer, PersonQuery
from shared.pki.certificates.keys import certificate_thumbprint

MOST_AT_ONCE = 500
RECEIPT_SERVICE = "delivery-notification"


@dataclass
class QueueQuestions:
    """Who holds a number, asked by a system with a queue; it owes ШЭП a receipt for each answer."""

    transport: AmqpTransport
    identity: SystemIdentity
    iins: Sequence[str]
    _waiting: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    """By case, the contract of its answer."""

    async def send(self, number: int) -> None:
        case = secrets.token_hex(16)
        answered = self._waiting[case] = asyncio.get_running_loop().create_future()
        try:
            question = PersonQuery(iin=self.iins[number % len(self.iins)])
            await self._publish(case, PERSON_SERVICE, MessageType.REQUEST, question, is_ordered=True)
            contract = await answered
        finally:
            self._waiting.pop(case, None)
        if contract != PersonAnswer.contract:
            raise CallFailed(contract)

    async def receive(self, subscription: MessageSubscription) -> None:
        """Take what comes: give each answer to its call, confirm it to ШЭП and to the broker."""
        while True:
            deliveries = await subscription.receive_batch(MOST_AT_ONCE)
            notes = tuple(note for delivery in deliveries if (note := self._take(delivery)) is not None)
            if notes:
                receipts = DeliveryNotifications(notifications=notes)
                case = secrets.token_hex(16)
                await self._publish(case, RECEIPT_SERVICE, MessageType.NOTIFICATION, receipts, is_ordered=False)
            await subscription.acknowledge(deliveries)

    def _take(self, delivery: Delivery) -> DeliveryNotification | None:
        message = json.loads(delivery.raw.body)
        info, data = message["messageInfo"], message["messageData"]
        if data["contract"] == DeliveryNotifications.contract:
            return None  # the receipt of the register's gateway
        waiting = self._waiting.get(info["correlationId"])
        if waiting is not None and not waiting.done():
            waiting.set_result(_code_of(data))
        return DeliveryNotification(
            message_id=info["messageId"],
            sender_id=info["sender"]["senderId"],
            receive_status=ReceiveStatus.ACCEPTED,
        )

    async def _publish(
        self, case: str, service: str, kind: MessageType, payload: MessageContract, *, is_ordered: bool
    ) -> None:
        info = MessageInfo(
            message_id=secrets.token_hex(16),
            correlation_id=case,
            service_id=service,
            message_type=kind,
            message_date=SystemClock().now(),
            sender=MessageSender(sender_id=self.identity.address),
        )
        outgoing = OutgoingMessage(addresses.GATEWAY, info, encode_message(info, payload), ordered=is_ordered)
        raw = seal_message(self.identity, outgoing, 1 if is_ordered else 0)
        message = TransportMessage(addresses.GATEWAY, kind, info.message_id, case, raw)
        (fault,) = await self.transport.publish([message])
        if fault is not None:
            raise CallFailed(fault.code)


def _code_of(data: dict[str, object]) -> str:
    """The contract of an answer, or the code of a refusal."""
    content = data.get("data")
    code = content.get("code") or content.get("error_code") if isinstance(content, dict) else None
    return str(code or data["contract"])


@asynccontextmanager
async def open_queue(
    asker: JoinedParticipant, broker_url: str, iins: Sequence[str]
) -> AsyncIterator[QueueQuestions]:
    """The sender of a participant, which receives in the background; with an account of its own it declares
    nothing at the broker.
    """
    own_address = asker.address if asker.amqp_url is not None else None
    transport = AmqpTransport(asker.amqp_url or broker_url, asker.address, own_address=own_address)
    await transport.open()
    tasks = SupervisedTasks()
    try:
        identity = SystemIdentity(asker.address, asker.key, certificate_thumbprint(asker.certificate))
        sender = QueueQuestions(transport, identity, iins)
        subscription = await transport.subscribe(asker.address, MOST_AT_ONCE)
        tasks.keep_running("load.receive", lambda: sender.receive(subscription))
        yield sender
    finally:
        await tasks.stop()
        await transport.close()
