"""``pip install`` of the wheel gives a working ``egov-bus`` outside the checkout, with its dependencies alone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from services.catalog import INSTANCES
from tests.docs_commands import ROOT
from tests.servers import environment

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(240)]


def run(*command: str | Path, folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a folder, in a clean environment with ``settings``."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={**environment.inherited(), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def list_tracked(*folders: str) -> list[str]:
    """The files that git tracks in these folders, as far as they exist."""
    command = ("git", "ls-files", "-z", *folders)
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def close_over(requirements: list[str]) -> Iterator[str]:
    """The packages that these requirements need in this environment, each once."""
    waiting, seen = [Requirement(text) for text in requirements], set[tuple[str, str]]()
    while waiting:
        requirement = waiting.pop()
        for extra in {"", *requirement.extras}:
            if (requirement.name, extra) in seen:
                continue
            seen.add((requirement.name, extra))
            yield requirement.name
            found = map(Requirement, metadata.requires(requirement.name) or ())
            waiting += [one for one in found if one.marker is None or one.marker.evaluate({"extra": extra})]


def link_packages(names: set[str], site: Path) -> None:
    """Make these installed packages, and no others, visible in another place."""
    home = Path(sysconfig.get_path("purelib"))
    for name in names:
        for file in metadata.files(name) or ():
            top = file.parts[0]
            if top not in ("..", "__pycache__") and not (site / top).exists():
                (site / top).symlink_to(home / top)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the tracked files, built by the pinned builder outside the checkout."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in list_tracked():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, source / name)
    built = run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out, folder=source)
    assert built.returncode == 0, built.stderr
    (file,) = out.glob("*.whl")
    return file


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``egov-bus`` in a new environment with the wheel and its dependencies."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", venv), check=True)
    pip = (sys.executable, "-m", "pip", "--python", venv / "bin" / "python", "install", "--quiet", "--no-deps")
    installed = run(*pip, wheel, folder=venv)
    assert installed.returncode == 0, installed.stderr
    (site,) = venv.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(name).decode().splitlines()
    needed = [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]
    link_packages(set(close_over([text for text in needed if "extra ==" not in text])), site)
    return venv / "bin" / "egov-bus"


def test_wheel_holds_every_tracked_file_and_the_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert sorted(name for name in names if ".dist-info/" not in name) == sorted(
        list_tracked("services", "shared")
    )
    licences = {name.partition("/licenses/")[2] for name in names if "/licenses/" in name}
    assert {"LICENSE", "NOTICE", "services/portal_pep/printing/fonts/OFL.txt"} <= licences


def test_installed_command_lists_systems_and_finds_settings_in_order(command: Path, tmp_path: Path) -> None:
    listed = run(command, "--list", folder=tmp_path, COLUMNS="120")
    assert listed.returncode == 0, listed.stderr
    assert [one.name for one in INSTANCES if not re.search(rf"\b{one.name}\b", listed.stdout)] == []
    checked = run(command, "--check", folder=tmp_path)
    assert (checked.returncode, checked.stdout) == (0, f"settings of {len(INSTANCES)} instances: in order\n")


def test_installed_command_says_which_extra_a_server_needs(command: Path, tmp_path: Path) -> None:
    checked = run(command, "--check", folder=tmp_path, AMQP_URL="amqp://localhost", COLUMNS="200")
    assert checked.returncode == 2
    assert "pip install 'egov-bus[servers]'" in checked.stderr


def test_installed_demo_takes_an_application_to_its_result(command: Path, tmp_path: Path) -> None:
    done = run(command, "demo", "--once", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    story = json.loads(done.stdout)
    assert story["application"]["outcome"] == "positive"
    assert (story["is_complete"], story["conformance"]) == (True, [])
    assert story["output"]["document"]["text"]
