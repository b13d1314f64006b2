"""A country whose clerks are people, attacked from inside by one of its own certified systems."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry, running

MANUAL = {"EGOV_CLERKS": "manual", "EGOV_EMPLOYEE_KEYS": "ec"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country of this file's own."""
    async with running(tmp_path_factory.mktemp("attacked"), environment=MANUAL) as deployment:
        yield deployment
