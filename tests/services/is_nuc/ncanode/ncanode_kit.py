"""A running signing server, and people with key stores who call the server like clients of NCANode."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from shared.client import CertifiedPerson
from shared.pki.certificates import keys
from tests.journeys.kit import RunningCountry, openssl, running

PASSWORD = "Qwerty12"
DATA = "данные".encode() + b"\x00\xff"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def store(one: CertifiedPerson, alias: str = "key", password: str = PASSWORD) -> bytes:
    """PKCS #12 with the key under this alias."""
    encryption = BestAvailableEncryption(password.encode())
    return pkcs12.serialize_key_and_certificates(alias.encode(), one.key, one.certificate, None, encryption)


def pem_key(key: keys.PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@dataclass
class Signing:
    """The server and two signers, one of them with RSA as НУЦ's clients have."""

    country: RunningCountry
    folder: Path
    people: list[CertifiedPerson] = field(default_factory=list)

    async def answer(self, path: str, body: Any) -> tuple[int, Any]:
        kind = {"Content-Type": "application/json"}
        told = await self.country.answer("is_nuc", "POST", path, content=json.dumps(body), headers=kind)
        return told.status_code, told.json()

    async def ask(self, path: str, **body: Any) -> Any:
        """The answer to a request that must succeed."""
        status, told = await self.answer(path, body)
        assert (status, told.get("status"), told.get("message")) == (200, 200, "OK"), told
        return told

    async def refused(self, path: str, **body: Any) -> str:
        """The message of a request that must be refused."""
        status, told = await self.answer(path, body)
        assert status == told["status"] == 400, told
        assert set(told) == {"status", "message"}
        message: str = told["message"]
        return message

    def signers(self, *numbers: int, **more: Any) -> list[dict[str, Any]]:
        """The signers of a request, with the fields that clients send, None included."""
        chosen = [self.people[number] for number in numbers or (0,)]
        return [{"key": b64(store(one)), "password": PASSWORD, "keyAlias": None, **more} for one in chosen]

    async def newcomer(self) -> CertifiedPerson:
        return await self.country.certify(self.country.stranger())

    def openssl(self, command: str) -> Any:
        return openssl(self.folder, command)

    def write(self, name: str, content: bytes) -> None:
        (self.folder / name).write_bytes(content)

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    async def trouble(self, fault: str, **more: Any) -> None:
        """Order a fault of НУЦ, once."""
        await self.country.operator("is_nuc").call("PUT", f"/api/v1/faults/{fault}", json={"count": 1, **more})


@asynccontextmanager
async def signing(folder: Path, **environment: str) -> AsyncIterator[Signing]:
    async with running(folder / "var", names=("is_nuc",), environment=environment) as country:
        made = Signing(country, folder)
        made.people = list(
            await asyncio.gather(country.certify(country.stranger(), keys.new_rsa_key()), made.newcomer())
        )
        made.write("ca.pem", country.anchors())
        for number, one in enumerate(made.people):
            made.write(f"{number}.key", pem_key(one.key))
            made.write(f"{number}.crt", one.certificate.public_bytes(serialization.Encoding.PEM))
        yield made
