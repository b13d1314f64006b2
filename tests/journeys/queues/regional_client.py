"""A РШЭП as somebody else would write it: it carries the messages of a region between ШЭП and ИС МИО."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aio_pika  # noqa: TID251 - a foreign client has no use for the transport
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage  # noqa: TID251

from tests.journeys.queues.queue_client import QueueClient

GATEWAY, LOCAL_SYSTEM = "shep_gateway", "is_mio"


@dataclass
class RegionalClient:
    """It reads one queue and publishes both ways; each message keeps its bytes and its sender's signature."""

    client: QueueClient
    channel: AbstractChannel
    carried: list[tuple[str, str, str]] = field(default_factory=list)
    """Sender, contract and next system of each message, in order."""
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    async def serve(self) -> None:
        queue = await self.channel.get_queue(self.client.queue, ensure=False)
        await queue.consume(self._carry)

    async def _carry(self, delivery: AbstractIncomingMessage) -> None:
        headers = {name: _text(value) for name, value in delivery.headers.items()}
        message: dict[str, Any] = json.loads(delivery.body)
        info, signature = message["messageInfo"], headers["signature"]
        payload = signature.encode() + b"." + delivery.body
        claims: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "route": info.get("routeId")}  # noqa: TID251
        if "hop" in headers:
            hop = await self.client.verify(headers["hop"], payload)
            assert (hop["signer"], hop["to"]) == (GATEWAY, self.client.address)
            to = hop.get("for", LOCAL_SYSTEM)
            claims |= {name: hop[name] for name in ("stands-for",) if name in hop}
            digest = hashlib.sha256(headers["hop"].encode()).digest()
            claims["previous"] = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        else:
            sender = await self.client.verify(signature, delivery.body)
            assert (sender["signer"], sender["to"]) == (LOCAL_SYSTEM, self.client.address)
            to, claims = GATEWAY, {**claims, "taken-by": LOCAL_SYSTEM}
        stream = (to, info["correlationId"])
        self._numbers[stream] = self._numbers.get(stream, 0) + 1
        token = self.client.sign(payload, {**claims, "to": to, "seq": self._numbers[stream]})
        await self._publish(to, info["messageType"], delivery.body, {"signature": signature, "hop": token})
        self.carried.append((info["sender"]["senderId"], message["messageData"]["contract"], to))
        await delivery.ack()

    async def _publish(self, to: str, kind: str, body: bytes, headers: dict[str, Any]) -> None:
        exchange = await self.channel.get_exchange(self.client.exchange, ensure=False)
        mode = aio_pika.DeliveryMode.PERSISTENT
        message = aio_pika.Message(
            body, headers=headers, content_type="application/json", delivery_mode=mode, type=kind
        )
        await exchange.publish(message, f"{to}.{kind}", mandatory=True)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
