"""docs/integrators/samples: each program asks, signs, receives, verifies and repeats, for real."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.docs_commands import ROOT, blocks, types
from tests.journeys.kit import RunningCountry
from tests.outsiders.typed_pages import obtain_or_skip, settings_for
from tests.outsiders.unsteady_gateway import UnsteadyGateway, unsteady_way
from tests.servers.programs import GO, JAVA, MONO, NODE, PHP

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SAMPLES = ROOT / "docs" / "integrators" / "samples"
BRIEF_JAVA = "JAVA_TOOL_OPTIONS='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'"
LANGUAGES = {
    "node": (NODE, "node sample.mjs $WAY"),
    "php": (PHP, "php sample.php $WAY"),
    "java": (JAVA, f"{BRIEF_JAVA} java Sample.java $WAY 2> java.txt"),
    "go": (GO, "GOCACHE=$PWD/cache GOFLAGS=-buildvcs=false CGO_ENABLED=0 go run sample.go $WAY"),
    "csharp": (
        MONO,
        "openssl pkcs12 -export -in keys/my-sample.pem -certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1"
        " -passout pass:changeit -out keys/mono.p12 && mcs -r:System.Net.Http Sample.cs"
        " && mono Sample.exe $WAY keys/mono.p12 changeit",
    ),
}
PROMISED = "first call: {}\nsigned: true\nreceived: person-answer/1\nverified: true false true\nretried: true\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def folder(country: RunningCountry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The samples with a key that joined, and the vectors, as the page has it."""
    place = tmp_path_factory.mktemp("samples")
    shutil.copytree(SAMPLES, place, dirs_exist_ok=True)
    (place / "var").symlink_to(country.folder)
    script = "".join(blocks("integrators/samples.md", "sh"))
    done = await asyncio.to_thread(types, place, script, **settings_for(country))
    assert done.returncode == 0, done.stderr
    return place


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def way(country: RunningCountry) -> AsyncIterator[UnsteadyGateway]:
    async with unsteady_way(country.url("shep_gateway")) as gateway:
        yield gateway


@pytest.mark.parametrize("language", LANGUAGES)
async def test_sample_asks_signs_receives_verifies_and_repeats(
    country: RunningCountry, folder: Path, way: UnsteadyGateway, language: str
) -> None:
    package, command = LANGUAGES[language]
    programs = [obtain_or_skip(package)]
    refused = way.refused
    way.refuse_next()
    script = f"WAY='{way.url} my-sample vectors'\n{command}"
    done = await asyncio.to_thread(types, folder, script, HOME=str(folder), **settings_for(country, programs))
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    surname = done.stdout.partition("\n")[0].rpartition(" ")[2]
    assert done.stdout == PROMISED.format(surname)
    assert surname.isalpha()
    assert way.refused == refused + 1
