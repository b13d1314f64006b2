"""docs/how-to/ncalayer.md: its example runs under node, and its tables of modules and methods are true."""

from __future__ import annotations

import asyncio
import os
import re

import pytest

from services.tools.ncalayer.common_utils import METHODS
from services.tools.ncalayer.dispatch import MODULES
from services.tools.ncalayer.server import MOST_BYTES, PORT
from tests.docs_commands import ROOT, blocks, types
from tests.ncalayer.conftest import Signer
from tests.ncalayer.npm_client import NpmClient, programs
from tests.servers import environment

PAPER = (ROOT / "docs" / "how-to" / "ncalayer.md").read_text(encoding="utf-8")


@pytest.mark.servers
@pytest.mark.asyncio(loop_scope="session")
async def test_ncalayer_docs_example_signs(npm_client: NpmClient, signer: Signer) -> None:
    (script,) = blocks("how-to/ncalayer.md", "js")
    _, run = blocks("how-to/ncalayer.md", "sh")
    (npm_client.folder / "sign.js").write_text(script)
    here = npm_client.folder / "var" / "ncalayer"
    here.mkdir(parents=True, exist_ok=True)
    (here / "root.crt").write_bytes(signer.root.read_bytes())
    path = os.pathsep.join(map(str, (programs() / "bin", *environment.program_folders())))
    done = await asyncio.to_thread(types, npm_client.folder, run, NCALAYER_URL=signer.url, PATH=path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("version 1.4\n-----BEGIN CMS-----\n")
    assert "</application>" in done.stdout


def test_ncalayer_docs_name_every_module_and_method_and_the_true_numbers() -> None:
    named = set(re.findall(r"`([\w.-]+)`", PAPER))
    assert sorted(set(MODULES) - named) == []
    assert sorted(set(METHODS) - named) == []
    assert f"wss://127.0.0.1:{PORT}" in PAPER
    assert f"more than {MOST_BYTES // 2**20} MiB" in PAPER
    assert f"more than {2 * MOST_BYTES // 2**20} MiB" in PAPER


def test_error_codes_of_the_tools_are_all_in_the_docs_of_codes() -> None:
    known = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    tools = ROOT / "services" / "tools"
    places = [*(tools / "ncalayer").glob("*.py"), *(tools / "signing").glob("*.py")]
    places += [ROOT / "shared" / "client" / f"{name}.py" for name in ("certification", "keystore", "key_owners")]
    raised = re.compile(r'(?:Malformed|Untrusted|NotFound|Conflict|Unavailable)\(\s*"([\w-]+)"')
    codes = {code for place in places for code in raised.findall(place.read_text(encoding="utf-8"))}
    assert len(codes) > 12
    assert sorted(code for code in codes if f"`{code}`" not in known) == []
