"""docs/how-to/phone.md: its server of ten lines, its commands, and its table of mishaps."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from shared.client.key_owners import find_owner
from shared.phone.mishaps import PhoneMishap
from shared.pki.cms.signed_data import open_signed
from shared.pki.verification.check import certificate_iin
from tests.docs_commands import ROOT, blocks, types
from tests.journeys.kit import RunningCountry, running

PAPER = "how-to/phone.md"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre_country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("centre"), names=("is_nuc",)) as country:
        yield country


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.thorough
@pytest.mark.asyncio(loop_scope="session")
async def test_phone_docs_server_of_ten_lines_gets_a_signature_and_is_told_what_it_lacks(
    centre_country: RunningCountry, tmp_path: Path
) -> None:
    script, _ = blocks(PAPER, "python")
    commands, mishap = blocks(PAPER, "sh")
    assert len(script.splitlines()) == 10
    settings = {"EGOV_NUC_URL": centre_country.url("is_nuc"), "EGOV_DATA_DIR": str(tmp_path), "EGOV_LANG": "en"}
    with typed_server(script, tmp_path) as port:
        done = await asyncio.to_thread(types, tmp_path, commands.replace("9000", port), **settings)
        lacking = await asyncio.to_thread(types, tmp_path, mishap.replace("9000", port), **settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("✓ 9") == 2
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["signed"], report["asExpected"], report["failedStep"]) == (True, True, None)
    assert lacking.returncode == 0, lacking.stderr
    assert "The server took a spoiled signature" in lacking.stdout


@pytest.mark.thorough
@pytest.mark.asyncio(loop_scope="session")
async def test_phone_docs_person_is_who_signs(centre_country: RunningCountry, tmp_path: Path) -> None:
    script, _ = blocks(PAPER, "python")
    commands, _ = blocks(PAPER, "sh")
    settings = {"EGOV_NUC_URL": centre_country.url("is_nuc"), "EGOV_DATA_DIR": str(tmp_path)}
    with typed_server(script, tmp_path) as port:
        await asyncio.to_thread(types, tmp_path, commands.splitlines()[0].replace("9000", port), **settings)
    entry = json.loads((tmp_path / "signed.json").read_bytes())["documentsToSign"][0]
    signed = open_signed(base64.b64decode(entry["document"]["file"]["data"]))
    assert signed.content == b"text"
    assert certificate_iin(signed.certificate) == find_owner("1", 1, 1000).iin


@contextmanager
def typed_server(script: str, folder: Path) -> Iterator[str]:
    """The server of the page on a free port, which is returned."""
    port = find_port()
    server = subprocess.Popen([sys.executable, "-c", script.replace("9000", str(port))], cwd=folder)
    try:
        while _is_closed(port):
            assert server.poll() is None
            time.sleep(0.02)
        yield str(port)
    finally:
        server.kill()
        server.wait()


def _is_closed(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_phone_docs_name_every_mishap() -> None:
    text = (ROOT / "docs" / PAPER).read_text(encoding="utf-8")
    rows = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")} - {"--mishap"}
    assert rows == {mishap.value for mishap in PhoneMishap} - {"none"}
