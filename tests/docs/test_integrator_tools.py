"""The pages of an integrator's tools: their commands, typed against a country."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.docs_commands import ROOT, blocks, types
from tests.journeys.kit import RunningCountry, running
from tests.outsiders.typed_pages import NAMED_FILE, at_its_ports, settings_for

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    names = ("is_nuc", "shep_gateway", "nr_iin")
    async with running(tmp_path_factory.mktemp("country"), names=names) as made:
        yield made


async def type_page(country: RunningCountry, page: str, folder: Path) -> str:
    """What the commands of a page print; the test fails when one of them fails."""
    (folder / "var").symlink_to(country.folder)
    text = (ROOT / "docs" / "how-to" / f"{page}.md").read_text(encoding="utf-8")
    for file, code in NAMED_FILE.findall(text):
        (folder / file).write_text(code, encoding="utf-8")
    script = at_its_ports(country, "".join(blocks(f"how-to/{page}.md", "sh")))
    done = await asyncio.to_thread(types, folder, script, EGOV_LANG="en", **settings_for(country))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


async def test_page_of_message_checks_names_the_field_and_then_passes(
    country: RunningCountry, tmp_path: Path
) -> None:
    told, _, view = (await type_page(country, "check-message", tmp_path)).rstrip().rpartition("\n")
    assert "messageData.data.iin" in told
    assert json.loads(view)["passes"]


async def test_page_of_listening_retries_and_receives_signed_messages(
    country: RunningCountry, tmp_path: Path
) -> None:
    told = await type_page(country, "listen", tmp_path)
    assert "HTTP 503; attempt 1, the next one in 0.5 s" in told
    assert "from nr_iin (nr-iin-person): 204" in told
    assert told.splitlines()[-2:] == ["True message person-answer/1"] * 2
    assert (tmp_path / "hook.secret").stat().st_mode & 0o777 == 0o600


async def test_page_of_sql_shows_masked_people_and_refuses_to_write(
    country: RunningCountry, tmp_path: Path
) -> None:
    told = await type_page(country, "sql", tmp_path)
    assert re.search(r'"iin": "\*{10}\d\d", "surname": null', told)
    assert re.search(r"│ \d{12} │ \w+", told)


async def test_page_of_deployments_names_what_no_contract_promises(
    country: RunningCountry, tmp_path: Path
) -> None:
    told = await type_page(country, "can-i-deploy", tmp_path)
    assert "$.person.phone is in no message of the contract" in told
    assert told.endswith("✓ my-system ← nr_iin: a person\nmy-system fits every system.\n")


async def test_text_for_agents_is_served(country: RunningCountry) -> None:
    served = await country.answer("shep_gateway", "GET", "/llms.txt")
    assert (served.status_code, served.text) == (200, (ROOT / "docs" / "llms.txt").read_text(encoding="utf-8"))
