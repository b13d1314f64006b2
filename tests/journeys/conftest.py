"""Two countries for the journeys of a file: one whose clerks are people, one whose clerks decide at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry, Served, running
from tests.journeys.rogue import certified

MANUAL = {"EGOV_CLERKS": "manual", "EGOV_EMPLOYEE_KEYS": "ec"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country where a case waits for an employee."""
    async with running(tmp_path_factory.mktemp("country"), environment=MANUAL) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wary_country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """The same, where some are on the list of the revoked already.

    The systems read that list anew every half a minute. So those who are to be found on it get there first,
    before any message makes the systems look.
    """
    async with running(tmp_path_factory.mktemp("wary"), environment=MANUAL) as made:
        made.revoked = await made.certify(made.stranger())
        made.ousted = await certified(made, "ousted")
        for found in (made.revoked, made.ousted):
            await made.revoke(found.certificate)
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def brisk_country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country where a case is decided as it arrives."""
    async with running(tmp_path_factory.mktemp("brisk"), environment={"EGOV_CLERKS": "instant"}) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(brisk_country: RunningCountry) -> Served:
    """The application that the tests of a completed one look at."""
    citizen = await brisk_country.citizen()
    signed = citizen.sign(await citizen.draft())
    case = str((await citizen.portal.submit_application(signed))["id"])
    await citizen.is_served(case)
    return Served(brisk_country, citizen, case, signed)
