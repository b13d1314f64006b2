"""A НУЦ of one's own, and a signer whose keys, TLS and time-stamps come from it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from services.tools.ncalayer import key_setup
from services.tools.ncalayer.server import Listening, serving
from services.tools.ncalayer.signing_device import Desk, User
from shared.bus.clocks.clock import SystemClock
from shared.client.counter import Counter
from shared.client.owners import Owner, owner
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.client.nuc import Centre
from tests.journeys.kit import Land, running
from tests.ncalayer.npm_client import NpmClient


@dataclass(frozen=True)
class Signer:
    """A signer that listens, the centre that checks what it makes, and the root to trust."""

    url: str
    desk: Desk
    centre: Centre
    anchors: TrustAnchors
    root: Path
    owner: Owner


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Land]:
    """A country of nothing but НУЦ."""
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",)) as land:
        yield land


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def signer(nuc: Land, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Signer]:
    """As ``egov-bus ncalayer --person 7`` opens it."""
    clock, who = SystemClock(), owner("7", 1, 1000)
    async with Counter(nuc.url("is_nuc")) as counter:
        anchors = await counter.anchors()
        entries = await key_setup.certify_entries(counter, who)
        tls, root = await key_setup.local_tls(tmp_path_factory.mktemp("tls"), counter, anchors, clock)
    centre = Centre(nuc.url("is_nuc"), anchors)
    desk = Desk(entries, User(), clock, stamper=key_setup.stamper(centre, clock))
    async with serving(desk, Listening(port=0, tls=tls)) as url:
        yield Signer(url, desk, centre, anchors, root, who)
    centre.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def npm_client(tmp_path_factory: pytest.TempPathFactory) -> NpmClient:
    """The real client, installed once a run."""
    return await NpmClient.install(tmp_path_factory.mktemp("npm"))
