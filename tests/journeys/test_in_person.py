"""Whoever comes in person is served or refused as each act says, at the authority, the аким's and the ЦОН."""

from __future__ import annotations

import pytest

from shared.regulations.conformance import conformance
from tests.journeys.everything import Way, ended, take_in, ways
from tests.journeys.kit import Land

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("way", [*ways("provider", "akim", "con")], ids=str)
async def test_a_case_that_began_in_person_comes_to_its_end(brisk_land: Land, way: Way) -> None:
    applicant = brisk_land.stranger(is_even=way.is_granted)
    case = await take_in(brisk_land, way, applicant)
    end, steps = await ended(brisk_land, way, case)
    assert end.end == ("completed" if way.is_granted else "refused")
    assert conformance(way.graph, steps) == []
