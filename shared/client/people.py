"""A person's key and certificate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.client.http import Http
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.cms import signed_data


@dataclass(frozen=True)
class Certified:
    """Somebody who can sign: an ИИН, a key, a certificate of НУЦ."""

    iin: str
    key: keys.PrivateKey
    certificate: x509.Certificate

    def sign(self, content: bytes, at: datetime) -> bytes:
        """A CMS (DER) with the content inside."""
        return signed_data.sign(content, self.key, self.certificate, at=at)


async def certify(
    nuc_url: str, iin: str, surname: str, name: str, patronymic: str = "", *, key: keys.PrivateKey | None = None
) -> Certified:
    """Make a key (RSA-2048 as НУЦ's people have, unless one is given) and have НУЦ's counter certify it."""
    if key is None:
        key = await asyncio.to_thread(keys.new_rsa_key)
    csr = make_csr(key, profile.person(iin, surname, name, patronymic))
    async with Http(nuc_url) as http:
        issued = await http.post("/api/v1/people", {"csr": csr.public_bytes(Encoding.PEM).decode()})
    return Certified(iin, key, x509.load_pem_x509_certificate(issued["certificate"].encode()))
