"""Pages of docs/integrators: their files, which the reader saves, and their commands, which he types."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path

import pytest

from services.catalog import INSTANCES
from tests.docs_commands import ROOT, blocks, types
from tests.journeys.kit import RunningCountry
from tests.ncalayer.npm_client import install_packages
from tests.ncalayer.npm_client import programs as node_programs
from tests.servers import environment
from tests.servers.programs import Missing, Package, obtain

FOLDER = "integrators"
NODE_PACKAGES = Path(__file__).parent / "npm"
NAMED_FILE = re.compile(r"^\*\*`([\w.]+)`\*\*\n\n```\w+\n(.+?)^```$", re.MULTILINE | re.DOTALL)
"""A block of code under its file name in bold letters."""


def type_page(
    country: RunningCountry, name: str, folder: Path, programs: Sequence[Path] = (), **settings: str
) -> subprocess.CompletedProcess[str]:
    """Save the files of a page in ``folder`` and type its commands there, with these folders first in PATH.

    The system of each page has an address of its own, so that the pages share the country. ``settings`` are
    further variables of the commands.
    """
    text = (ROOT / "docs" / FOLDER / f"{name}.md").read_text(encoding="utf-8")

    def adapt(code: str) -> str:
        return at_its_ports(country, code).replace("my-system", f"my-{name}-system")

    for file, code in NAMED_FILE.findall(text):
        (folder / file).write_text(adapt(code), encoding="utf-8")
    (folder / "var").symlink_to(country.folder)
    script = adapt("".join(blocks(f"{FOLDER}/{name}.md", "sh")))
    return types(folder, script, **settings_for(country, programs), **settings)


def settings_for(country: RunningCountry, programs: Sequence[Path] = ()) -> dict[str, str]:
    """The variables by which commands find this country, and these programs before others."""
    shift = int(country.url("shep_gateway").rpartition(":")[2]) - 8002
    path = (*programs, Path(sys.executable).parent, *environment.program_folders())
    return {
        "EGOV_NUC_URL": country.url("is_nuc"),
        "EGOV_PORT_OFFSET": str(shift),
        "PATH": os.pathsep.join(map(str, path)),
    }


def at_its_ports(country: RunningCountry, text: str) -> str:
    """A text of the documents with the addresses of a country of the tests."""
    for instance in INSTANCES:
        if instance.name in country.deployment.nodes:
            text = text.replace(f"http://127.0.0.1:{instance.port}", country.url(instance.name))
    return text


def obtain_or_skip(package: Package) -> Path:
    """The folder of a platform; the test is skipped where it is missing and cannot be installed."""
    try:
        return obtain(package)
    except Missing as missing:
        pytest.skip(str(missing))


async def prepare_node(folder: Path) -> Path:
    """Install the packages of the clients in ``folder``; the folder of node."""
    shutil.copytree(NODE_PACKAGES, folder, dirs_exist_ok=True)
    await install_packages(folder)
    return node_programs() / "bin"


async def list_deviations(
    country: RunningCountry, token: str, doors: Collection[str] = ("rest", "soap")
) -> list[str]:
    """What departed from the contract in the calls of a system at these doors, as ``code: element``."""
    headers = {"Authorization": f"Bearer {token}"}
    exchanges = (await country.answer("shep_gateway", "GET", "/api/v1/exchanges", headers=headers)).json()
    assert {exchange["door"] for exchange in exchanges} == set(doors)
    return [f"{one['code']}: {one['element']}" for exchange in exchanges for one in exchange["deviations"]]
