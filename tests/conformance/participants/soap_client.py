"""Clients of the two SOAP channels over httpx and lxml, which sign and verify by WS-Security."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from services.tools.conformance.kit_keys import KitKeys
from services.tools.conformance.roles.samples import list_people
from shared.bus.clocks.clock import SystemClock
from shared.bus.errors import BusError
from shared.pki.xml.wsse import KeyInfoForm, open_body, sign_body
from tests.conformance.participants.buggy import SeededBugs

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
SYNC = "http://bip.bee.kz/SyncChannel/v10/Types"
ASYNC = "http://bip.bee.kz/AsyncChannel/v10/Types"
COMPANY = "050340000128"
KDP = "{http://service.2fa-chain.kz/ns/kdp}"


@dataclass
class SoapCaller:
    """What both clients share: signing, sending, and trusting no answer that ШЭП did not sign."""

    client: httpx.AsyncClient
    keys: KitKeys
    bugs: SeededBugs = field(default_factory=SeededBugs)

    def now(self) -> str:
        moment = SystemClock().now()
        if self.bugs.has("date-without-zone"):
            return moment.replace(tzinfo=None).isoformat()
        if self.bugs.has("date-only"):
            return moment.date().isoformat()
        if self.bugs.has("date-of-yesterday"):
            return moment.replace(year=moment.year - 1).isoformat()
        return moment.isoformat()

    def sender(self) -> str:
        name = "somebody" if self.bugs.has("sender-of-another") else self.keys.address
        password = "<password>secret</password>" if self.bugs.has("sender-with-password") else ""
        return f"<sender><senderId>{name}</senderId>{password}</sender>"

    async def send(self, path: str, content: str) -> etree._Element | None:
        """The Body's element of an answer that ШЭП signed; None for a fault and for what is not trusted."""
        answer = await self.post(path, self.write(content))
        if answer.status_code != 200:
            return None
        try:
            signed = open_body(answer.content)
        except BusError:
            trusting = self.bugs.has("trusts-unsigned") and b"Signature" not in answer.content
            trusting = trusting or (self.bugs.has("trusts-tampered") and b"Signature" in answer.content)
            return next(etree.fromstring(answer.content).iter("{*}Body"))[0] if trusting else None
        if signed.certificate != self.keys.gateway.certificate and not self.bugs.has("trusts-anybody"):
            return None
        return signed.body[0]

    def write(self, content: str) -> bytes:
        has, soap = self.bugs.has, SOAP
        if has("soap-12"):
            soap = "http://www.w3.org/2003/05/soap-envelope"
        envelope = f'<s:Envelope xmlns:s="{soap}"><s:Header/><s:Body>{content}</s:Body></s:Envelope>'.encode()
        if has("unsigned"):
            return envelope
        pair = self.keys.stranger if has("foreign-key") else self.keys.participant
        signed = sign_body(envelope, pair.key, pair.certificate, key_info=KeyInfoForm.KEY_IDENTIFIER)
        if has("must-understand-absent"):
            signed = signed.replace(b'mustUnderstand="1"', b'mustUnderstand="0"')
        if has("pretty-printed-after-signing"):
            signed = signed.replace(b"<request>", b"\n  <request>", 1)
        if has("inclusive-c14n"):
            inclusive = b"http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
            signed = signed.replace(b"http://www.w3.org/2001/10/xml-exc-c14n#", inclusive)
        if has("carriage-returns"):
            signed = signed.replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>&#13;\n")
        if has("sha1"):
            signed = signed.replace(b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha1")
        if has("plain-body-id"):
            signed = signed.replace(b"wsu:Id=", b"Id=")
        if has("timestamp"):
            signed = signed.replace(b"<ds:Signature ", b"<wsse:Timestamp/><ds:Signature ", 1)
        if has("doctype"):
            signed = b"<!DOCTYPE x>" + signed
        return signed

    async def post(self, path: str, envelope: bytes) -> httpx.Response:
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
        if self.bugs.has("type-json"):
            headers["Content-Type"] = "application/json"
        if self.bugs.has("action-named"):
            headers["SOAPAction"] = '"SendMessage"'
        return await self.client.post(path, content=envelope, headers=headers)


@dataclass
class SyncClient(SoapCaller):
    """Asks for consents and then for persons."""

    calls: int = 0

    async def live(self) -> None:
        person = list_people()[0]
        for _ in range(6):
            body = await self.consent(person.iin)
            if body is None:
                continue
            code, key = body.findtext(f".//{KDP}code"), body.findtext(f".//{KDP}public-key")
            if body.findtext(".//{*}status/{*}code") == "SCSS001" and code and key:
                await self.ask(person.iin, code, key)
            elif self.bugs.has("refusal-repeated"):
                await self.post("/bip-sync-wss-gost/", self.last)

    async def consent(self, iin: str) -> etree._Element | None:
        has = self.bugs.has
        access = "GBDFL" if has("access-misnamed") else "GBDFLUniversal_token"
        expires = "one hour" if has("expires-in-words") else "3600000"
        uin = "850101100014" if has("iin-unchecked") else iin
        company = "123" if has("bin-unchecked") else COMPANY
        sms = "1" if has("omit-sms-number") else "true"
        data = (
            f"<uin>{uin}</uin><company>Co</company><company_bin>{company}</company_bin>"
            f"<company_responsible>A</company_responsible><employee_name>B</employee_name>"
            f"<access_name>{access}</access_name><personal_data_name>all</personal_data_name>"
            f"<expiresIn>{expires}</expiresIn><omit-sms>{sms}</omit-sms><ovt>{self.token()}</ovt>"
        )
        return await self.call("KDP_SERVICE", data)

    async def ask(self, iin: str, code: str, key: str) -> None:
        has = self.bugs.has
        token = code if has("code-unstripped") else code.strip()
        if has("code-invented"):
            token = "a-code-of-last-year"
        person = list_people()[1].iin if has("person-exchanged") else iin
        name = "m" * 40 if has("register-id-long") else str(uuid4())
        data = (
            f"<messageId>{name}</messageId><messageDate>{SystemClock().now().isoformat()}</messageDate>"
            f"<senderCode>{self.keys.address}</senderCode><iin>{person}</iin><kdpToken>{token}</kdpToken>"
            f"<publicKey>{key if has('code-unstripped') else key.strip()}</publicKey>"
        )
        await self.call("GBDFLUniversal_token", data)

    def token(self) -> str:
        now = int(SystemClock().now().timestamp())
        claims = {"cbin": COMPANY, "mcheck": "Bio", "iat": now, "exp": now + 600}
        if self.bugs.has("claims-without-exp"):
            del claims["exp"]
        if self.bugs.has("cbin-of-another"):
            claims["cbin"] = "990140000780"
        head = f"{_encode({'alg': 'RS256', 'typ': 'JWT'})}.{_encode(claims)}"
        key = self.keys.stranger.key if self.bugs.has("ovt-by-foreign-key") else self.keys.participant.key
        assert isinstance(key, rsa.RSAPrivateKey)
        signature = key.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{head}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"

    async def call(self, service: str, data: str) -> etree._Element | None:
        has = self.bugs.has
        self.calls += 1
        message_id = "constant" if has("id-constant") else str(uuid4())
        message_id = f"{self.calls}" if has("id-counted") else message_id
        service_element = "" if has("service-absent") else f"<serviceId>{service}</serviceId>"
        date = f"<messageDate>{self.now()}</messageDate>"
        parts = date + service_element if has("order-changed") else service_element + date
        more = "<properties><key>k</key><value>v</value></properties>"
        if has("property-long"):
            more = f"<properties><key>{'k' * 31}</key><value>v</value></properties>"
        if has("empty-elements"):
            more += "<sessionId/>"
        if has("session-without-braces"):
            more += f"<sessionId>{uuid4()}</sessionId>"
        info = f"<requestInfo><messageId>{message_id}</messageId>{parts}{self.sender()}{more}</requestInfo>"
        if has("qualified-elements"):
            info = info.replace("<serviceId>", "<r:serviceId>").replace("</serviceId>", "</r:serviceId>")
        types = "http://example.org/Types" if has("wrapper-namespace") else SYNC
        content = (
            f'<r:SendMessage xmlns:r="{types}"><request>{info}<requestData><data>{data}</data></requestData>'
            "</request></r:SendMessage>"
        )
        self.last = self.write(content)
        return await self.send("/bip-sync-wss-gost/", content)


@dataclass
class AsyncClient(SoapCaller):
    """Sends a request, works off its mailbox, answers a question, asks for a state."""

    path: str = "/bip-async-wss-gost/"
    answered: set[str] = field(default_factory=set)
    given: str = ""

    async def live(self) -> None:
        body = None
        for _ in range(1 if self.bugs.has("no-second-try") else 3):
            body = await self.send_message("REQUEST", "conformance-service", "")
            if body is not None:
                break
        self.given = "" if body is None else str(body.findtext(".//{*}messageId"))
        for _ in range(60 if self.bugs.has("hot-pulling") else 4):
            await self.pull()
        status = str(uuid4()) if self.bugs.has("status-of-own-id") else self.given
        await self.operate(
            "getMessageStatus",
            f"<messageId>{status}</messageId><requestDate>{self.now()}</requestDate>{self.sender()}",
        )

    async def send_message(self, kind: str, service: str, chain: str) -> etree._Element | None:
        has = self.bugs.has
        own = str(uuid4()) if has("id-filled") else ""
        chain = str(uuid4()) if (kind == "REQUEST" and has("chain-filled")) else chain
        if kind == "RESPONSE" and has("chain-invented"):
            chain = str(uuid4())
        if kind == "RESPONSE" and has("chain-forgotten"):
            chain = ""
        kind = "ANSWER" if (kind == "RESPONSE" and has("type-of-own")) else kind
        service = "another-service" if (kind == "RESPONSE" and has("answer-to-another-service")) else service
        chain_element = f"<correlationId>{chain}</correlationId>" if chain else ""
        own_element = f"<messageId>{own}</messageId>" if own else ""
        info = (
            f"<messageInfo>{own_element}{chain_element}<serviceId>{service}</serviceId>"
            f"<messageType>{kind}</messageType><messageDate>{self.now()}</messageDate>{self.sender()}</messageInfo>"
        )
        data = "<messageData><data><answer>1</answer></data></messageData>"
        return await self.operate("sendMessage", f"{info}{data}")

    async def pull(self) -> None:
        has = self.bugs.has
        service = "" if has("pull-without-service") else "<serviceId>conformance-service</serviceId>"
        amount = "<amount>all</amount>" if has("amount-in-words") else "<amount>10</amount>"
        content = f"<requestDate>{self.now()}</requestDate>{service}{self.sender()}{amount}"
        body = await self.operate("getMessages", content)
        for message in [] if body is None else body.iter("messages"):
            await self.take(message)

    async def take(self, message: etree._Element) -> None:
        has = self.bugs.has
        name, chain = str(message.findtext(".//messageId")), str(message.findtext(".//correlationId"))
        service = str(message.findtext(".//serviceId"))
        is_readable = message.find(".//data/question") is not None
        status, resend, error = "MESSAGE_ACCEPTED", "NOT_RESEND", ""
        if not is_readable and not has("takes-anything"):
            status, resend = "MESSAGE_NOT_ACCTEPTED", "RESEND" if has("asks-for-rubbish-again") else "NOT_RESEND"
            code = "" if has("refuses-without-code") else "<errorCode>SCE001</errorCode>"
            error = f"<error>{code}<errorMessage>bad</errorMessage><errorDate>{self.now()}</errorDate></error>"
        if has("spelt-correctly"):
            status = status.replace("ACCTEPTED", "ACCEPTED")
        if has("resend-boolean"):
            resend = "false"
        if not (has("forgets-notice") and not is_readable):
            service_named = "other" if has("notice-of-other-service") else service
            await self.operate(
                "sendDeliveryNotification",
                f"<notification><messageId>{name}</messageId><serviceId>{service_named}</serviceId>"
                f"<notificationDate>{self.now()}</notificationDate><deliveryStatus><receiveStatus>{status}"
                f"</receiveStatus><statusDate>{self.now()}</statusDate><resendMessage>{resend}</resendMessage>{error}"
                f"</deliveryStatus></notification><requestDate>{self.now()}</requestDate>{self.sender()}",
            )
        if is_readable and (name not in self.answered or has("answers-twice")):
            self.answered.add(name)
            await self.send_message("RESPONSE", service, chain)

    async def operate(self, operation: str, content: str) -> etree._Element | None:
        wrapped = f'<r:{operation} xmlns:r="{ASYNC}"><request>{content}</request></r:{operation}>'
        return await self.send(self.path, wrapped)


def _encode(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
