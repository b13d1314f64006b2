"""A small country with a participant, which all dialects share."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from shared.contracts.registers import UNIVERSAL_PERSON_SERVICE
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import RunningCountry, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """НУЦ, ШЭП and the register that all dialects ask."""
    async with running(tmp_path_factory.mktemp("wild"), names=("is_nuc", "shep_gateway", "nr_iin")) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    """The participant that speaks every dialect."""
    yield await join(country, "wild-client", asks=[UNIVERSAL_PERSON_SERVICE])
