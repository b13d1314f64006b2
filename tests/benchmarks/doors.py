"""The rates of ШЭП's doors a core: ``python -m tests.servers run -- python -m tests.benchmarks.doors``.

A participant asks НР ИИН about living people over kept connections. The requests are signed beforehand, and this
program is another process: the measure is the processor time of ШЭП's process, so that other load on the machine
does not spoil the figure. The processor time of НР ИИН is told beside it.

* ``soap``: ``SendMessage`` of SyncChannel, answered in the same call, with WS-Security by RSA-2048 both ways.
* ``rest``: a message handed in by JSON; its answer comes into the mailbox.
* ``rest-answer``: the same, answered in the same call.
* ``rest-read``: the deliveries of one message.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

from shared.client import OperatorClient
from shared.client.participants import JoinedParticipant, JoiningOrder, Operators
from shared.contracts.population import make_population
from shared.contracts.registers import PERSON_SERVICE
from shared.pki.certificates.keys import new_rsa_key
from shared.pki.xml.wsse import sign_body
from tests.country import Processes

SYSTEMS = ("is_nuc", "shep_gateway", "nr_iin")
GOALS = {"soap": 300, "rest": 1_000, "rest-answer": 1_000, "rest-read": 1_000}
SOAP_SERVICE = "GBDFL_UniversalServiceSync"
CONNECTIONS = 32
QUESTIONS = 64
WARM_SECONDS = 1.0


@dataclass(frozen=True)
class DoorRate:
    """The answers, the seconds of the clock, the processor seconds of ШЭП, of the register and of the fixed loop
    in the same minute.
    """

    answers: int
    seconds: float
    gateway_seconds: float
    register_seconds: float
    loop_seconds: float

    @property
    def per_core_second(self) -> float:
        return self.answers / self.gateway_seconds

    @property
    def per_core_second_with_register(self) -> float:
        return self.answers / (self.gateway_seconds + self.register_seconds)

    def figures(self) -> dict[str, float]:
        """The figures of the measurement, as JSON has them."""
        return {
            "per_second": self.answers / self.seconds,
            "per_gateway_core_second": self.per_core_second,
            "per_gateway_and_register_core_second": self.per_core_second_with_register,
            "fixed_loop_ms": self.loop_seconds * 1000,
        }


@dataclass(frozen=True)
class DoorRequests:
    """What one measurement sends again and again, and what every answer must hold."""

    requests: Sequence[bytes]
    expected: bytes


async def measure(country: Processes, seconds: float = 5.0) -> dict[str, DoorRate]:
    """Measure each door for ``seconds``, after it is warm; ``country`` runs ``SYSTEMS``."""
    async with _operators(country) as operators:
        order = JoiningOrder("door-bench", "A system that asks", asks=[PERSON_SERVICE, SOAP_SERVICE])
        asker = await operators.join(order, await asyncio.to_thread(new_rsa_key))
    iins = [person.iin for person in make_population(1, 1000) if person.is_alive][:QUESTIONS]
    rest = [_question(iin) for iin in iins]
    sent = json.loads(await _ask_once(country, _post("/api/v1/messages", rest[0], _json_headers(asker))))
    state = f"/api/v1/messages/{sent['message_id']}/deliveries"
    calls = {
        "soap": DoorRequests([_soap_call(asker, iin) for iin in iins], b"SCSS001"),
        "rest": DoorRequests(
            [_post("/api/v1/messages", body, _json_headers(asker)) for body in rest], b"session_id"
        ),
        "rest-answer": DoorRequests(
            [_post("/api/v1/messages?wait=20", body, _json_headers(asker)) for body in rest], b"birthDate"
        ),
        "rest-read": DoorRequests([_get(state, _json_headers(asker))], b"nr_iin"),
    }
    return {name: await _rate(country, call, seconds) for name, call in calls.items()}


@asynccontextmanager
async def _operators(country: Processes) -> AsyncIterator[Operators]:
    nuc, gateway = (
        OperatorClient.of_instance(country.url(name), country.folder, name) for name in ("is_nuc", "shep_gateway")
    )
    try:
        yield Operators(nuc, gateway)
    finally:
        await nuc.close()
        await gateway.close()


def _question(iin: str) -> bytes:
    content = {"contract": "person-query/1", "data": {"iin": iin}}
    return json.dumps({"service_id": PERSON_SERVICE, "content": content}).encode()


def _json_headers(asker: JoinedParticipant) -> str:
    return f"Content-Type: application/json\r\nAuthorization: Bearer {asker.token}\r\n"


def _soap_call(asker: JoinedParticipant, iin: str) -> bytes:
    envelope = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"'
        ' xmlns:typ="http://bip.bee.kz/SyncChannel/v10/Types"><soapenv:Header/><soapenv:Body>'
        "<typ:SendMessage><request><requestInfo><messageId>1</messageId>"
        f"<serviceId>{SOAP_SERVICE}</serviceId><messageDate>2026-11-29T10:00:00+05:00</messageDate>"
        f"<sender><senderId>{asker.address}</senderId></sender></requestInfo>"
        f"<requestData><data><iin>{iin}</iin><messageId>2</messageId></data></requestData>"
        "</request></typ:SendMessage></soapenv:Body></soapenv:Envelope>"
    )
    signed = sign_body(envelope.encode(), asker.key, asker.certificate)
    return _post("/bip-sync-wss-gost/", signed, 'Content-Type: text/xml; charset=utf-8\r\nSOAPAction: ""\r\n')


def _post(path: str, body: bytes, headers: str) -> bytes:
    return f"POST {path} HTTP/1.1\r\nHost: g\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _get(path: str, headers: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: g\r\n{headers}\r\n".encode()


async def _rate(country: Processes, calls: DoorRequests, seconds: float) -> DoorRate:
    await _ask_for(country, calls, WARM_SECONDS)
    used, began = country.cpu_seconds(), time.monotonic()
    answers = await _ask_for(country, calls, seconds)
    took, now = time.monotonic() - began, country.cpu_seconds()
    gateway, register = (now[name] - used[name] for name in ("shep_gateway", "nr_iin"))
    return DoorRate(answers, took, gateway, register, min(_run_fixed_loop() for _ in range(5)))


def _run_fixed_loop() -> float:
    """The processor seconds of a loop that is always the same: how fast the machine is now."""
    began = time.process_time()
    sum(n * n % 7 for n in range(300_000))
    return time.process_time() - began


async def _ask_for(country: Processes, calls: DoorRequests, seconds: float) -> int:
    """Send requests over all connections for ``seconds``; the number of answers."""
    requests, end = cycle(calls.requests), time.monotonic() + seconds

    async def ask_in_turn() -> int:
        connection, count = await _open(country), 0
        while time.monotonic() < end:
            answer = await _exchange(connection, next(requests))
            assert calls.expected in answer, answer
            count += 1
        connection[1].close()
        return count

    return sum(await asyncio.gather(*(ask_in_turn() for _ in range(CONNECTIONS))))


async def _ask_once(country: Processes, request: bytes) -> bytes:
    connection = await _open(country)
    answer = await _exchange(connection, request)
    connection[1].close()
    return answer


async def _open(country: Processes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    at = urlsplit(country.url("shep_gateway"))
    return await asyncio.open_connection(at.hostname, at.port)


async def _exchange(connection: tuple[asyncio.StreamReader, asyncio.StreamWriter], request: bytes) -> bytes:
    reader, writer = connection
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return await reader.readexactly(length)


def main() -> None:
    """Print the figures as JSON, a line for each measurement."""
    amqp = os.environ["AMQP_URL"]  # noqa: TID251 - set by the runner of the servers
    with tempfile.TemporaryDirectory(prefix="egov-doors.") as folder, Processes(Path(folder), amqp) as country:
        country.start(*SYSTEMS)
        for name, rate in asyncio.run(measure(country)).items():
            print(name, json.dumps({key: round(value) for key, value in rate.figures().items()}))


if __name__ == "__main__":
    main()
