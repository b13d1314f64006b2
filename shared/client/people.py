"""A person's key and certificate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from shared.client.http import HttpClient
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from shared.pki.cms import signed_data


@dataclass(frozen=True)
class CertifiedPerson:
    """A person who can sign: an ИИН, a key, a certificate of НУЦ."""

    iin: str
    key: keys.PrivateKey
    certificate: x509.Certificate

    def sign(self, content: bytes, at: datetime) -> bytes:
        """A CMS (DER) with `content` inside, signed at the moment `at`."""
        return signed_data.sign(content, self.key, self.certificate, at=at)


async def certify_person(
    nuc_url: str, iin: str, surname: str, name: str, patronymic: str = "", *, key: keys.PrivateKey | None = None
) -> CertifiedPerson:
    """Make a key (RSA-2048, as НУЦ's people have, unless ``key`` is given) and have НУЦ certify it."""
    if key is None:
        key = await asyncio.to_thread(keys.new_rsa_key)
    csr = make_csr(key, profile.person_subject(iin, surname, name, patronymic))
    async with HttpClient(nuc_url) as http:
        answer = await http.post("/api/v1/people", {"csr": csr.public_bytes(Encoding.PEM).decode()})
    return CertifiedPerson(iin, key, x509.load_pem_x509_certificate(answer["certificate"].encode()))
