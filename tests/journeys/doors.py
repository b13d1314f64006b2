"""Systems of the tests that come through a door of ШЭП."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.client.enrolment import pem_text
from tests.journeys.kit import RunningCountry


@dataclass(frozen=True)
class JoinedSystem:
    """A participant with its own certified RSA key, and its token of the REST door."""

    address: str
    key: keys.PrivateKey
    certificate: x509.Certificate
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


async def join(
    country: RunningCountry, address: str, asks: Sequence[str] = (), *, is_strict: bool = False
) -> JoinedSystem:
    """Make a system a participant, as the operators of НУЦ and ШЭП do."""
    key, certificate = await certify(country, address)
    invitation = await country.operator("is_nuc").post(f"/api/v1/invitations/{address}")
    joined = await country.operator("shep_gateway").call(
        "PUT",
        f"/api/v1/participants/{address}",
        json={
            "title": address,
            "invitation_token": invitation["token"],
            "root": invitation["root"],
            "asks": list(asks),
            "is_strict": is_strict,
        },
    )
    return JoinedSystem(address, key, certificate, joined.json()["token"])


async def certify(country: RunningCountry, address: str) -> tuple[keys.PrivateKey, x509.Certificate]:
    """A new key of a participant, certified by an invitation of НУЦ's operator."""
    nuc = country.operator("is_nuc")
    key = await asyncio.to_thread(keys.new_rsa_key)
    invitation = await nuc.post(f"/api/v1/invitations/{address}")
    csr = make_csr(key, profile.system_subject("2.999", address, organisation="test", bin_="000000000000"))
    issued = await nuc.post(
        "/api/v1/systems", {"address": address, "token": invitation["token"], "csr": pem_text(csr)}
    )
    return key, x509.load_pem_x509_certificate(issued["certificate"].encode())
