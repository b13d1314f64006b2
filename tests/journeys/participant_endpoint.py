"""The own endpoint of a participant: a tiny HTTP server that verifies what ШЭП pushes, and answers signed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cryptography import x509
from lxml import etree

from shared.pki.xml.wsse import open_body, sign_body
from tests.journeys.doors import JoinedSystem
from tests.journeys.kit import RunningCountry, eventually

TYPES = "http://bip.bee.kz/AsyncChannel/v10/Types"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
MOMENT = "2026-11-29T10:00:00.000+05:00"


@dataclass(frozen=True)
class TakenCall:
    """A call whose signature was proved: the operation, its request, the signer, the bytes."""

    operation: str
    body: etree._Element
    signer: x509.Certificate
    raw: bytes

    def text(self, name: str) -> str:
        return self.body.findtext(f".//{name}") or ""

    @property
    def message_id(self) -> str:
        """The message that is brought, or that the notice is about."""
        return self.text("messageId")


@dataclass
class ParticipantEndpoint:
    """A server of one participant; ``respond`` makes the whole HTTP response to a call."""

    system: JoinedSystem
    respond: Callable[[TakenCall], bytes | None] | None = None
    """Replaces the right answer; None keeps the caller waiting."""
    calls: list[TakenCall] = field(default_factory=list)
    """All calls so far, in order."""
    _waiting: list[asyncio.StreamWriter] = field(default_factory=list)
    port: int = 0
    _server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/client"

    async def open(self) -> None:
        """Listen, after the first time at the same port as before."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def take(self, message_id: str, *, times: int = 1, seconds: float = 10) -> TakenCall:
        """The call about this message, or the later one of so many; fails when none comes in time."""
        await eventually(
            lambda: asyncio.sleep(0, self.message_ids.count(message_id)), lambda count: count >= times, seconds
        )
        return [call for call in self.calls if call.message_id == message_id][times - 1]

    @property
    def message_ids(self) -> list[str]:
        """The messages of all calls so far, in order."""
        return [call.message_id for call in self.calls]

    def answer_rightly(self) -> None:
        """Give right answers from now on, and drop the callers that were kept waiting."""
        self.respond = None
        while self._waiting:
            self._waiting.pop().close()

    async def answer_late(self) -> None:
        """Give the callers that were kept waiting the right answer to the last call; then answer rightly."""
        self.respond = None
        while self._waiting:
            writer = self._waiting.pop()
            writer.write(self.right_answer(self.calls[-1]))
            await writer.drain()
            writer.close()

    def right_answer(self, call: TakenCall) -> bytes:
        """The response of the operation, signed by the participant."""
        content = f"<responseDate>{MOMENT}</responseDate><sessionId>{{1}}</sessionId>"
        space = TYPES
        if call.operation == "sendMessage":
            ids = "<messageId>own</messageId><correlationId>own</correlationId>"
            content = f"{ids}<responseDate>{MOMENT}</responseDate>"
        else:
            space = f"{TYPES}/Client"
        return self.signed(
            f'<t:{call.operation}Response xmlns:t="{space}"><response>{content}</response>'
            f"</t:{call.operation}Response>"
        )

    def signed(self, content: str, status: str = "200 OK") -> bytes:
        """An HTTP response with a signed envelope around this content."""
        envelope = f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{content}</s:Body></s:Envelope>'.encode()
        return http_response(sign_body(envelope, self.system.key, self.system.certificate), status)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        (length,) = (line for line in head.splitlines() if line.lower().startswith("content-length:"))
        raw = await reader.readexactly(int(length.split(":")[1]))
        signed = open_body(raw)
        (wrapper,) = signed.body
        call = TakenCall(etree.QName(wrapper).localname, signed.body, signed.certificate, raw)
        response = self.respond(call) if self.respond is not None else self.right_answer(call)
        self.calls.append(call)
        if response is None:
            self._waiting.append(writer)
            return
        writer.write(response)
        await writer.drain()
        writer.close()


def http_response(content: bytes, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/xml\r\n{headers}Content-Length: {len(content)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + content


@asynccontextmanager
async def endpoint_of(system: JoinedSystem) -> AsyncIterator[ParticipantEndpoint]:
    """A listening endpoint of this participant."""
    endpoint = ParticipantEndpoint(system)
    await endpoint.open()
    try:
        yield endpoint
    finally:
        await endpoint.close()


async def set_endpoint(country: RunningCountry, endpoint: ParticipantEndpoint) -> None:
    """Have ШЭП push to this endpoint, at once if something waits."""
    path = f"/api/v1/participants/{endpoint.system.address}/endpoint"
    await country.operator("shep_gateway").call("PUT", path, json={"url": endpoint.url})
