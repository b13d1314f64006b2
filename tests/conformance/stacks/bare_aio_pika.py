"""A register with a queue of its own over aio-pika and cryptography: JWS, order and receipts by hand."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Event
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import aio_pika  # noqa: TID251 - another's client
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding

ARGUMENTS: dict[str, Any] = {
    "x-queue-type": "quorum", "x-delivery-limit": 20, "x-dead-letter-exchange": "egov.dead",
    "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish",
}  # fmt: skip


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)


class Untrusted(Exception):
    """``code`` None: nobody vouches for the message, and nobody is told."""

    def __init__(self, code: str | None = None) -> None:
        super().__init__(code)
        self.code = code


class BareRegister:
    def __init__(
        self,
        address: str,
        key: rsa.RSAPrivateKey,
        certificate: x509.Certificate,
        nuc: str,
        issuing: x509.Certificate,
    ) -> None:
        self.address, self.key, self.certificate, self.nuc, self.issuing = address, key, certificate, nuc, issuing
        self.people: dict[str, Any] = {}
        self.handled: dict[str, int] = {}
        self.early: dict[tuple[str, int], Any] = {}
        self.seen: set[str] = set()
        self.sent: dict[str, int] = {}

    async def open(self, url: str) -> Any:
        connection = await aio_pika.connect(url)
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        self.exchange = await channel.declare_exchange("egov.bus", "topic", durable=True)
        await channel.declare_exchange("egov.dead", "topic", durable=True)
        arguments = {**ARGUMENTS, "x-dead-letter-routing-key": self.address}
        queue = await channel.declare_queue(self.address, durable=True, arguments=arguments)
        await queue.bind(self.exchange, f"{self.address}.*")
        await queue.consume(self.take)
        return connection

    async def serve(self, url: str, is_ready: Event, is_over: Event) -> None:
        """Serve until ``is_over``; a program of its own, on a thread of its own."""
        connection = await self.open(url)
        is_ready.set()
        while not is_over.is_set():  # noqa: ASYNC110 - a thread of the test sets it
            await asyncio.sleep(0.05)
        await connection.close()

    async def take(self, delivery: Any) -> None:
        message = json.loads(delivery.body)
        info = message["messageInfo"]
        try:
            sequence = self.check(delivery, message)
        except Untrusted as refusal:
            if refusal.code is not None:
                await self.tell(info, refusal.code)
        else:
            token = delivery.headers["signature"]
            if token not in self.seen:
                self.seen.add(token)
                await self.order(info["correlationId"], sequence, message)
        await delivery.ack()

    async def order(self, chain: str, sequence: int, message: Any) -> None:
        self.early[chain, sequence] = message
        while (following := self.early.pop((chain, self.handled.get(chain, 0) + 1), None)) is not None:
            self.handled[chain] = self.handled.get(chain, 0) + 1
            if following["messageData"]["contract"] == "person-query/1":
                person = self.people.get(following["messageData"]["data"]["iin"])
                await self.send("nr-iin-person", "RESPONSE", chain, "person-answer/1", {"person": person})
                await self.tell(following["messageInfo"], None)

    def check(self, delivery: Any, message: Any) -> int:
        info, signature, hop = message["messageInfo"], delivery.headers["signature"], delivery.headers.get("hop")
        if hop is not None:
            claims, neighbour = self.verify(hop, signature.encode() + b"." + delivery.body, None)
            if neighbour != "shep_gateway" or claims["to"] != self.address:
                raise Untrusted
        inner, author = self.verify(signature, delivery.body, "signature-invalid" if hop else None)
        if hop is None:
            claims = inner
            if author != "shep_gateway" or claims["to"] != self.address:
                raise Untrusted
        age = now() - datetime.fromisoformat(info["messageDate"])
        if author != info["sender"]["senderId"]:
            raise Untrusted("sender-mismatch")
        if not timedelta(minutes=-5) < age < timedelta(days=30):
            raise Untrusted("message-stale")
        data = message["messageData"]
        if data["contract"] not in ("person-query/1", "withdrawn/1"):
            raise Untrusted("contract-unknown")
        if data["contract"] == "person-query/1" and (
            set(data["data"]) != {"iin"} or len(data["data"]["iin"]) != 12
        ):
            raise Untrusted("message-data-malformed")
        return int(claims["seq"])

    def verify(self, token: str, payload: bytes, code: str | None) -> tuple[Any, str]:
        head, middle, end = token.split(".")
        header, signature = json.loads(decode(head)), decode(end)
        try:
            with urlopen(f"{self.nuc}/api/v1/certificates/{header['x5t#S256']}") as answer:  # noqa: S310 - НУЦ
                certificate = x509.load_pem_x509_certificate(answer.read())
            certificate.verify_directly_issued_by(self.issuing)
            key, signed = certificate.public_key(), f"{head}.".encode() + payload
            if isinstance(key, rsa.RSAPublicKey):
                key.verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
            elif isinstance(key, ec.EllipticCurvePublicKey):
                r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
                key.verify(encode_dss_signature(r, s), signed, ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, OSError, ValueError):
            raise Untrusted(code) from None
        if middle:
            raise Untrusted(code)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
        return header, uri.rpartition(":")[2]

    async def tell(self, info: Any, code: str | None) -> None:
        status = "MESSAGE_NOT_ACCTEPTED" if code else "MESSAGE_ACCEPTED"
        note = {
            "messageId": info["messageId"],
            "senderId": info["sender"]["senderId"],
            "receiveStatus": status,
            "errorCode": code,
        }
        data = {"notifications": [note]}
        await self.send(
            "delivery-notification", "NOTIFICATION", str(uuid4()), "delivery-notifications/1", data, ordered=False
        )

    async def send(
        self, service: str, kind: str, chain: str, contract: str, data: Any, *, ordered: bool = True
    ) -> None:
        info = {
            "messageId": str(uuid4()), "correlationId": chain, "serviceId": service, "messageType": kind,
            "messageDate": now().isoformat(), "sender": {"senderId": self.address}, "properties": [],
        }  # fmt: skip
        body = json.dumps({"messageInfo": info, "messageData": {"contract": contract, "data": data}}).encode()
        if ordered:
            self.sent[chain] = self.sent.get(chain, 0) + 1
        thumbprint = encode(sha256(self.certificate.public_bytes(Encoding.DER)).digest())
        header = {"alg": "RS256", "b64": False, "crit": ["b64"], "x5t#S256": thumbprint, "to": "shep_gateway"}
        head = encode(json.dumps({**header, "seq": self.sent[chain] if ordered else 0}).encode())
        raw = self.key.sign(f"{head}.".encode() + body, padding.PKCS1v15(), hashes.SHA256())
        message = aio_pika.Message(
            body, headers={"signature": f"{head}..{encode(raw)}"}, content_type="application/json", type=kind,
            delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        )  # fmt: skip
        await self.exchange.publish(message, f"shep_gateway.{kind}")


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
