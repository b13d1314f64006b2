"""The reference participants as systems of their own: over the network, with nothing but the files of the kit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from services.tools.conformance.kit_keys import KeyPair, KitCentre, KitKeys
from services.tools.conformance.listening import listen
from shared.bus.carriers.amqp import AmqpTransport
from shared.bus.errors import BusError
from shared.client.keystore import read_pkcs12
from tests.conformance.participants.amqp_participant import AmqpParticipant
from tests.conformance.participants.case_participants import (
    PortalParticipant,
    ProviderParticipant,
    RegisterParticipant,
)
from tests.conformance.participants.phone_server import PhoneServer
from tests.conformance.participants.rest_participant import RestParticipant
from tests.conformance.participants.soap_client import AsyncClient, SyncClient
from tests.conformance.participants.soap_endpoint import SoapEndpoint

NAME = "my-system"
SECONDS = 60.0


@dataclass
class FileKeys(KitKeys):
    """The keys that the kit wrote into a folder; the certificates of others come from the kit's address."""

    url: str = ""

    def find_certificate(self, thumbprint: str) -> x509.Certificate:
        answer = httpx.get(f"{self.url}/api/v1/certificates/{thumbprint}", trust_env=False)
        return x509.load_pem_x509_certificate(answer.raise_for_status().content)


def read_keys(folder: Path, url: str) -> FileKeys:
    """What an integrator finds in the folder of a run."""
    password = (folder / "password").read_text(encoding="utf-8")
    pem = (folder / f"{NAME}.pem").read_bytes()
    own, issuing = x509.load_pem_x509_certificates(pem)[:2]
    key: Any = load_pem_private_key(pem, None)
    root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
    gateway = x509.load_pem_x509_certificate((folder / "gateway.pem").read_bytes())
    pair, nothing = KeyPair(key, own), KeyPair(key, gateway)
    keys = FileKeys(NAME, KitCentre(root, key, issuing), nothing, pair, nothing, nothing, "", url=url)
    keys.token = (folder / f"{NAME}.token").read_text(encoding="utf-8")
    for file in folder.glob("*.p12"):
        if file.stem != NAME:
            entry = read_pkcs12(file.read_bytes(), password)
            keys.people[file.stem] = KeyPair(entry.key, entry.certificate)
    return keys


@dataclass
class LiveRun:
    """Where the kit writes and listens, and where a participant that serves listens."""

    folder: Path
    kit_port: int
    own_port: int
    amqp_url: str = ""
    leads_to: str = ""
    """Where the server of the phone says that its documents are; its own address without."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.kit_port}"

    async def wait_for_keys(self) -> FileKeys:
        """The keys, as soon as the kit listens."""
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", self.kit_port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    return await asyncio.to_thread(read_keys, self.folder / "keys", self.url)


Live = Callable[[LiveRun, asyncio.Event], Awaitable[None]]


def _calling(make: Callable[[httpx.AsyncClient, FileKeys], Any]) -> Live:
    async def live(run: LiveRun, is_over: asyncio.Event) -> None:
        keys = await run.wait_for_keys()
        async with httpx.AsyncClient(base_url=run.url, trust_env=False, timeout=SECONDS) as client:
            try:
                await make(client, keys).live()
            except httpx.HTTPError:  # the kit ends a run as soon as it has seen all
                return

    return live


def _serving(make: Callable[[FileKeys, str], Any]) -> Live:
    async def live(run: LiveRun, is_over: asyncio.Event) -> None:
        served: list[Any] = []

        async def serve(scope: Any, receive: Any, send: Any) -> None:
            if not served:
                address = run.leads_to or f"http://127.0.0.1:{run.own_port}"
                served.append(make(await run.wait_for_keys(), address))
            await served[0](scope, receive, send)

        async with listen(serve, "127.0.0.1", run.own_port):
            await is_over.wait()

    return live


async def _live_at_a_queue(run: LiveRun, is_over: asyncio.Event) -> None:
    keys = await run.wait_for_keys()
    transport = AmqpTransport(run.amqp_url, NAME)
    await transport.open()
    living = asyncio.create_task(AmqpParticipant(transport, keys).live())
    try:
        await is_over.wait()
    finally:
        living.cancel()
        await transport.close()


PARTICIPANTS: dict[str, Live] = {
    "rest": _calling(lambda client, keys: RestParticipant(client, keys.token)),
    "sync": _calling(SyncClient),
    "async": _calling(AsyncClient),
    "register": _calling(RegisterParticipant),
    "provider": _calling(ProviderParticipant),
    "portal": _calling(PortalParticipant),
    "push": _serving(lambda keys, url: SoapEndpoint(keys)),
    "phone": _serving(lambda keys, url: PhoneServer(keys, host=url)),
    "amqp": _live_at_a_queue,
}


def run_in_thread(role: str, run: LiveRun, failures: list[BaseException]) -> Callable[[], None]:
    """Start a participant in a thread with a loop of its own; returns what ends it."""
    from threading import Thread

    loop, is_over = asyncio.new_event_loop(), asyncio.Event()

    def live() -> None:
        try:
            loop.run_until_complete(PARTICIPANTS[role](run, is_over))
        except (BusError, OSError, AssertionError) as failure:
            failures.append(failure)
        finally:
            loop.close()

    thread = Thread(target=live, name=f"participant-{role}")
    thread.start()

    def end() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(is_over.set)
        thread.join(SECONDS)

    return end
