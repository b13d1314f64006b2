"""The real openssl against a running НУЦ."""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.client import CertifiedPerson
from shared.pki.certificates import keys
from tests.journeys.kit import RunningCountry, openssl, pem


@dataclass
class Outsider:
    """A folder with the anchors, and openssl run there while the loop goes on serving."""

    nuc: RunningCountry
    folder: Path

    def __post_init__(self) -> None:
        home = self.nuc.folder / "is_nuc"
        for name in ("root", "issuing"):
            (self.folder / f"{name}.pem").write_bytes((home / f"{name}.crt").read_bytes())
        (self.folder / "anchors.pem").write_bytes(self.nuc.anchors())

    @property
    def url(self) -> str:
        return self.nuc.url("is_nuc")

    def keep(self, name: str, content: bytes | x509.Certificate) -> None:
        data = content if isinstance(content, bytes) else pem(content)
        (self.folder / name).write_bytes(data)

    async def fetch(self, path: str, name: str) -> None:
        """Store НУЦ's answer at this path."""
        self.keep(name, (await self.nuc.answer("is_nuc", "GET", path)).content)

    async def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(openssl, self.folder, command)

    async def says(self, command: str) -> str:
        """Both outputs of a command that must succeed."""
        done = await self.run(command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
        return done.stdout + done.stderr

    async def refuses(self, command: str) -> str:
        """Both outputs of a command that must fail."""
        done = await self.run(command)
        assert done.returncode != 0, (command, done.stdout, done.stderr)
        return done.stdout + done.stderr


async def person(nuc: RunningCountry) -> CertifiedPerson:
    return await nuc.certify(nuc.stranger())


async def told(nuc: RunningCountry, path: str, body: Any, **how: Any) -> tuple[int, Any]:
    """Status and JSON of НУЦ's answer to a POST."""
    answer = await nuc.answer("is_nuc", "POST", f"/api/v1/{path}", json=body, **how)
    return answer.status_code, answer.json()


def operator_headers(nuc: RunningCountry) -> dict[str, str]:
    return {"Authorization": f"Bearer {(nuc.folder / 'is_nuc' / 'operator.token').read_text()}"}


async def order_fault(nuc: RunningCountry, name: str, **scope: Any) -> None:
    answer = await nuc.answer("is_nuc", "PUT", f"/api/v1/faults/{name}", json=scope, headers=operator_headers(nuc))
    assert answer.status_code == 200, answer.text


async def end_faults(nuc: RunningCountry) -> None:
    answer = await nuc.answer("is_nuc", "DELETE", "/api/v1/faults", headers=operator_headers(nuc))
    assert answer.status_code == 204


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def thumbprint(certified: CertifiedPerson) -> str:
    return keys.certificate_thumbprint(certified.certificate)
