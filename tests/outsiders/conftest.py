"""A small country, which the clients of a file share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """НУЦ, ШЭП, the register of persons and КДП."""
    names = ("is_nuc", "shep_gateway", "nr_iin", "kdp")
    async with running(tmp_path_factory.mktemp("country"), names=names) as made:
        yield made
