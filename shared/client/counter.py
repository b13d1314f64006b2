"""НУЦ's counter: where keys become certified."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Unavailable, Untrusted
from shared.client.http import ApiError, Http
from shared.client.keystore import KeyEntry, read_pkcs12
from shared.client.owners import Owner
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.profile import Role, Usage


@dataclass(frozen=True)
class Job:
    """For whom somebody acts, and as what."""

    organisation: str
    bin: str
    role: Role = Role.EMPLOYEE


class Counter(Http):
    """НУЦ over HTTP, for those who ask it for certificates.

    A refusal is Untrusted nuc-refused with НУЦ's own code in `details["nuc_code"]`; silence is Unavailable
    nuc-unavailable.
    """

    async def anchors(self) -> TrustAnchors:
        """Root and issuing certificate, believed because this НУЦ says so: compare the root if it matters."""
        told = await self._asked("GET", "/api/v1/authorities")
        return TrustAnchors((_certificate(told["root"]),), (_certificate(told["issuing"]),))

    async def certify(self, owner: Owner, usage: Usage, key: keys.PrivateKey) -> KeyEntry:
        """A certificate of a citizen over `key`, with the authority that issued it."""
        subject = profile.person(owner.iin, owner.surname, owner.name, owner.patronymic)
        body = {"csr": _pem(make_csr(key, subject)), "usage": usage.value}
        return await self._issued("/api/v1/people", body, key)

    async def employ(self, iin: str, job: Job, usage: Usage, algorithm: str) -> KeyEntry:
        """A key and a certificate of somebody who acts for an organisation; НУЦ makes the key, on the word of its
        operator, whose token this connection must have."""
        password = secrets.token_urlsafe(32)
        body = {"iin": iin, "password": password, "usage": usage.value, "key": algorithm, "role": job.role.value}
        body |= {"organisation": job.organisation, "bin": job.bin}
        answer = await self._answered("POST", "/api/v1/containers/employees", json=body)
        return read_pkcs12(answer.content, password)

    async def local_tls(self, key: keys.PrivateKey) -> KeyEntry:
        """A certificate for a TLS server on this machine: localhost, 127.0.0.1, ::1."""
        csr = make_csr(key, profile.authority("localhost"))
        return await self._issued("/api/v1/local-tls", {"csr": _pem(csr)}, key)

    async def _issued(self, path: str, body: dict[str, Any], key: keys.PrivateKey) -> KeyEntry:
        told = await self._asked("POST", path, json=body)
        return KeyEntry(key, _certificate(told["certificate"]), (_certificate(told["issuing"]),))

    async def _asked(self, method: str, path: str, **how: Any) -> Any:
        return (await self._answered(method, path, **how)).json()

    async def _answered(self, method: str, path: str, **how: Any) -> httpx.Response:
        try:
            return await self.call(method, path, **how)
        except ApiError as error:
            raise _refusal(error) from None
        except httpx.HTTPError as error:
            raise Unavailable("nuc-unavailable", f"НУЦ does not answer: {type(error).__name__}") from None


def _refusal(error: ApiError) -> BusError:
    return Untrusted("nuc-refused", f"НУЦ refused: {error.code}", nuc_code=error.code, status=error.status)


def _certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def _pem(csr: x509.CertificateSigningRequest) -> str:
    return csr.public_bytes(Encoding.PEM).decode()
