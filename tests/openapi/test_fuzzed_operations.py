"""schemathesis asks every operation of every system what its document allows: the answers are as documented."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry
from tests.openapi.documents import DISTINCT
from tests.openapi.fuzzing import ask_operations
from tests.openapi.odd_requests import ask_odd_input
from tests.openapi.visitors import spoiled_country

EXAMPLES = 5

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fuzzed_land(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country that may be spoiled."""
    async with spoiled_country(tmp_path_factory.mktemp("fuzzed")) as made:
        yield made


@pytest.mark.parametrize("name", sorted(DISTINCT))
async def test_operation_answers_as_its_document_says(fuzzed_land: RunningCountry, name: str) -> None:
    assert await ask_operations(fuzzed_land, name, EXAMPLES) == ""


async def test_odd_input_is_refused_with_a_code(fuzzed_land: RunningCountry) -> None:
    assert await ask_odd_input(fuzzed_land) == []
