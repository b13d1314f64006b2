"""The rate of OCSP answers over HTTP on one core: ``python -m tests.benchmarks.ocsp``.

One process of НУЦ, eight kept connections: first repeated requests by POST (cached answers), then requests with a
new nonce each (signed at once), then GET. The measure is the processor time of the serving process, so that other
load on the machine does not spoil the figure.
"""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import cycle
from pathlib import Path
from urllib.parse import quote, urlsplit

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.ocsp import OCSPRequestBuilder, OCSPResponseStatus, load_der_ocsp_response

from shared.client import certify_person
from shared.contracts.population import make_population
from shared.pki.certificates.keys import new_ec_key
from tests.country import Processes

CONNECTIONS = 8
CERTIFICATES = 20


@dataclass(frozen=True)
class Rate:
    """The answers, the seconds of the clock, and the seconds of the server's processor."""

    answers: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds

    @property
    def per_core_second(self) -> float:
        return self.answers / self.cpu_seconds


async def measure(nuc: Processes, seconds: float = 1.0) -> dict[str, Rate]:
    """Measure the three kinds of requests, ``seconds`` each."""
    asked = [await _questions(nuc.url("is_nuc"), index) for index in range(CERTIFICATES)]
    same = cycle([_post(builder.build().public_bytes(Encoding.DER)) for builder in asked])
    by_get = cycle([_get(builder.build().public_bytes(Encoding.DER)) for builder in asked])
    new = _with_nonces(asked)
    return {
        "prepared": await _rate(nuc, lambda: next(same), seconds),
        "nonce": await _rate(nuc, lambda: next(new), seconds),
        "get": await _rate(nuc, lambda: next(by_get), seconds),
    }


async def _questions(url: str, index: int) -> OCSPRequestBuilder:
    """A request about a new certificate."""
    person = list(make_population(1, CERTIFICATES))[index]
    one = await certify_person(url, person.iin, person.surname, person.name, key=new_ec_key())
    async with httpx.AsyncClient(base_url=url) as http:
        issuing = x509.load_der_x509_certificate((await http.get("/issuing.crt")).content)
    return OCSPRequestBuilder().add_certificate(one.certificate, issuing, hashes.SHA1())  # noqa: S303 - as clients do


def _with_nonces(asked: list[OCSPRequestBuilder]) -> Iterator[bytes]:
    for builder in cycle(asked):
        extension = x509.OCSPNonce(secrets.token_bytes(16))
        yield _post(builder.add_extension(extension, critical=False).build().public_bytes(Encoding.DER))


def _post(body: bytes) -> bytes:
    head = (
        f"POST /ocsp HTTP/1.1\r\nHost: n\r\nContent-Type: application/ocsp-request\r\nContent-Length: {len(body)}"
    )
    return head.encode() + b"\r\n\r\n" + body


def _get(body: bytes) -> bytes:
    return f"GET /ocsp/{quote(base64.b64encode(body), safe='')} HTTP/1.1\r\nHost: n\r\n\r\n".encode()


async def _rate(nuc: Processes, make: Callable[[], bytes], seconds: float) -> Rate:
    """Send requests over all connections until the time is over."""
    at = urlsplit(nuc.url("is_nuc"))
    used, begun = nuc.cpu_seconds()["is_nuc"], time.monotonic()
    end = begun + seconds
    counts = await asyncio.gather(*(_ask(at.hostname, at.port, make, end) for _ in range(CONNECTIONS)))
    return Rate(sum(counts), time.monotonic() - begun, nuc.cpu_seconds()["is_nuc"] - used)


async def _ask(host: str | None, port: int | None, make: Callable[[], bytes], end: float) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    count = 0
    while time.monotonic() < end:
        writer.write(make())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        body = await reader.readexactly(length)
        assert load_der_ocsp_response(body).response_status is OCSPResponseStatus.SUCCESSFUL
        count += 1
    writer.close()
    await writer.wait_closed()
    return count


def main() -> None:
    """Print the figures as JSON."""
    with tempfile.TemporaryDirectory(prefix="egov-ocsp.") as folder, Processes(Path(folder), "") as nuc:
        nuc.start("is_nuc")
        figures = asyncio.run(measure(nuc, 3.0))
    for name, rate in figures.items():
        print(name, json.dumps({**asdict(rate), "per_core_second": round(rate.per_core_second)}))


if __name__ == "__main__":
    main()
