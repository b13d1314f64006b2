"""Ten years of the bus's time: certificates end and are renewed, and an application goes through at any age."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from cryptography import x509

from shared.pki.certificates import keys
from tests.journeys.kit import RunningCountry, eventually, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

YEAR = timedelta(days=365)
STEPS = (1, 1, 2, 2, 4)
"""Years: within every term, beyond an employee's certificate (1 year), beyond a system's (3 years)."""
SYSTEMS = ("portal_pep", "shep_gateway", "rshep_yuz", "is_mio", "is_con")
NAMES = ("is_nuc", "nr_iin", *SYSTEMS)
AGED = {
    "EGOV_CLERKS": "instant",
    "EGOV_CLOCK": "sandbox",
    "EGOV_CLOCK_START": "2026-03-16T09:00:00+05:00",
    "EGOV_EMPLOYEE_KEYS": "ec",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("years"), names=NAMES, environment=AGED) as made:
        yield made


async def advance(country: RunningCountry, by: timedelta) -> datetime:
    answer = await country.operator("is_nuc").post("/api/v1/clock/advance", {"by": by.total_seconds()})
    return datetime.fromisoformat(answer["now"])


async def granted(country: RunningCountry) -> Any:
    """A new citizen's application, from the signature to the result."""
    citizen = await country.newcomer()
    told = await citizen.is_served(await citizen.apply())
    assert told["outcome"] == "positive"
    return told


def system_certificate(country: RunningCountry, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((country.folder / name / "system.crt").read_bytes())


async def read_ends(country: RunningCountry) -> list[datetime]:
    return [system_certificate(country, name).not_valid_after_utc for name in SYSTEMS]


async def nothing_was_buried(country: RunningCountry) -> None:
    for name in SYSTEMS:
        assert await country.operator(name).get("/api/v1/dead-letters") == [], name


async def test_country_serves_an_application_after_each_step_of_ten_years(country: RunningCountry) -> None:
    first = system_certificate(country, "shep_gateway")
    for years in STEPS:
        now = await advance(country, years * YEAR)
        await eventually(lambda: read_ends(country), lambda ends, now=now: min(ends) > now + YEAR)  # type: ignore[misc]
        await granted(country)
        await nothing_was_buried(country)
    old = keys.certificate_thumbprint(first)
    assert (await country.answer("is_nuc", "GET", f"/api/v1/certificates/{old}")).status_code == 200
    assert first.public_key() != system_certificate(country, "shep_gateway").public_key()
