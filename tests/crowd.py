"""Many citizens at once: certified, registered, with signed applications."""

from __future__ import annotations

import asyncio
import json
import uuid
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from shared.client import CertifiedPerson, PortalClient, certify_person
from shared.contracts.documents import read_application
from shared.contracts.population import SyntheticPerson, make_population
from shared.pki.certificates.keys import new_ec_key

SERVICE = "KZ-YUZ.3"
REGION = "KZ-YUZ"
PASSWORD = "correct horse battery"
FORM = {"postal_index": "160000", "phone": "87252000000", "sik": "0000000000000000"}


@dataclass(frozen=True)
class Citizen:
    """A registered citizen who is logged in."""

    person: SyntheticPerson
    signer: CertifiedPerson
    token: str


def people(count: int, *, even: bool | None = None, size: int = 1000) -> list[SyntheticPerson]:
    """Living people of the region; ``even`` selects the outcome of an instant clerk."""
    found = [
        person
        for person in make_population(1, size)
        if person.region == REGION and person.is_alive and (even is None or (int(person.iin[-1]) % 2 == 0) == even)
    ]
    assert len(found) >= count
    return found[:count]


async def citizens(
    portal_url: str, nuc_url: str, persons: Sequence[SyntheticPerson], *, rsa: bool = False
) -> list[Citizen]:
    """Certify, register and log in each person; with P-256 keys unless RSA is requested."""

    async def one(person: SyntheticPerson) -> Citizen:
        key = None if rsa else new_ec_key()
        signer = await certify_person(nuc_url, person.iin, person.surname, person.name, person.patronymic, key=key)
        async with PortalClient(portal_url) as portal:
            await portal.register_citizen(person.iin, PASSWORD)
            answer = await portal.post("/api/v1/login", {"iin": person.iin, "password": PASSWORD})
        return Citizen(person, signer, answer["token"])

    return [await one(person) for person in persons]


async def application(line: Line, citizen: Citizen, nth: int = 15) -> tuple[str, bytes] | None:
    """A new application to the region's nth department, drafted by the portal: its id and its CMS.

    None while the portal answers 503.
    """
    # another phone each time, because equal open applications are refused
    fields = {**FORM, "phone": f"8{uuid.uuid4().int % 10**14:014}", "iin": citizen.person.iin}
    form = json.dumps({"authority": f"kz-yuz.employment.{nth:02}", "fields": fields}).encode()
    status, content = await line.post(f"/api/v1/services/{SERVICE}/draft", citizen.token, form)
    if status == 503:
        return None
    assert status == 200, content
    document = read_application(content)
    return document.application_id, citizen.signer.sign(content, document.made_at)


def line_to(url: str) -> Line:
    """A connection to the portal at this address."""
    parts = urlsplit(url)
    return Line(parts.hostname or "", parts.port or 0)


@dataclass
class Counter:
    """The results of a flood of submissions."""

    accepted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Line:
    """A keep-alive connection that submits applications with little overhead."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, token: str, body: bytes) -> tuple[int, bytes]:
        if self._writer is None or self._reader is None:
            self._reader, self._writer = await asyncio.open_connection(self._host, self._port)
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        try:
            return await self._answer(self._reader)
        except (OSError, EOFError):
            await self.close()
            raise

    async def _answer(self, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = next(
            int(line.partition(":")[2]) for line in head.split("\r\n") if line.lower().startswith("content-length")
        )
        return int(head.split(" ", 2)[1]), await reader.readexactly(length)

    async def close(self) -> None:
        writer, self._reader, self._writer = self._writer, None, None
        if writer is not None:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def submission(cms: bytes) -> bytes:
    return json.dumps({"cms": b64encode(cms).decode()}).encode()
