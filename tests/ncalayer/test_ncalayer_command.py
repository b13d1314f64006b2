"""``egov-bus ncalayer`` as a process: its screen and its end."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner
from websockets.asyncio.client import connect

from services.cli import app
from shared.client.certification import CertificationClient
from shared.client.key_owners import find_owner
from shared.client.keystore import write_pkcs12
from shared.pki.certificates import keys
from shared.pki.certificates.profile import CertificateUsage
from tests.journeys.kit import RunningCountry
from tests.ncalayer.desk_kit import COMMON, SANDBOX
from tests.servers import environment

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[2]
SITE = "https://portal.example.kz"
SECONDS = 60


@dataclass
class Started:
    """The running command: its URL and its screen."""

    process: asyncio.subprocess.Process
    screen: str
    url: str = ""

    async def end(self) -> str:
        """Press Ctrl-C; returns the rest of the screen."""
        self.process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(self.process.communicate(), SECONDS)
        assert self.process.returncode == 0, err.decode()
        assert err == b""
        return out.decode()


@asynccontextmanager
async def started(country: RunningCountry, folder: Path, *options: str) -> AsyncIterator[Started]:
    """The listening command; the fixture kills the command afterwards if it still runs."""
    own = {"EGOV_NUC_URL": country.url("is_nuc"), "EGOV_DATA_DIR": str(folder), "COLUMNS": "180"}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", "ncalayer", "--port", "0", *options),
        cwd=ROOT,
        env=environment.inherited(PYTHONUNBUFFERED="1", **own),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    one = Started(process, "")
    try:
        while "Ctrl-C stops it" not in one.screen:
            line = await asyncio.wait_for(process.stdout.readline(), SECONDS)
            assert line, (await process.stderr.read()).decode()
            one.screen += line.decode()
        found = re.search(r"listening at (\S+),", one.screen)
        assert found is not None, one.screen
        one.url = found[1]
        yield one
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.mark.asyncio(loop_scope="session")
async def test_ncalayer_command_signs_for_a_person_of_the_population_and_tells_it(
    nuc: RunningCountry, tmp_path: Path
) -> None:
    async with started(nuc, tmp_path, "--person", "9") as one:
        assert one.screen.count("SIGNATURE") == one.screen.count("AUTHENTICATION") == 1
        root = tmp_path / "ncalayer" / "root.crt"
        assert str(root) in one.screen.replace("\n", "")
        trusting = ssl.create_default_context(cafile=root)
        async with connect(one.url, ssl=trusting, origin=SITE, proxy=None) as page:  # type: ignore[arg-type]
            await page.recv()
            for args in (["once"], None):
                method = "setCancel" if args else "getCancel"
                await page.send(json.dumps({"module": SANDBOX, "method": method, "args": args}))
                assert json.loads(await page.recv())["responseObject"] == "once"
            request = {"module": COMMON, "method": "createCMSSignatureFromBase64"}
            request["args"] = ["PKCS12", "SIGNATURE", "MTEK", True]  # type: ignore[assignment]
            for code in ("500", "200"):
                await page.send(json.dumps(request))
                assert json.loads(await page.recv())["code"] == code
        rest = await one.end()
    assert f"commonUtils.createCMSSignatureFromBase64 from {SITE}: cancelled" in rest
    assert f"commonUtils.createCMSSignatureFromBase64 from {SITE}: done" in rest
    assert "cms, 3 bytes, sha256 " in rest
    assert find_owner("9", 1, 1000).iin not in one.screen + rest


@pytest.mark.asyncio(loop_scope="session")
async def test_ncalayer_command_signs_with_a_key_from_a_file_for_a_site_without_tls(
    nuc: RunningCountry, tmp_path: Path
) -> None:
    async with CertificationClient(nuc.url("is_nuc")) as counter:
        entry = await counter.certify_key(find_owner("10", 1, 1000), CertificateUsage.SIGN, keys.new_ec_key())
    (tmp_path / "keys.p12").write_bytes(write_pkcs12(entry, "Qwerty12", "keys"))
    (tmp_path / "password").write_text("Qwerty12\n")
    files = ("--p12", str(tmp_path / "keys.p12"), "--password-file", str(tmp_path / "password"))
    options = (*files, "--no-tls", "--origin", SITE, "--cancel", "always", "--storage", "AKKaztokenStore")
    async with started(nuc, tmp_path, *options) as one:
        assert one.url.startswith("ws://127.0.0.1:")
        async with connect(one.url, origin=SITE, proxy=None) as page:  # type: ignore[arg-type]
            await page.recv()
            await page.send(json.dumps({"module": COMMON, "method": "getActiveTokens"}))
            assert json.loads(await page.recv())["responseObject"] == ["AKKaztokenStore"]
            await page.send(json.dumps({"module": COMMON, "method": "getKeyInfo", "args": ["AKKaztokenStore"]}))
            assert json.loads(await page.recv())["message"] == "action.canceled"
        assert "Qwerty12" not in one.screen + await one.end()


@pytest.mark.parametrize("origin", [None, "*", "portal.example.kz", "https://portal.example.kz/sign", "null"])
def test_ncalayer_with_keys_of_ones_own_needs_the_sites_that_may_use_them(origin: str | None) -> None:
    named = () if origin is None else ("--origin", origin)
    refusal = CliRunner().invoke(app, ("ncalayer", "--p12", "a", *named), env={"COLUMNS": "200"})
    assert refusal.exit_code == 2
    assert "--origin" in refusal.output
    assert "https://portal.example.kz" in refusal.output


def test_ncalayer_command_takes_keys_from_files_or_a_person_and_not_from_both() -> None:
    for arguments in ((), ("--p12", "a", "--person", "1"), ("--person", "1", "--storage", "Pocket")):
        assert CliRunner().invoke(app, ("ncalayer", *arguments)).exit_code == 2, arguments
