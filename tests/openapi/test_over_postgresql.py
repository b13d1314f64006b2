"""Odd and generated input over PostgreSQL, which refuses what SQLite keeps: long texts, NUL, wide numbers.

All systems are asked. The forms of requests are tried at length over SQLite (``test_fuzzed_operations.py``); here
two requests to each operation and the odd values of each place meet the other database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry
from tests.openapi.documents import DISTINCT
from tests.openapi.questions.fuzzing import ask_operations
from tests.openapi.questions.odd_requests import ask_odd_input
from tests.openapi.questions.visitors import spoiled_country

EXAMPLES = 2

pytestmark = [pytest.mark.servers, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def odd_land(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with spoiled_country(tmp_path_factory.mktemp("odd"), with_servers=True) as made:
        yield made


async def test_odd_input_over_postgresql_is_refused_with_a_code(odd_land: RunningCountry) -> None:
    assert await ask_odd_input(odd_land, with_large=True) == []


async def test_operation_over_postgresql_answers_as_its_document_says(odd_land: RunningCountry) -> None:
    answers = {name: await ask_operations(odd_land, name, EXAMPLES) for name in DISTINCT}
    assert {name: fault for name, fault in answers.items() if fault} == {}
