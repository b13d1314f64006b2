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
    async with running(tmp_path_factory.mktemp("country"), environment=MANUAL) as running_country:
        yield running_country


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def wary_country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country where cases wait for employees, and where a citizen and a system have revoked certificates.

    The systems read the revocation list every half a minute. The fixture revokes the certificates before any
    message makes a system read the list, so that tests need not wait.
    """
    async with running(tmp_path_factory.mktemp("wary"), environment=MANUAL) as running_country:
        running_country.revoked = await running_country.certify(running_country.stranger())
        running_country.ousted = await certified(running_country, "ousted")
        for owner in (running_country.revoked, running_country.ousted):
            await running_country.revoke(owner.certificate)
        yield running_country


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def brisk_country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country where instant clerks decide each case on arrival."""
    environment = {"EGOV_CLERKS": "instant"}
    async with running(tmp_path_factory.mktemp("brisk"), environment=environment) as running_country:
        yield running_country


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(brisk_country: RunningCountry) -> Served:
    """A granted application, which the tests of completed applications share."""
    citizen = await brisk_country.citizen()
    signed = citizen.sign(await citizen.draft())
    case = str((await citizen.portal.submit_application(signed))["id"])
    await citizen.is_served(case)
    return Served(brisk_country, citizen, case, signed)
