"""Odd and generated input over PostgreSQL, which refuses what SQLite keeps: long texts, NUL, wide numbers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry
from tests.openapi.fuzzing import ask_operations
from tests.openapi.odd_requests import ask_odd_input
from tests.openapi.visitors import spoiled_country

EXAMPLES = 2
SYSTEMS = ("is_nuc", "shep_gateway", "portal_pep", "is_mio", "gcvp")
"""The systems with the most tables of their own."""
NEEDED = ("nr_iin",)
"""The register that knows the citizen of the portal."""

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def odd_land(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with spoiled_country(
        tmp_path_factory.mktemp("odd"), names=(*SYSTEMS, *NEEDED), with_servers=True
    ) as made:
        yield made


async def test_odd_input_over_postgresql_is_refused_with_a_code(odd_land: RunningCountry) -> None:
    assert await ask_odd_input(odd_land, names=SYSTEMS, with_large=True) == []


async def test_operation_over_postgresql_answers_as_its_document_says(odd_land: RunningCountry) -> None:
    answers = [await ask_operations(odd_land, name, EXAMPLES) for name in SYSTEMS]
    assert [fault for fault in answers if fault] == []
