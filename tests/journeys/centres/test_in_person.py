"""Applications in person, at the authority, the аким's and the ЦОН, before instant clerks: the signed result lies
at the office that hands it out.
"""

from __future__ import annotations

import pytest

from tests.journeys.all_processes import Way, book, check_held, ended, take_in, ways
from tests.journeys.kit import RunningCountry

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


GRANTED = [way for way in ways("provider", "akim", "con") if way.is_granted]


@pytest.mark.parametrize("way", GRANTED, ids=str)
async def test_instant_clerks_bring_a_case_that_began_in_person_to_its_result(
    brisk_country: RunningCountry, way: Way
) -> None:
    """What the journal says of each process, and refusals: tests/journeys/people."""
    applicant = brisk_country.stranger()
    await check_held(brisk_country, way, await take_in(brisk_country, way, applicant), applicant)


ASKING = [
    Way(passport.id, graph.channel, graph.variant, is_granted=True)
    for passport, graph in book().all_graphs()
    if graph.channel == "con" and any(one.recipient == "is_cgo" for one in graph.message_routes())
]


@pytest.mark.parametrize("way", ASKING, ids=str)
async def test_state_body_that_never_answers_holds_up_no_case_that_asks_that_body(
    brisk_country: RunningCountry, way: Way
) -> None:
    applicant = brisk_country.stranger()
    conduct = f"/api/v1/conduct/{applicant.iin}"
    await brisk_country.operator("is_cgo").call("PUT", conduct, json={"mode": "silent"})
    case = await take_in(brisk_country, way, applicant)
    end, _ = await ended(brisk_country, way, case)
    assert end.end == "completed"
    asked = await brisk_country.operator("is_cgo").get("/api/v1/questions", iin=applicant.iin)
    assert [(one["case"], one["answered_at"]) for one in asked] == [(case, None)]
