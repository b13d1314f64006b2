"""docs/start: what a newcomer types, in its order, comes to what the pages promise."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from services.catalog import INSTANCES
from tests.docs_commands import blocks, types
from tests.journeys.kit import EMPLOYEE_PASSWORD, RunningCountry

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


async def type_page(page: str, country: RunningCountry, folder: Path) -> list[str]:
    """The lines that the page's commands print, typed one after another in a folder beside the country's data."""
    script = "".join(blocks(page, "sh"))
    for instance in INSTANCES:
        script = script.replace(f"http://127.0.0.1:{instance.port}", country.url(instance.name))
    (folder / "var").symlink_to(country.folder)
    done = await asyncio.to_thread(types, folder, script, EGOV_NUC_URL=country.url("is_nuc"))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout.splitlines()


async def test_first_application_page_ends_with_a_granted_document(
    brisk_country: RunningCountry, tmp_path: Path
) -> None:
    lines = await type_page("start/first-application.md", brisk_country, tmp_path)
    told = [json.loads(line) for line in lines if line.startswith(("{", "["))]
    account, application, output, steps, notifications, journal, deliveries, dead_letters = told
    assert account["iin"] == json.loads((tmp_path / "application.json").read_text())["applicant"]
    assert application["outcome"] == "positive"
    assert output["document"]["text"]
    assert (tmp_path / "output.pdf").read_bytes().startswith(b"%PDF")
    assert [step for step in steps if step["n"] == 14]
    assert notifications[0]["kind"] == "completed"
    assert {entry["event"] for entry in journal} == {"ACCEPTED"}
    assert {delivery["correlation_id"] for delivery in deliveries} == {application["id"]}
    assert [letter for letter in dead_letters if letter["correlation_id"] == application["id"]] == []


async def test_clerk_page_ends_with_a_signed_document(country: RunningCountry, tmp_path: Path) -> None:
    (country.folder / "is_mio" / "employee.password").write_text(EMPLOYEE_PASSWORD)
    lines = await type_page("start/clerk-by-hand.md", country, tmp_path)
    todo, accepted, decided, signed = [json.loads(line) for line in lines if line.startswith(("{", "["))]
    assert len(todo) > 0
    assert (accepted["stage"], decided["outcome"]) == ("in-work", "positive")
    assert signed["stage"] == "completed"
