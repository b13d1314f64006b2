"""A register with a queue of its own, over any carrier: gate, order, receipts, written out by hand."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidSignature

from services.tools.conformance.kit_keys import KitKeys
from services.tools.conformance.roles.samples import find_person
from shared.bus.carriers.transport import SignedBytes, Transport, TransportMessage
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import BusError, Malformed, Untrusted
from shared.bus.messages import jws
from tests.conformance.participants.buggy import SeededBugs

Json = dict[str, Any]
KNOWN = {"person-query/1", "withdrawn/1"}


@dataclass
class AmqpParticipant:
    transport: Transport
    keys: KitKeys
    bugs: SeededBugs = field(default_factory=SeededBugs)
    seen: set[str] = field(default_factory=set)
    handled: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    waiting: dict[tuple[str, int], Json] = field(default_factory=dict)
    sent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    is_down: bool = False

    async def live(self) -> None:
        subscription = await self.transport.subscribe(self.keys.address, 100)
        while True:
            deliveries = await subscription.receive_batch(1)
            for delivery in deliveries:
                await self.take(delivery.raw)
            await subscription.acknowledge(deliveries)

    async def take(self, raw: SignedBytes) -> None:
        has = self.bugs.has
        if self.is_down:
            return
        message = json.loads(raw.body)
        info = message["messageInfo"]
        try:
            sequence = self.check(raw, info)
        except BusError as error:
            self.is_down = has("stops-at-fault")
            if raw.hop is not None and error.code not in ("hop", "addressee"):
                await self.receipt(info, error.code)
            return
        if raw.signature in self.seen:
            if has("not-once"):
                await self.handle(message)
            return
        self.seen.add(raw.signature)
        chain = info["correlationId"]
        if sequence and not has("order-ignored"):
            if has("withdrawals-ignored") and message["messageData"]["contract"] == "withdrawn/1":
                return
            self.waiting[chain, sequence] = message
            while (following := self.waiting.pop((chain, self.handled[chain] + 1), None)) is not None:
                self.handled[chain] += 1
                await self.handle(following)
            return
        await self.handle(message)

    def check(self, raw: SignedBytes, info: Json) -> int:
        """The number of the message; raises where the gate refuses."""
        has, payload = self.bugs.has, raw.body
        if raw.hop is None and info["sender"]["senderId"] != "shep_gateway" and not has("direct-allowed"):
            raise Untrusted("neighbour", "only ШЭП delivers here")
        author, claims = self.verify(raw.signature, payload, "signature", is_checked=not has("inner-unchecked"))
        if raw.hop is not None:
            hop_payload = raw.signature.encode() + b"." + payload
            _, claims = self.verify(raw.hop, hop_payload, "hop", is_checked=not has("hop-unchecked"))
        if claims["to"] != self.keys.address and not has("addressee-unchecked"):
            raise Untrusted("addressee", "for another system")
        if f"urn:egov-bus:system:{info['sender']['senderId']}" != author and not has("sender-unchecked"):
            raise Untrusted("sender", "another sender than the certificate")
        age = SystemClock().now() - datetime.fromisoformat(info["messageDate"])
        if age > timedelta(days=30) and not has("stale-allowed"):
            raise Malformed("stale", "too old")
        if age < -timedelta(minutes=5) and not has("future-allowed"):
            raise Malformed("future", "from the future")
        message = json.loads(payload)["messageData"]
        if message["contract"] not in KNOWN and not has("takes-anything"):
            raise Malformed("contract-unknown", "no such contract")
        is_query = message["contract"] == "person-query/1"
        if is_query and (set(message["data"]) != {"iin"} or len(message["data"]["iin"]) != 12):
            if not has("data-unchecked"):
                raise Malformed("data", "faulty data")
            message["data"]["iin"] = "850101100022"
        return int(claims.get("seq", 0))

    def verify(self, text: str, payload: bytes, part: str, *, is_checked: bool) -> tuple[str, Json]:
        token = jws.parse(text)
        if not is_checked:
            return "urn:egov-bus:system:is_mio", dict(token.claims)
        certificate = (
            self.keys.find_certificate(token.thumbprint) if part != "hop" else self.keys.gateway.certificate
        )
        if part == "hop" and token.thumbprint != self.keys.gateway.thumbprint:
            raise Untrusted("hop", "not ШЭП's")
        try:
            jws.verify(token, certificate.public_key(), payload)  # type: ignore[arg-type]
        except (BusError, InvalidSignature):
            raise Untrusted(part, "the signature does not hold") from None
        names = certificate.extensions.get_extension_for_oid(_SAN).value
        return str(next(iter(names)).value), dict(token.claims)  # type: ignore[call-overload]

    async def handle(self, message: Json) -> None:
        has, info = self.bugs.has, message["messageInfo"]
        if message["messageData"]["contract"] == "withdrawn/1":
            return
        chain = str(uuid4()) if has("chain-of-own") else info["correlationId"]
        data = find_person(message["messageData"]["data"]["iin"])
        if has("answer-field-unknown"):
            data["comment"] = "x"
        await self.publish("nr-iin-person", "RESPONSE", chain, "person-answer/1", data)
        await self.receipt(info, None)

    async def receipt(self, info: Json, code: str | None) -> None:
        has = self.bugs.has
        if has("no-receipts") or (has("silent-refusals") and code):
            return
        wrong = "MESSAGE_NOT_ACCEPTED" if has("spelt-correctly") else "MESSAGE_NOT_ACCTEPTED"
        note = {
            "messageId": info["messageId"],
            "senderId": "shep_gateway" if has("receipt-names-gateway") else info["sender"]["senderId"],
            "receiveStatus": wrong if code else "MESSAGE_ACCEPTED",
            "errorCode": None if has("no-codes") else code,
        }
        chain = info["correlationId"] if has("receipt-in-case") else str(uuid4())
        service = info["serviceId"] if has("receipt-service-wrong") else "delivery-notification"
        data = {"notifications": [note]}
        await self.publish(service, "NOTIFICATION", chain, "delivery-notifications/1", data, is_receipt=True)

    async def publish(
        self, service: str, kind: str, chain: str, contract: str, data: Json, *, is_receipt: bool = False
    ) -> None:
        has = self.bugs.has
        moment = SystemClock().now()
        date = moment.replace(tzinfo=None).isoformat() if has("date-without-zone") else moment.isoformat()
        info: Json = {
            "messageId": "constant" if has("id-constant") else str(uuid4()),
            "correlationId": chain,
            "serviceId": service,
            "messageType": kind,
            "messageDate": date,
            "sender": {"senderId": "nr_iin" if has("sender-of-another") else self.keys.address},
            "properties": [],
        }
        if has("envelope-field-unknown"):
            info["priority"] = 1
        body = json.dumps({"messageInfo": info, "messageData": {"contract": contract, "data": data}}).encode()
        sequence = 0
        if not is_receipt or has("receipt-numbered"):
            self.sent[chain] += 1
            sequence = 7 if has("numbers-from-seven") else self.sent[chain]
        claims = {"to": "nr_iin" if has("to-wrong") else "shep_gateway", "seq": sequence}
        pair = self.keys.stranger if has("foreign-key") else self.keys.participant
        signed = body + b" " if has("signs-other-bytes") else body
        token = jws.sign(pair.key, pair.thumbprint, signed, claims)
        if has("token-attached"):
            head, _, end = token.split(".")
            token = f"{head}.e30.{end}"
        raw = SignedBytes(body, token, token if has("hop-of-own") else None)
        message = TransportMessage("shep_gateway", kind, str(info["messageId"]), chain, raw)
        await self.transport.publish([message])


def _san() -> Any:
    from cryptography.x509.oid import ExtensionOID

    return ExtensionOID.SUBJECT_ALTERNATIVE_NAME


_SAN = _san()
