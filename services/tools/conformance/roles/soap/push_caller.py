"""ШЭП as it calls a participant's own endpoint of AsyncChannel: good calls, and those that must be refused."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from services.tools.conformance.exchanges import CarriedPart, KeptExchange
from services.tools.conformance.judging import RunTrace
from services.tools.conformance.roles.soap.soap_envelopes import (
    CLIENT_TYPES,
    XML,
    ChannelMessage,
    sign_envelope,
    wrap_signature,
    write_envelope,
    write_push,
    write_status_push,
)
from shared.bus.clocks.clock import SystemClock
from shared.pki.xml.wsse import KeyInfoForm

SEND, CHANGE, GET = "sendMessage", "changeMassageStatusNotification", "GET"
SERVICE = "conformance-service"
CALL_SECONDS = 30.0
HEADERS: Mapping[str, str] = {"Content-Type": XML, "SOAPAction": '""', "Accept": "text/xml"}
LARGE_BYTES = 200_000
BAD_PROBES = (*("unsigned", "foreign", "tampered", "expired", "wrapped", "dtd", "malformed", "unknown-operation"),)
GOOD_PROBES = ("plain", "issuer-serial", "binary-token", "prefixes", "large", "repeat", "together", "after")


@dataclass(frozen=True)
class ServedTarget:
    """The participant's address, and the client that reaches it."""

    client: httpx.AsyncClient
    url: str
    is_guarded: bool = False
    """Whether the client reaches a network, in which the participant may name addresses of others."""


@dataclass
class PushCaller:
    """The calls of one run, in their order."""

    trace: RunTrace
    target: ServedTarget
    message: ChannelMessage = field(default_factory=lambda: _message())

    async def play(self) -> None:
        """Make every call; a call that is not answered in time leaves an exchange without an answer."""
        keys = self.trace.keys
        plain = self._sign(write_push(self.message))
        await self._push("plain", plain)
        await self._push("repeat", plain)
        for form in (KeyInfoForm.ISSUER_SERIAL, KeyInfoForm.BINARY_TOKEN):
            await self._push(form.value, sign_envelope(write_push(_message()), keys.gateway, form))
        await self._push("prefixes", self._sign(write_push(_message(), "SOAP-ENV")))
        await self._push("large", self._sign(write_push(_message("x" * LARGE_BYTES))))
        await asyncio.gather(*(self._push("together", self._sign(write_push(_message()))) for _ in range(2)))
        for state in ("DELIVERED", "NOT_DELIVERED"):
            await self._push(state.lower(), self._sign(write_status_push("m-1", state)), CHANGE)
        for probe, envelope in self._bad_calls():
            await self._push(probe, envelope)
        await self._push("after", self._sign(write_push(_message())))
        await self._call("wsdl", GET, "GET", b"", {})

    def _bad_calls(self) -> list[tuple[str, bytes]]:
        keys = self.trace.keys
        fresh = [write_push(_message()) for _ in range(4)]
        unknown = write_envelope(f'<ns2:dropTables xmlns:ns2="{CLIENT_TYPES}"><request/></ns2:dropTables>')
        entity = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
        return [
            ("unsigned", fresh[0]),
            ("foreign", sign_envelope(fresh[1], keys.stranger)),
            ("tampered", self._sign(fresh[2]).replace(b"<question>", b"<question>changed ")),
            ("expired", sign_envelope(fresh[3], keys.expired)),
            ("wrapped", wrap_signature(self._sign(write_push(_message())))),
            ("dtd", entity + self._sign(write_push(_message())).replace(b"<question>", b"<question>&e;")),
            ("malformed", b"<soap:Envelope"),
            ("unknown-operation", self._sign(unknown)),
        ]

    def _sign(self, envelope: bytes) -> bytes:
        return sign_envelope(envelope, self.trace.keys.gateway)

    async def _push(self, probe: str, envelope: bytes, operation: str = SEND) -> KeptExchange:
        return await self._call(probe, operation, "POST", envelope, HEADERS)

    async def _call(
        self, probe: str, operation: str, method: str, body: bytes, headers: Mapping[str, str]
    ) -> KeptExchange:
        url = f"{self.target.url}?wsdl" if method == "GET" else self.target.url
        request = self.target.client.build_request(method, url, content=body, headers=dict(headers))
        return await call_participant(self.trace, self.target.client, "push", operation, probe, request)


async def call_participant(
    trace: RunTrace, client: httpx.AsyncClient, door: str, operation: str, probe: str, request: httpx.Request
) -> KeptExchange:
    """One call of the kit, kept with its answer; status 0 where none came in ``CALL_SECONDS``."""
    carried = CarriedPart(f"{request.method} {request.url} HTTP/1.1", dict(request.headers), request.content)
    exchange = trace.book.open_exchange(door, operation, SystemClock().now(), carried)
    exchange.probe = probe
    began = time.perf_counter()
    try:
        async with asyncio.timeout(CALL_SECONDS):
            answer = await client.send(request)
    except (httpx.HTTPError, OSError, TimeoutError) as error:
        exchange.facts["silence"] = type(error).__name__
    else:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        exchange.response = CarriedPart(f"HTTP/1.1 {answer.status_code}", headers, answer.content)
        exchange.status = answer.status_code
    exchange.seconds = time.perf_counter() - began
    return exchange


def _message(text: str = "1") -> ChannelMessage:
    return ChannelMessage(SERVICE, "REQUEST", f"<question>{text}</question>")


async def play_push(trace: RunTrace, target: ServedTarget) -> None:
    """Play ШЭП against the endpoint at ``target``."""
    await PushCaller(trace, target).play()
