"""A client of the bus over AMQP as somebody else would write it: aio-pika, cryptography, the published contracts.

It imports nothing of the bus. Names of exchanges, queues and headers come from the AsyncAPI document that ШЭП
serves, and every message that goes or comes is held to that document.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aio_pika  # noqa: TID251 - a foreign client has no use for the transport
import httpx
import jsonschema
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage, TimeoutType  # noqa: TID251
from aiormq.exceptions import AMQPError  # noqa: TID251
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from shared.bus.http.tls import server_check

Json = dict[str, Any]


@dataclass
class QueueClient:
    """A system with a key, a certificate, an address of the broker, and the published documents."""

    address: str
    neighbour: str
    """Its gateway: ШЭП, or the РШЭП of its region."""
    key_pem: bytes
    document: Json
    """The AsyncAPI document."""
    nuc_url: str
    channel: AbstractChannel
    waiting: asyncio.Queue[Json] = field(default_factory=asyncio.Queue)
    refuses: dict[str, str] = field(default_factory=dict)
    """The codes with which it refuses messages of these cases."""
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    _set_aside: list[Json] = field(default_factory=list)

    @property
    def exchange(self) -> str:
        """The exchange through which the system publishes."""
        name: str = self.document["channels"]["accountExchange"]["bindings"]["amqp"]["exchange"]["name"]
        return name.replace("{sender}", self.address)

    @property
    def queue(self) -> str:
        name: str = self.document["channels"]["queue"]["bindings"]["amqp"]["queue"]["name"]
        return name.replace("{address}", self.address)

    async def consume(self) -> None:
        queue = await self.channel.get_queue(self.queue, ensure=False)
        await queue.consume(self._take)

    async def send(self, service: str, kind: str, contract: str, data: Json, *, to: str = "", **more: Any) -> str:
        """Publish a message, signed and numbered; returns the case. ``more``: as ``compose`` takes it."""
        message = self.compose(service, kind, contract, data, **more)
        await self.publish_message(to or self.neighbour, message, ordered=not to)
        return str(message["messageInfo"]["correlationId"])

    def compose(self, service: str, kind: str, contract: str, data: Json, **more: Any) -> Json:
        """A message; ``more``: case, region, properties."""
        properties = more.get("properties", {})
        info: Json = {
            "messageId": str(uuid4()),
            "correlationId": more.get("case") or str(uuid4()),
            "serviceId": service,
            "messageType": kind,
            "messageDate": datetime.now(UTC).isoformat(),  # noqa: TID251 - the system's own clock
            "sender": {"senderId": self.address},
            "properties": [{"key": key, "value": value} for key, value in properties.items()],
        }
        if more.get("region"):
            info["routeId"] = more["region"]
        return {"messageInfo": info, "messageData": {"contract": contract, "data": data}}

    async def publish_message(self, to: str, message: Json, *, ordered: bool = True) -> None:
        """Publish a message that fits the document, signed, with its number in the case."""
        info = message["messageInfo"]
        self._hold(message["messageData"]["contract"], message)
        body, stream = json.dumps(message, ensure_ascii=False).encode(), (to, info["correlationId"])
        number = 0
        if ordered:
            number = self._numbers[stream] = self._numbers.get(stream, 0) + 1
        await self.publish(to, info["messageType"], body, self.sign(body, {"to": to, "seq": number}))

    async def publish(self, to: str, kind: str, body: bytes, signature: str) -> None:
        """Publish bytes under a token; raises where the broker refuses or returns them."""
        exchange = await self.channel.get_exchange(self.exchange, ensure=False)
        message = aio_pika.Message(
            body,
            headers={"signature": signature},
            content_type="application/json",
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
            type=kind,
        )
        await exchange.publish(message, f"{to}.{kind}", mandatory=True)

    async def take(self, case: str, contract: str | None = None, seconds: float = 30) -> Json:
        """The next message of a case; of this contract, if it is given."""
        async with asyncio.timeout(seconds):
            return await self._take_first(lambda message: _is_of(message, case, contract))

    async def take_of_service(self, service: str, seconds: float = 30) -> Json:
        """The next message of a service."""
        async with asyncio.timeout(seconds):
            return await self._take_first(lambda message: message["messageInfo"]["serviceId"] == service)

    async def _take_first(self, is_wanted: Callable[[Json], bool]) -> Json:
        while True:
            for message in self._set_aside:
                if is_wanted(message):
                    self._set_aside.remove(message)
                    return message
            self._set_aside.append(await self.waiting.get())

    def sign(self, body: bytes, claims: Mapping[str, Any]) -> str:
        """A compact, detached JWS with an unencoded payload (RFC 7515 appendix F, RFC 7797)."""
        key = load_pem_private_key(self.key_pem, None)
        certificate = x509.load_pem_x509_certificate(self.key_pem[self.key_pem.index(b"-----BEGIN CERT") :])
        thumbprint = hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest()
        is_rsa = isinstance(key, rsa.RSAPrivateKey)
        header = {"alg": "RS256" if is_rsa else "ES256", "b64": False, "crit": ["b64"]}
        header = {**header, "x5t#S256": _b64(thumbprint), **claims}
        head = _b64(json.dumps(header).encode())
        signed = head.encode() + b"." + body
        if isinstance(key, rsa.RSAPrivateKey):
            signature = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            assert isinstance(key, ec.EllipticCurvePrivateKey)
            r, s = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return f"{head}..{_b64(signature)}"

    async def verify(self, token: str, body: bytes) -> Json:
        """The header of a token whose signature holds, by the certificate that НУЦ has under its thumbprint."""
        head, _, signature = token.split(".")
        header: Json = json.loads(_unb64(head))
        async with httpx.AsyncClient(verify=server_check(self.nuc_url)) as http:
            found = await http.get(f"{self.nuc_url}/api/v1/certificates/{header['x5t#S256']}")
        certificate = x509.load_pem_x509_certificate(found.content)
        key, made, signed = certificate.public_key(), _unb64(signature), head.encode() + b"." + body
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(made, signed, padding.PKCS1v15(), hashes.SHA256())
        else:
            assert isinstance(key, ec.EllipticCurvePublicKey)
            r, s = (int.from_bytes(half, "big") for half in (made[:32], made[32:]))
            key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
        return {**header, "signer": next(uri.rpartition(":")[2] for uri in uris if ":system:" in uri)}

    async def _take(self, delivery: AbstractIncomingMessage) -> None:
        """Verify both tokens, hold the message to the document, send the receipt, acknowledge."""
        headers = {name: _text(value) for name, value in delivery.headers.items()}
        message: Json = json.loads(delivery.body)
        inner = await self.verify(headers["signature"], delivery.body)
        assert inner["signer"] == message["messageInfo"]["sender"]["senderId"]
        outer = inner
        if "hop" in headers:
            outer = await self.verify(headers["hop"], headers["signature"].encode() + b"." + delivery.body)
        assert (outer["signer"], outer["to"]) == (self.neighbour, self.address)
        self._hold(message["messageData"]["contract"], message)
        if "hop" in headers:
            await self._send_receipt(message["messageInfo"])
        await delivery.ack()
        self.waiting.put_nowait({**message, "hop": outer})

    async def _send_receipt(self, info: Json) -> None:
        code = self.refuses.get(info["correlationId"])
        note = {
            "messageId": info["messageId"],
            "senderId": info["sender"]["senderId"],
            "receiveStatus": "MESSAGE_ACCEPTED" if code is None else "MESSAGE_NOT_ACCTEPTED",
            "errorCode": code,
        }
        data, kind = {"notifications": [note]}, "NOTIFICATION"
        await self.send("delivery-notification", kind, "delivery-notifications/1", data, to="shep_gateway")

    def _hold(self, contract: str, message: Json) -> None:
        """The message fits the document's schema of its contract."""
        payload = self.document["components"]["messages"][contract.replace("/", "-")]["payload"]
        schema = {**payload, "components": self.document["components"]}
        jsonschema.Draft7Validator(schema).validate(message)


