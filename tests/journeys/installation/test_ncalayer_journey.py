"""A citizen signs an application with NCALayer, as a page of the portal asks."""

from __future__ import annotations

import json
import ssl
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from services.tools.ncalayer import key_setup
from services.tools.ncalayer.server import ListenOptions, serve_device
from services.tools.ncalayer.signing_device import CancelMode, SigningDevice, SimulatedUser
from shared.bus.clocks.clock import SystemClock
from shared.client import PortalClient
from shared.client.certification import CertificationClient
from shared.client.key_owners import CertificateOwner
from shared.contracts.population import SyntheticPerson
from shared.pki.client.nuc import CertificationCentre
from tests.journeys.kit import AUTHORITY, FORM, PASSWORD, SERVICE, RunningCountry, eventually, refused
from tests.ncalayer.npm_client import NpmClient

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


@dataclass(frozen=True)
class AtHome:
    """A citizen with the portal's page and the signer that the page calls."""

    person: SyntheticPerson
    portal: PortalClient
    desk: SigningDevice
    url: str
    root: Path

    async def draft(self) -> bytes:
        return await self.portal.draft_application(SERVICE, AUTHORITY, {**FORM, "iin": self.person.iin})

    async def asks(self, request: dict[str, Any]) -> Any:
        """Send one request of the page over TLS that trusts НУЦ's root."""
        trusting = ssl.create_default_context(cafile=self.root)
        async with connect(self.url, ssl=trusting, proxy=None) as socket:
            assert "version" in json.loads(await socket.recv())["result"]
            await socket.send(json.dumps(request))
            return json.loads(await socket.recv())

    async def is_served(self, cms: bytes) -> Any:
        case = (await self.portal.submit_application(cms))["id"]
        return await eventually(
            lambda: self.portal.get_application(case), lambda told: told["outcome"] is not None
        )


@pytest_asyncio.fixture(loop_scope="session")
async def at_home(brisk_country: RunningCountry, tmp_path: Path) -> AsyncIterator[AtHome]:
    person, portal, clock = brisk_country.stranger(), brisk_country.portal(), SystemClock()
    await portal.register_citizen(person.iin, PASSWORD)
    await portal.log_in(person.iin, PASSWORD)
    async with CertificationClient(brisk_country.url("is_nuc")) as counter:
        anchors = await counter.fetch_anchors()
        entries = await key_setup.certify_entries(counter, CertificateOwner.from_person(person))
        tls, root = await key_setup.open_local_tls(tmp_path, counter, anchors, clock)
    centre = CertificationCentre(brisk_country.url("is_nuc"), anchors)
    desk = SigningDevice(entries, SimulatedUser(), clock, stamper=key_setup.make_stamper(centre, clock))
    async with serve_device(desk, ListenOptions(port=0, tls=tls)) as url:
        yield AtHome(person, portal, desk, url, root)
    centre.close()


def cades(document: bytes, kind: str = "SIGNATURE") -> dict[str, Any]:
    args = ["PKCS12", kind, b64encode(document).decode(), True]
    return {"module": "kz.gov.pki.knca.commonUtils", "method": "createCAdESFromBase64", "args": args}


def der(pem: str) -> bytes:
    return b64decode("".join(pem.split("\n")[1:-2]))


async def test_portal_takes_an_application_that_ncalayer_signed(at_home: AtHome) -> None:
    told = await at_home.asks(cades(await at_home.draft()))
    assert (await at_home.is_served(der(told["responseObject"])))["outcome"] == "positive"


async def test_portal_takes_an_application_that_the_new_module_stamped(at_home: AtHome) -> None:
    params = {"decode": True, "encapsulate": True, "digested": False, "tsaProfile": {}}
    args: dict[str, Any] = {
        "allowedStorages": None,
        "format": "cms",
        "data": b64encode(await at_home.draft()).decode(),
    }
    args |= {"signingParams": params, "signerParams": {"extKeyUsageOids": ["1.3.6.1.5.5.7.3.4"]}, "locale": "ru"}
    told = await at_home.asks({"module": "kz.gov.pki.knca.basics", "method": "sign", "args": args})
    (pem,) = told["body"]["result"]
    assert (await at_home.is_served(der(pem)))["outcome"] == "positive"


async def test_portal_refuses_an_application_signed_by_the_key_to_log_in(at_home: AtHome) -> None:
    told = await at_home.asks(cades(await at_home.draft(), "AUTHENTICATION"))
    error = await refused(at_home.portal.submit_application(der(told["responseObject"])))
    assert error.code == "eds-purpose"


async def test_citizen_who_cancels_sends_nothing(at_home: AtHome) -> None:
    at_home.desk.user.set_cancel_mode(CancelMode.ALWAYS)
    assert await at_home.asks(cades(await at_home.draft())) == {"code": "500", "message": "action.canceled"}
    assert await at_home.portal.get_history() == []


@pytest.mark.servers
async def test_npm_client_of_real_front_ends_takes_an_application_all_the_way(
    at_home: AtHome, tmp_path_factory: pytest.TempPathFactory
) -> None:
    client = await NpmClient.install(tmp_path_factory.mktemp("npm"))
    document = b64encode(await at_home.draft()).decode()
    params, signer = "!!basicsCMSParamsAttached", "!!basicsSignerSignPerson"
    call = ["basicsSignCMS", "!!basicsStorageAll", document, params, signer]
    (told,) = await client.calls(at_home.url, at_home.root, call)
    assert (await at_home.is_served(der(told["result"])))["outcome"] == "positive"
