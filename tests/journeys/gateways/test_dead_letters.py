"""A refused message is kept with its reason, and handled once its fault is repaired."""

from __future__ import annotations

import pytest

from tests.journeys.kit import RunningCountry, refused
from tests.journeys.portal.test_not_delivered import without_the_right

pytestmark = pytest.mark.asyncio(loop_scope="session")

PATH = "/api/v1/dead-letters"


async def test_dead_letter_is_replayed_once_its_fault_is_mended(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    gateway = country.operator("shep_gateway")
    async with without_the_right(country):
        case = await citizen.apply()
        await citizen.sees(case, "не доставлено")
        (letter,) = await gateway.get(PATH, correlation_id=case)
        assert (letter["code"], letter["source"], letter["replayed_at"]) == ("no-right", "portal_pep", None)
        again = await refused(gateway.post(f"{PATH}/{letter['id']}/replay"))
        assert again.code == "no-right"

    replayed = await gateway.post(f"{PATH}/{letter['id']}/replay")
    assert replayed["replayed_at"] is not None
    await citizen.sees(case, "поступившие")
    twice = await refused(gateway.post(f"{PATH}/{letter['id']}/replay"))
    assert (twice.status, twice.code) == (409, "dead-letter-replayed")


async def test_dead_letter_that_is_unknown_is_told_so(country: RunningCountry) -> None:
    error = await refused(country.operator("shep_gateway").post(f"{PATH}/nothing/replay"))
    assert (error.status, error.code) == (404, "dead-letter-unknown")
