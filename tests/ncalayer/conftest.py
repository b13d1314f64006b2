"""A separate НУЦ, and a signer whose keys, TLS and time-stamps come from this НУЦ."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from services.tools.ncalayer import key_setup
from services.tools.ncalayer.server import ListenOptions, serve_device
from services.tools.ncalayer.signing_device import SigningDevice, SimulatedUser
from shared.bus.clocks.clock import SystemClock
from shared.client.certification import CertificationClient
from shared.client.key_owners import CertificateOwner, find_owner
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.client.nuc import CertificationCentre
from tests.journeys.kit import RunningCountry, running
from tests.ncalayer.npm_client import NpmClient


@dataclass(frozen=True)
class Signer:
    """A listening signer, the centre that checks its signatures, and the root to trust."""

    url: str
    desk: SigningDevice
    centre: CertificationCentre
    anchors: TrustAnchors
    root: Path
    owner: CertificateOwner


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A deployment of НУЦ alone."""
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",)) as country:
        yield country


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def signer(nuc: RunningCountry, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Signer]:
    """The signer of ``egov-bus ncalayer --person 7``."""
    clock, who = SystemClock(), find_owner("7", 1, 1000)
    async with CertificationClient(nuc.url("is_nuc")) as counter:
        anchors = await counter.fetch_anchors()
        entries = await key_setup.certify_entries(counter, who)
        tls, root = await key_setup.open_local_tls(tmp_path_factory.mktemp("tls"), counter, anchors, clock)
    centre = CertificationCentre(nuc.url("is_nuc"), anchors)
    desk = SigningDevice(entries, SimulatedUser(), clock, stamper=key_setup.make_stamper(centre, clock))
    async with serve_device(desk, ListenOptions(port=0, tls=tls)) as url:
        yield Signer(url, desk, centre, anchors, root, who)
    centre.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def npm_client(tmp_path_factory: pytest.TempPathFactory) -> NpmClient:
    """The real client, installed once a run."""
    return await NpmClient.install(tmp_path_factory.mktemp("npm"))
