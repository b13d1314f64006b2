"""НУЦ's counter: where keys become certified."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.bus.errors import BusError, Unavailable, Untrusted
from shared.client.http import ApiError, Http
from shared.client.keystore import KeyEntry
from shared.pki import keys, profile
from shared.pki.authority import make_csr
from shared.pki.chain import TrustAnchors
from shared.pki.profile import Kind


@dataclass(frozen=True)
class Owner:
    """Who is to be certified; an employee has an organisation and its БИН."""

    iin: str
    surname: str
    name: str
    patronymic: str = ""
    organisation: str = ""
    bin: str = ""

    @property
    def subject(self) -> x509.Name:
        """As НУЦ names him."""
        who = (self.iin, self.surname, self.name, self.patronymic)
        if self.organisation:
            return profile.employee(*who, organisation=self.organisation, bin_=self.bin)
        return profile.person(*who)


class Counter(Http):
    """НУЦ over HTTP, for those who ask it for certificates.

    A refusal is Untrusted nuc-refused with НУЦ's own code in `details["nuc_code"]`; silence is Unavailable
    nuc-unavailable.
    """

    async def anchors(self) -> TrustAnchors:
        """Root and issuing certificate, believed because this НУЦ says so: compare the root if it matters."""
        told = await self._asked("GET", "/api/v1/authorities")
        return TrustAnchors((_certificate(told["root"]),), (_certificate(told["issuing"]),))

    async def certify(self, owner: Owner, kind: Kind, key: keys.PrivateKey) -> KeyEntry:
        """A certificate of this kind over `key`, with the authority that issued it."""
        body: dict[str, Any] = {"csr": _pem(make_csr(key, owner.subject))}
        if kind is not Kind.INDIVIDUAL:
            body["kind"] = kind.value
        return await self._issued("/api/v1/people", body, key)

    async def local_tls(self, key: keys.PrivateKey) -> KeyEntry:
        """A certificate for a TLS server on this machine: localhost, 127.0.0.1, ::1."""
        csr = make_csr(key, profile.authority("localhost"))
        return await self._issued("/api/v1/local-tls", {"csr": _pem(csr)}, key)

    async def _issued(self, path: str, body: dict[str, Any], key: keys.PrivateKey) -> KeyEntry:
        told = await self._asked("POST", path, json=body)
        return KeyEntry(key, _certificate(told["certificate"]), (_certificate(told["issuing"]),))

    async def _asked(self, method: str, path: str, **how: Any) -> Any:
        try:
            return (await self.call(method, path, **how)).json()
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