class ClosingConnection(aio_pika.Connection):
    """A connection that is closed when it could not be made: ``aio_pika.connect`` drops it unclosed."""

    async def connect(self, timeout: TimeoutType = None) -> None:  # noqa: ASYNC109 - aio-pika's own signature
        try:
            await super().connect(timeout)
        except BaseException:
            for _ in range(2):  # the second call marks the connection as closed
                with suppress(Exception):
                    await self.close()
            raise


async def is_let_in(amqp_url: str | None) -> bool:
    """Whether the broker takes the user and the password of its address."""
    assert amqp_url is not None
    try:
        connection = await aio_pika.connect(amqp_url, connection_class=ClosingConnection)
    except AMQPError:
        return False
    await connection.close()
    return True


@asynccontextmanager
async def connected(
    amqp_url: str, address: str, key_pem: bytes, document: Json, nuc_url: str, neighbour: str = "shep_gateway"
) -> AsyncIterator[QueueClient]:
    """A client that consumes from its queue until the block ends."""
    async with await aio_pika.connect(amqp_url) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        client = QueueClient(address, neighbour, key_pem, document, nuc_url, channel)
        await client.consume()
        yield client
        with suppress(Exception):
            await channel.close()


def _is_of(message: Json, case: str, contract: str | None) -> bool:
    return message["messageInfo"]["correlationId"] == case and contract in (
        None,
        message["messageData"]["contract"],
    )


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
