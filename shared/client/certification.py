"""The certification client: asks НУЦ for certificates of people and servers."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Unavailable, Untrusted
from shared.client.http import ApiError, HttpClient
from shared.client.key_owners import CertificateOwner
from shared.client.keystore import KeyEntry, read_pkcs12
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.certificates.profile import CertificateUsage, OrganisationRole


@dataclass(frozen=True)
class EmployeePosition:
    """The organisation for which a person acts, and the person's role there."""

    organisation: str
    bin: str
    role: OrganisationRole = OrganisationRole.EMPLOYEE


class CertificationClient(HttpClient):
    """НУЦ over HTTP, for programs that ask for certificates.

    A refusal is Untrusted nuc-refused with НУЦ's code in `details["nuc_code"]`; no answer is Unavailable
    nuc-unavailable.
    """

    async def fetch_anchors(self) -> TrustAnchors:
        """The root and issuing certificates of this НУЦ, unverified: compare the root where that matters."""
        answer = await self._request_json("GET", "/api/v1/authorities")
        return TrustAnchors((_load_certificate(answer["root"]),), (_load_certificate(answer["issuing"]),))

    async def certify_key(
        self, owner: CertificateOwner, usage: CertificateUsage, key: keys.PrivateKey
    ) -> KeyEntry:
        """A certificate of a citizen for `key`, with the authority that issued the certificate."""
        subject = profile.person_subject(owner.iin, owner.surname, owner.name, owner.patronymic)
        body = {"csr": _csr_pem(make_csr(key, subject)), "usage": usage.value}
        return await self._request_certificate("/api/v1/people", body, key)

    async def certify_employee(
        self, iin: str, position: EmployeePosition, usage: CertificateUsage, algorithm: str
    ) -> KeyEntry:
        """A new key and certificate of a person who acts for an organisation.

        НУЦ makes the key; the client needs the token of НУЦ's operator.
        """
        password = secrets.token_urlsafe(32)
        body = {
            "iin": iin,
            "password": password,
            "usage": usage.value,
            "key": algorithm,
            "role": position.role.value,
        }
        body |= {"organisation": position.organisation, "bin": position.bin}
        answer = await self._request_nuc("POST", "/api/v1/containers/employees", json=body)
        return read_pkcs12(answer.content, password)

    async def certify_local_tls(self, key: keys.PrivateKey) -> KeyEntry:
        """A certificate for a TLS server on this machine: localhost, 127.0.0.1, ::1."""
        csr = make_csr(key, profile.authority_subject("localhost"))
        return await self._request_certificate("/api/v1/local-tls", {"csr": _csr_pem(csr)}, key)

    async def _request_certificate(self, path: str, body: dict[str, Any], key: keys.PrivateKey) -> KeyEntry:
        answer = await self._request_json("POST", path, json=body)
        return KeyEntry(key, _load_certificate(answer["certificate"]), (_load_certificate(answer["issuing"]),))

    async def _request_json(self, method: str, path: str, **options: Any) -> Any:
        return (await self._request_nuc(method, path, **options)).json()

    async def _request_nuc(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            return await self.call(method, path, **options)
        except ApiError as error:
            raise _nuc_refusal(error) from None
        except httpx.HTTPError as error:
            raise Unavailable("nuc-unavailable", f"НУЦ does not answer: {type(error).__name__}") from None


def _nuc_refusal(error: ApiError) -> BusError:
    return Untrusted("nuc-refused", f"НУЦ refused: {error.code}", nuc_code=error.code, status=error.status)


def _load_certificate(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def _csr_pem(csr: x509.CertificateSigningRequest) -> str:
    return csr.public_bytes(Encoding.PEM).decode()
