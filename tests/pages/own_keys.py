"""A key of an employee's own: certified by НУЦ for the place of work, and held by NCALayer on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from services.tools.ncalayer.server import ListenOptions, serve_device
from services.tools.ncalayer.signing_device import CancelMode, SigningDevice, SimulatedUser
from shared.client import CertifiedPerson, WorkplaceClient
from shared.client.keystore import KeyEntry
from shared.pki.certificates import keys, profile
from shared.pki.certificates.authority import make_csr
from tests.journeys.kit import refused
from tests.pages.kit.served_country import ServedCountry


async def certify_own_key(desk: WorkplaceClient, iin: str) -> CertifiedPerson:
    """The employee with a key of the employee's own, which НУЦ has certified for the place of work."""
    key = keys.new_ec_key()

    def request_for(subject: x509.Name) -> dict[str, str]:
        return {"csr": make_csr(key, subject).public_bytes(Encoding.PEM).decode()}

    wrong = profile.employee_subject(iin, "A", "B", organisation="C", bin_="000140000019")
    error = await refused(desk.post("/api/v1/certificate", request_for(wrong)))
    subject = x509.Name.from_rfc4514_string(error.body["expected"])
    issued = await desk.post("/api/v1/certificate", request_for(subject))
    return CertifiedPerson(iin, key, x509.load_pem_x509_certificate(issued["certificate"].encode()))


@contextmanager
def ncalayer(
    served: ServedCountry, signer: CertifiedPerson, port: int, cancel: CancelMode = CancelMode.NEVER
) -> Iterator[None]:
    """NCALayer with this person's key at the port that the room's pages call."""

    async def listen() -> Any:
        entry = KeyEntry(signer.key, signer.certificate)
        clock = served.country.runtime("is_nuc").clock
        context = serve_device(SigningDevice([entry], SimulatedUser(cancel), clock), ListenOptions(port=port))
        await context.__aenter__()
        return context

    context = served.wait_for(listen())
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), served.loop).result(60)
