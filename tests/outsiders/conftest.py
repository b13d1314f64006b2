"""A small country, which the clients of a file share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """НУЦ, ШЭП and the register of persons."""
    async with running(tmp_path_factory.mktemp("country"), names=("is_nuc", "shep_gateway", "nr_iin")) as made:
        yield made
