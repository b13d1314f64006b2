"""schemathesis asks every operation of every system what its document allows: the answers are as documented."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry
from tests.openapi.documents import DISTINCT, document_of, operations_of
from tests.openapi.questions.fuzzing import ask_operations
from tests.openapi.questions.odd_requests import ask_odd_input
from tests.openapi.questions.visitors import spoiled_country, visitor_of
from tests.openapi.questions.whole_book import BOOK_SYSTEMS, ask_whole_book

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


async def test_every_regulation_and_region_can_be_read_in_every_system(fuzzed_land: RunningCountry) -> None:
    told = [await ask_whole_book(await visitor_of(fuzzed_land, name)) for name in BOOK_SYSTEMS]
    assert [fault for _, faults in told for fault in faults] == []
    assert sum(count for count, _ in told) > 6 * 44


async def test_odd_input_is_refused_with_a_code(fuzzed_land: RunningCountry) -> None:
    assert await ask_odd_input(fuzzed_land) == []


async def test_path_of_every_get_knows_head_and_options(fuzzed_land: RunningCountry) -> None:
    for name in DISTINCT:
        for operation in operations_of(document_of(name)):
            method, _, path = operation.name.partition(" ")
            answer = await fuzzed_land.answer(name, "OPTIONS", path.replace("{", "").replace("}", ""))
            methods = set(answer.headers["allow"].split(", "))
            assert answer.status_code == 204, operation.name
            assert {method, "OPTIONS"} | ({"HEAD"} if method == "GET" else set()) <= methods, operation.name
            assert answer.headers["x-content-type-options"] == "nosniff"


async def test_signing_server_may_be_called_from_a_page(fuzzed_land: RunningCountry) -> None:
    asked = {"Origin": "https://agency.example", "Access-Control-Request-Method": "POST"}
    answer = await fuzzed_land.answer("is_nuc", "OPTIONS", "/cms/sign", headers=asked)
    assert answer.headers["access-control-allow-origin"] == "*"
    closed = await fuzzed_land.answer("shep_gateway", "OPTIONS", "/api/v1/members", headers=asked)
    assert "access-control-allow-origin" not in closed.headers
