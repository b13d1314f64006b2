"""A signer with keys of a citizen and of an employee, served over TLS, and a page that calls the signer."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cryptography import x509
from websockets.asyncio.client import ClientConnection, connect

from services.tools.ncalayer.dispatch import HandledFrame
from services.tools.ncalayer.server import ListenOptions, serve_device
from services.tools.ncalayer.signing_device import PKCS12, CancelMode, CmsStamper, SigningDevice, SimulatedUser
from shared.bus.clocks.clock import ManualClock
from shared.client.keystore import KeyEntry
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateKind
from tests.pki.pki_centre import NOW, centre, new_key, pem

COMMON = "kz.gov.pki.knca.commonUtils"
BASICS = "kz.gov.pki.knca.basics"
SANDBOX = "egov-bus.sandbox"
DATA = "MTEK"  # "11" and a line feed, as the npm client's own examples sign
CONTENT = b"11\n"


@cache
def entry(kind: CertificateKind, algorithm: str = "ec") -> KeyEntry:
    key = new_key(algorithm) if kind is CertificateKind.INDIVIDUAL else keys.new_ec_key()
    return KeyEntry(key, centre().certify(key, kind), (centre().issuing,))


def desk(
    cancel: CancelMode = CancelMode.NEVER, storage: str = PKCS12, stamper: CmsStamper | None = None
) -> SigningDevice:
    """A device with the SIGN and AUTH keys of a citizen (RSA), and the keys of an employee."""
    entries = [
        entry(CertificateKind.INDIVIDUAL, "rsa"),
        entry(CertificateKind.INDIVIDUAL_AUTH),
        entry(CertificateKind.EMPLOYEE),
    ]
    return SigningDevice(entries, SimulatedUser(cancel), ManualClock(NOW), storage, stamper=stamper)


def trusting(root: x509.Certificate) -> ssl.SSLContext:
    """A client's TLS context that trusts this root only."""
    return ssl.create_default_context(cadata=pem(root).decode())


@dataclass
class Page:
    """A connected page that has received the greeting."""

    socket: ClientConnection
    greeting: Any

    async def ask(self, module: str, method: str, args: Any = None, **more: Any) -> Any:
        return await self.say(json.dumps({"module": module, "method": method, "args": args, **more}))

    async def common(self, method: str, *args: Any) -> Any:
        return await self.ask(COMMON, method, list(args))

    async def sign(self, data: Any = DATA, form: str = "cms", **args: Any) -> Any:
        """`sign` of basics as the npm client calls it; a missing argument gets that client's default."""
        usual = {"allowedStorages": None, "format": form, "data": data, "signingParams": {}, "locale": "ru"}
        return await self.ask(BASICS, "sign", {**usual, "signerParams": {"extKeyUsageOids": []}, **args})

    async def say(self, text: str | bytes) -> Any:
        await self.socket.send(text)
        return json.loads(await self.socket.recv())


@dataclass
class Heard:
    """The requests that the console was shown."""

    told: list[tuple[str, HandledFrame]] = field(default_factory=list)

    def __call__(self, origin: str, handled: HandledFrame) -> None:
        self.told.append((origin, handled))


@asynccontextmanager
async def page(
    served: SigningDevice | None = None,
    *,
    most_bytes: int = 200_000,
    origins: list[str] | None = None,
    origin: str | None = None,
    heard: Heard | None = None,
) -> AsyncIterator[Page]:
    """A page connected to a signer without TLS."""
    listening = ListenOptions(port=0, origins=origins, most_bytes=most_bytes)
    async with (
        serve_device(served or desk(), listening, heard or Heard()) as url,
        connect(url, origin=origin, max_size=None, proxy=None) as socket,  # type: ignore[arg-type]
    ):
        yield Page(socket, json.loads(await socket.recv()))
