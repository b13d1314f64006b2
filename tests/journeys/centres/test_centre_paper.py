"""The commands in docs/reference/con.md do what the page says."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from tests.docs_commands import ROOT, blocks, types
from tests.journeys.centre import Centre, worked_off
from tests.journeys.kit import EMPLOYEE_PASSWORD, RunningCountry

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


async def typed(country: RunningCountry, folder: Path, script: str) -> str:
    """The output of the script, with this deployment's address in place of the page's."""
    text = script.replace("http://127.0.0.1:8004", country.url("is_con"))
    done = await asyncio.to_thread(types, folder, text)
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
    return done.stdout


async def test_centre_docs_examples_do_what_they_say(country: RunningCountry, tmp_path: Path) -> None:
    home = tmp_path / "var" / "is_con"
    home.mkdir(parents=True)
    (home / "operator.token").write_text((country.folder / "is_con" / "operator.token").read_text())
    (home / "employee.password").write_text(EMPLOYEE_PASSWORD)
    login, window, taking = blocks("reference/con.md", "sh")
    told = await typed(country, tmp_path, login + window)
    assert "расписка о приеме соответствующих документов" in told
    case = (tmp_path / "case").read_text().strip()
    centre = await Centre.of(country, "KZ-AKM.16")
    await worked_off(country, centre.way, case, "w7:wait", centre)
    handed = await typed(country, tmp_path, login + taking)
    assert json.loads(handed[handed.rindex('{"correlation_id"') :])["stage"] == "completed"


async def test_centre_docs_name_every_address_of_the_centre(country: RunningCountry) -> None:
    text = (ROOT / "docs" / "reference" / "con.md").read_text(encoding="utf-8")
    paths = country.deployment.nodes["is_con"].app.openapi()["paths"]
    ours = [path for path in paths if re.search(r"queue|receipts|shelf|hand-over|powers|answers|monitoring", path)]
    assert len(ours) > 12
    for path in ours:
        last = re.sub(r"\{(?:ticket|case|number|centre|iin)\}", "", path).rstrip("/").rpartition("/")[2]
        assert last in text, path
