"""docs/integrators/refusals.md: every line provokes the code that stands behind it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from tests.docs_commands import blocks
from tests.journeys.kit import RunningCountry
from tests.outsiders.typed_pages import FOLDER, obtain_or_skip, type_page
from tests.servers.programs import CURL

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module")]

PROMISED = re.compile(r"^(.+?) +# ([A-Z0-9]+(?: [a-z-]+)?|[a-z-]+)$", re.MULTILINE)


async def test_line_of_the_refusals_page_provokes_its_code(country: RunningCountry, tmp_path: Path) -> None:
    programs = [obtain_or_skip(CURL)]
    promised = PROMISED.findall("".join(blocks(f"{FOLDER}/refusals.md", "sh")))
    assert len(promised) > 50
    done = await asyncio.to_thread(type_page, country, "refusals", tmp_path, programs)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    told = done.stdout.split("\n")[:-1]
    assert [(line, code) for (line, _), code in zip(promised, told, strict=True)] == promised
