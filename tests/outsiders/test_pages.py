"""docs/integrators: what an integrator types in each language ends with an answer of a register, by each door."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.journeys.kit import RunningCountry
from tests.outsiders.typed_pages import list_deviations, obtain_or_skip, prepare_node, type_page
from tests.servers.programs import CURL, JAVA, MONO, PHP, Package

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SURNAME = "Белова"
PLATFORMS: dict[str, tuple[Package, ...]] = {
    "python": (),
    "php": (PHP,),
    "java": (JAVA,),
    "csharp": (MONO,),
    "node": (),
}


@pytest.mark.parametrize("language", PLATFORMS)
async def test_page_of_a_language_comes_to_an_answer_by_each_door(
    country: RunningCountry, tmp_path: Path, language: str
) -> None:
    programs = [obtain_or_skip(package) for package in PLATFORMS[language]]
    if language == "node":
        programs.append(await prepare_node(tmp_path))
    done = await asyncio.to_thread(type_page, country, language, tmp_path, programs)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    answers = [line for line in done.stdout.splitlines() if line.startswith(("REST", "SOAP"))]
    assert answers == [f"REST: {SURNAME}", f"SOAP: SCSS001 {SURNAME}"]
    token = (tmp_path / "keys" / f"my-{language}-system.token").read_text(encoding="utf-8")
    assert await list_deviations(country, token) == [], "a strict door takes the client too"


async def test_page_of_curl_comes_to_an_answer_by_each_door(country: RunningCountry, tmp_path: Path) -> None:
    programs = [obtain_or_skip(CURL)]
    done = await asyncio.to_thread(type_page, country, "curl", tmp_path, programs)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    for told in (
        f'"surname":"{SURNAME}"',
        "<code>SCSS001</code>",
        f"<surname>{SURNAME}</surname>",
        "\neds-signature-invalid\ncontent-changed: ",
        '"valid":true',
    ):
        assert told in done.stdout, done.stdout


async def test_page_of_consent_comes_to_the_person_in_two_calls_as_plain_text(
    country: RunningCountry, tmp_path: Path
) -> None:
    done = await asyncio.to_thread(type_page, country, "consent", tmp_path)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert done.stdout == f"ГБД ФЛ: {SURNAME} 1892-06-23\n"
    token = json.loads((tmp_path / "joined.json").read_text(encoding="utf-8"))["token"]
    told = await list_deviations(country, token, doors={"soap"})
    assert told == ["content-type: text/plain"] * 2, "the only liberty that such clients take"
