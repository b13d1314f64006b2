"""docs/how-to/join.md: what an integrator types comes to an answered call, and to a citizen with a document."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from services.catalog import INSTANCES
from tests.docs_commands import blocks, types
from tests.journeys.kit import RunningCountry

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]

PAGE = "how-to/join.md"


async def test_join_page_ends_with_a_document_of_the_readers_own_system(
    country: RunningCountry, tmp_path: Path
) -> None:
    script = "".join(blocks(PAGE, "sh"))
    for instance in INSTANCES:
        script = script.replace(f"http://127.0.0.1:{instance.port}", country.url(instance.name))
    (tmp_path / "var").symlink_to(country.folder)
    shift = int(country.url("shep_gateway").rpartition(":")[2]) - 8002
    settings = {"EGOV_NUC_URL": country.url("is_nuc"), "EGOV_PORT_OFFSET": str(shift), "COLUMNS": "200"}
    done = await asyncio.to_thread(types, tmp_path, script, **settings)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    first, registered, in_work, decided, story = answers
    assert first["answer"]["content"]["data"]["person"]["iin"] == "920623239974"
    assert {sent["correlation_id"] for sent in (registered, in_work, decided)} == {story["application"]["id"]}
    assert (story["application"]["outcome"], story["application"]["number"]) == ("positive", "17")
    assert story["output"]["document"]["text"] == "Гражданин зарегистрирован как безработный"
    members = await country.operator("shep_gateway").list_all("/api/v1/members")
    assert not {"my-mio", "my-system"} & {member["address"] for member in members}
