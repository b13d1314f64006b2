"""The calls of AsyncChannel v10 as a participant of the tests makes them."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from lxml import etree

from shared.pki.xml.wsse import open_body, sign_body
from tests.journeys.channel_documents import ChannelDocuments
from tests.journeys.doors import JoinedSystem
from tests.journeys.kit import RunningCountry
from tests.journeys.participant_endpoint import MOMENT, SOAP, TYPES

PATH = "/bip-async-wss-gost/"
DATA = '<data xmlns:a="urn:a"><a:заявка n="1">Ә &amp; b</a:заявка></data>'
"""Contents with a prefix of their own, letters beyond ASCII and an entity: they must arrive as they are."""


@dataclass
class AsyncSystem:
    """A participant that speaks AsyncChannel v10; ``documents`` are ШЭП's, which every answer keeps to."""

    country: RunningCountry
    joined: JoinedSystem
    documents: ChannelDocuments

    @property
    def sender(self) -> str:
        return f"<sender><senderId>{self.joined.address}</senderId></sender>"

    async def post(self, operation: str, request: str, **headers: str) -> httpx.Response:
        """The response to a signed call, whatever it is."""
        envelope = (
            f'<e:Envelope xmlns:e="{SOAP}"><e:Header/><e:Body><t:{operation} xmlns:t="{TYPES}">'
            f"<request>{request}</request></t:{operation}></e:Body></e:Envelope>"
        ).encode()
        signed = sign_body(envelope, self.joined.key, self.joined.certificate)
        headers = {"Content-Type": "text/xml; charset=utf-8", **headers}
        return await self.country.answer("shep_gateway", "POST", PATH, content=signed, headers=headers)

    async def call(self, operation: str, request: str) -> etree._Element:
        """The ``response`` of a call that succeeds; the answer is signed and keeps to the schema."""
        response = await self.post(operation, request)
        assert response.status_code == 200, response.text
        body = open_body(response.content).body
        self.documents.check_content(body)
        found = body.find(f"{{{TYPES}}}{operation}Response/response")
        assert found is not None
        return found

    async def fault(self, operation: str, request: str, **headers: str) -> tuple[str | None, str | None]:
        """``errorCode`` and the first line of ``errorData``, the bus's code; the fault is signed and keeps to the
        schema.
        """
        response = await self.post(operation, request, **headers)
        assert response.status_code == 500, response.text
        detail = open_body(response.content).body.find("{*}Fault/detail")
        assert detail is not None
        self.documents.check_content(detail)
        error = detail.find(f"{{{TYPES}}}{operation}Fault1_{operation}Fault")
        assert error is not None
        return error.findtext("errorCode"), (error.findtext("errorData") or "").partition("\n")[0]

    def message(self, kind: str, service: str, case: str = "", data: str = DATA) -> str:
        """The request of ``sendMessage``, with an empty messageId as the contract has it."""
        return (
            f"<messageInfo><messageId/><correlationId>{case}</correlationId><serviceId>{service}</serviceId>"
            f"<messageType>{kind}</messageType><messageDate>{MOMENT}</messageDate>{self.sender}"
            "<properties><key>ключ</key><value>мән</value></properties></messageInfo>"
            f"<messageData>{data}</messageData>"
        )

    async def send(self, kind: str, service: str, case: str = "", data: str = DATA) -> tuple[str, str]:
        """Send a message; returns its id and its correlation id."""
        response = await self.call("sendMessage", self.message(kind, service, case, data))
        return response.findtext("messageId") or "", response.findtext("correlationId") or ""

    async def conclude(
        self, message_id: str, status: str = "MESSAGE_ACCEPTED", resend: str = "NOT_RESEND", code: str = ""
    ) -> etree._Element:
        """``sendDeliveryNotification``, with an error of this code."""
        return await self.call("sendDeliveryNotification", self.verdict(message_id, status, resend, code))

    def verdict(self, message_id: str, status: str, resend: str = "NOT_RESEND", code: str = "") -> str:
        error = f"<errorCode>{code}</errorCode><errorMessage>-</errorMessage><errorDate>{MOMENT}</errorDate>"
        return (
            f"<notification><messageId>{message_id}</messageId><serviceId>any</serviceId>"
            f"<notificationDate>{MOMENT}</notificationDate><deliveryStatus><receiveStatus>{status}</receiveStatus>"
            f"<statusDate>{MOMENT}</statusDate><resendMessage>{resend}</resendMessage>"
            f"{f'<error>{error}</error>' if code else ''}</deliveryStatus></notification>"
            f"<requestDate>{MOMENT}</requestDate>{self.sender}"
        )

    async def state(self, message_id: str) -> tuple[str | None, str | None]:
        """``messageState`` and ``statusCode`` of a message that this system sent."""
        question = f"<messageId>{message_id}</messageId><requestDate>{MOMENT}</requestDate>{self.sender}"
        response = await self.call("getMessageStatus", question)
        return response.findtext("messageState"), response.findtext("status/statusCode")

    async def pull(self, service: str, *, case: str = "", amount: str = "") -> list[etree._Element]:
        """The mail of one service, and of one case if given."""
        question = (
            f"<correlationId>{case}</correlationId><serviceId>{service}</serviceId>{self.sender}"
            f"{f'<amount>{amount}</amount>' if amount else ''}"
        )
        return (await self.call("getMessages", question)).findall("messages")


async def provide(country: RunningCountry, service: str, asker: str, provider: str) -> None:
    """Let a participant ask another one: questions and updates go there, the rest goes back."""
    gateway = country.operator("shep_gateway")
    for kind, recipient, sender in (
        ("REQUEST", provider, asker),
        ("UPDATE", provider, asker),
        ("NOTIFICATION", "@initiator", provider),
        ("RESPONSE", "@initiator", provider),
    ):
        await gateway.post("/api/v1/routes", {"service_id": service, "message_type": kind, "recipient": recipient})
        await gateway.post("/api/v1/rights", {"sender": sender, "service_id": service, "message_type": kind})
