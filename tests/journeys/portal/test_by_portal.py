"""Applications by the portal: granted or refused as each act says, and shown in the cabinet."""

from __future__ import annotations

import pytest

from shared.contracts.cases import StepDone
from shared.regulations.process.conformance import check_conformance
from shared.regulations.process.process_state import ProcessState
from tests.journeys.all_processes import Way, apply, check_paid, journal, settled, ways
from tests.journeys.kit import RunningCountry, eventually

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("way", [*ways("portal")], ids=str)
async def test_application_by_portal_comes_to_its_end(brisk_country: RunningCountry, way: Way) -> None:
    citizen = await brisk_country.citizen(is_even=way.is_granted)
    case = await apply(citizen, way)
    told = await settled(citizen, case)
    assert told["outcome"] == ("positive" if way.is_granted else "negative")
    if way.is_granted:
        assert (await citizen.portal.get_output(case))["document"]["application_id"] == case

    async def known() -> list[StepDone]:
        return await journal(brisk_country, case, citizen.portal)

    steps = await eventually(known, lambda found: ProcessState(way.graph, found).end_node is not None)
    assert check_conformance(way.graph, steps) == []
    await check_paid(brisk_country, way, case)
