"""A system of one's own at ШЭП's REST door: ask, send, sign, receive, and verify what ШЭП posts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
from cryptography import x509

from shared.bus.messages import jws, webhook_signatures
from shared.client.http import ApiError, HttpClient
from shared.pki.certificates.keys import certificate_thumbprint, load_key

if TYPE_CHECKING:
    from shared.client.models import shep_gateway

GATEWAY = "shep_gateway"
PASSING_STATUSES = frozenset((429, 503))
"""Nothing was done: the same call may be made again."""
ATTEMPTS = 5
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0


@dataclass(frozen=True)
class ParticipantKey:
    """The key of a system and its certificate, as ``egov-bus join`` wrote them into ``NAME.pem``."""

    address: str
    key: jws.PrivateKey
    certificate: x509.Certificate

    @classmethod
    def load(cls, address: str, pem: bytes) -> ParticipantKey:
        """The first key and the first certificate of a PEM file."""
        key = load_key(pem, is_own=True)
        assert isinstance(key, jws.PrivateKey)  # noqa: S101 - join makes RSA and P-256 keys
        return cls(address, key, x509.load_pem_x509_certificates(pem)[0])

    def sign(self, payload: bytes, recipient: str = GATEWAY, sequence: int = 1) -> str:
        """The detached JWS over the exact bytes (RFC 7797)."""
        claims = {"to": recipient, "seq": sequence}
        return jws.sign(self.key, certificate_thumbprint(self.certificate), payload, claims)


class ParticipantClient(HttpClient):
    """The REST door of ШЭП with the token of a participant; ApiError for a refusal, with ``code`` and ``body``.

    A call that ends with 429, 503 or without an answer is made again, after ``Retry-After`` or ever longer pauses:
    nothing was done, or the same ``Idempotency-Key`` (the same bytes) makes it count once.
    """

    async def ask(
        self, service: str, contract: str, data: Mapping[str, Any], *, wait: float = 30
    ) -> shep_gateway.PassedMessageView:
        """Ask a service and wait for the answer: ``answer`` is there when one came in time, ``refusal`` when the
        recipient refused.
        """
        content = {"contract": contract, "data": data}
        return await self.send({"service_id": service, "content": content}, wait=wait)

    async def send(self, message: Mapping[str, Any], *, wait: float = 0) -> shep_gateway.PassedMessageView:
        """Send a message (`shep_gateway.MessageRequest`) in the participant's name, once."""
        headers = {"Idempotency-Key": str(uuid4())}
        answer = await self._repeat(
            lambda: self.call("POST", f"/api/v1/messages?wait={wait:g}", json=message, headers=headers)
        )
        view: shep_gateway.PassedMessageView = answer.json()
        return view

    async def send_signed(
        self, key: ParticipantKey, service: str, contract: str, data: Mapping[str, Any], **envelope: Any
    ) -> shep_gateway.PassedMessageView:
        """Write a message in the form of the bus, sign it with the participant's own key and send it, once.

        ``envelope`` are further fields of messageInfo (``correlationId``, ``messageType``, ``routeId``).
        """
        info = {
            "messageId": str(uuid4()), "correlationId": str(uuid4()), "serviceId": service,
            "messageType": "REQUEST",
            "messageDate": datetime.now(UTC).isoformat(),  # noqa: TID251 - a client outside goes by its own clock
            "sender": {"senderId": key.address}, "properties": [], **envelope,
        }  # fmt: skip
        message = {"messageInfo": info, "messageData": {"contract": contract, "data": dict(data)}}
        body = json.dumps(message, ensure_ascii=False).encode()
        headers = {"X-Signature": key.sign(body), "Content-Type": "application/octet-stream"}
        try:
            answer = await self._repeat(
                lambda: self.call("POST", "/api/v1/messages/signed", content=body, headers=headers)
            )
        except ApiError as error:
            if error.code != "message-replayed":  # an attempt whose answer was lost has passed
                raise
            return {"message_id": info["messageId"], "correlation_id": info["correlationId"], "session_id": ""}
        view: shep_gateway.PassedMessageView = answer.json()
        return view

    async def take_messages(self, *, wait: float = 0, **filters: Any) -> list[shep_gateway.MailView]:
        """The oldest messages that wait for the participant (``service_id``, ``correlation_id``, ``limit``)."""
        answer = await self._repeat(lambda: self.call("GET", "/api/v1/messages", params={"wait": wait, **filters}))
        views: list[shep_gateway.MailView] = answer.json()
        return views

    async def follow_messages(self, after: int = 0) -> AsyncIterator[shep_gateway.MailView]:
        """Every message that waits, and each that comes, as it comes; each waits until it is concluded."""
        async with self.stream("/api/v1/messages/stream", {"Last-Event-ID": str(after)}) as answer:
            async for line in answer.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    async def accept(self, message_id: str) -> shep_gateway.MailView:
        """Conclude a delivery: the participant has the message."""
        return await self._conclude(message_id, {"status": "accepted"})

    async def refuse(self, message_id: str, code: str) -> shep_gateway.MailView:
        """Conclude a delivery with a reason, of which the sender gets a notice."""
        return await self._conclude(message_id, {"status": "refused", "code": code})

    async def list_deliveries(self, message_id: str) -> list[shep_gateway.MessageStateView]:
        """What became of a message that the participant sent, by recipient."""
        views: list[shep_gateway.MessageStateView] = await self.get(f"/api/v1/messages/{message_id}/deliveries")
        return views

    async def check(self, message: bytes, signature: str | None = None) -> shep_gateway.MessageCheckView:
        """What ШЭП and the recipient would say of a message, which is not sent; in the sandbox only."""
        headers = {"Content-Type": "application/octet-stream"} | ({"X-Signature": signature} if signature else {})
        answer = await self.call("POST", "/api/v1/message-checks", content=message, headers=headers)
        view: shep_gateway.MessageCheckView = answer.json()
        return view

    async def _conclude(self, message_id: str, verdict: Mapping[str, str]) -> shep_gateway.MailView:
        path = f"/api/v1/messages/{message_id}/delivery"
        view: shep_gateway.MailView = (await self._repeat(lambda: self.call("PUT", path, json=verdict))).json()
        return view

    async def _repeat(self, make_call: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
        pause = FIRST_PAUSE
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await make_call()
            except ApiError as error:
                if error.status not in PASSING_STATUSES or attempt == ATTEMPTS:
                    raise
                wait = float(error.body.get("retry_after") or pause)
            except httpx.TransportError:
                if attempt == ATTEMPTS:
                    raise
                wait = pause
            await asyncio.sleep(min(wait, LONGEST_PAUSE))
            pause *= 2
        raise AssertionError("unreachable")


def read_webhook(headers: Mapping[str, str], body: bytes, secret: str, now: datetime) -> Any:
    """The event of a webhook of ШЭП: ``type``, ``timestamp``, ``data``; Untrusted ``webhook-signature``,
    ``webhook-stale``.
    """
    small = {name.lower(): value for name, value in headers.items()}
    webhook_signatures.verify_webhook(small, body, secret, int(now.timestamp()))
    return json.loads(body)
