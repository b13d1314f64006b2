"""docs/reference/systems.md lists every call that a back office has besides the workplace; its examples run."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from services.catalog import INSTANCES
from tests.docs_commands import ROOT, blocks, types
from tests.journeys.kit import RunningCountry

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

PAPER = (ROOT / "docs" / "reference" / "systems.md").read_text(encoding="utf-8")
CALL = re.compile(r"^\| `(GET|PUT|POST|DELETE) (/\S+)` \|", re.MULTILINE)
OWN = {
    "Е-собес": "is_esobes",
    "Рынок труда": "is_rynok_truda",
    "Е-лицензирование": "gbd_elicense",
    "АРМ ШЭП и АРМ РШЭП": "arm_shep",
}


def told(title: str) -> set[tuple[str, str]]:
    """The calls that the page lists under a heading."""
    section = PAPER.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    return {(method, path) for method, path in CALL.findall(section)}


async def calls(country: RunningCountry, instance: str) -> set[tuple[str, str]]:
    """The calls that a system has."""
    paths = (await country.answer(instance, "GET", "/openapi.json")).json()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


@pytest.mark.parametrize("title", OWN)
async def test_systems_docs_tell_each_call_of_a_system_and_no_other(
    brisk_country: RunningCountry, title: str
) -> None:
    common = await calls(brisk_country, "is_mio")
    assert told(title) == await calls(brisk_country, OWN[title]) - common


async def test_systems_docs_name_every_system_with_its_port() -> None:
    rows = dict(re.findall(r"^\| [^|]*`(\w+\*?)` \| ([0-9–]+) \|", PAPER, re.MULTILINE))
    assert rows.pop("rshep_*") == "8010–8013"
    known = {one.name: str(one.port) for one in INSTANCES if not one.name.startswith("rshep_")}
    assert rows == known


async def test_systems_docs_examples_run_as_they_stand(brisk_country: RunningCountry, tmp_path: Path) -> None:
    (script,) = blocks("reference/systems.md", "sh")
    for one in INSTANCES:
        script = script.replace(f"http://127.0.0.1:{one.port}", brisk_country.url(one.name))
    (tmp_path / "var").symlink_to(brisk_country.folder)
    done = await asyncio.to_thread(types, tmp_path, script.replace("\ncurl", "\necho; curl"))
    assert done.returncode == 0, done.stderr
    vacancies, recipients, permit, services = map(json.loads, done.stdout.strip().splitlines())
    assert {one["region"] for one in vacancies} == {"KZ-ATY"}
    assert {"iin", "since", "until", "state"} <= set(recipients[0])
    assert permit["number"].startswith("KZ")
    assert any(one["regulation"] == "KZ-AKM.15" for one in services)
