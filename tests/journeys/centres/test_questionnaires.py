"""The questionnaire at a window: an employee writes down a visitor's answers, and the indicators count them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.all_processes import ended, take_in
from tests.journeys.centre import Centre
from tests.journeys.kit import RunningCountry, refused

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


async def satisfied(country: RunningCountry, instance: str, regulation: str) -> tuple[int, list[list[int]]]:
    """How many answered, and how many chose each option of each question."""
    told: Any = await country.operator(instance).get("/api/v1/quality")
    service = next(one for one in told if one["regulation"] == regulation)
    counts = [[option["count"] for option in question["options"]] for question in service["questions"]]
    return service["answered"], counts


@pytest.mark.parametrize("channel", ["con", "provider"])
async def test_visitor_answers_the_questionnaire_once_and_the_indicators_count_it(
    brisk_country: RunningCountry, channel: str
) -> None:
    centre = await Centre.of(brisk_country, "KZ-YUZ.3", channel)
    before, counts = await satisfied(brisk_country, centre.instance, "KZ-YUZ.3")
    case = await take_in(brisk_country, centre.way, brisk_country.stranger(is_even=True))
    await ended(brisk_country, centre.way, case)
    path = f"/api/v1/cases/{case}/questionnaire"
    wrong = await refused(centre.desk.post(path, {"1": 3}))
    assert (wrong.status, wrong.code) == (422, "questionnaire-invalid")
    await centre.desk.post(path, {"1": 3, "2": 1})
    again = await refused(centre.desk.post(path, {"1": 1, "2": 1}))
    assert (again.status, again.code) == (409, "questionnaire-answered")
    after, counted = await satisfied(brisk_country, centre.instance, "KZ-YUZ.3")
    assert after == before + 1
    assert [[new - old for new, old in zip(*pair, strict=True)] for pair in zip(counted, counts, strict=True)] == [
        [0, 0, 1],
        [1, 0, 0],
    ]


async def test_service_without_a_questionnaire_has_none_at_the_window(brisk_country: RunningCountry) -> None:
    centre = await Centre.of(brisk_country, "KZ-AKM.10", "provider")
    case = await take_in(brisk_country, centre.way, brisk_country.stranger(is_even=True))
    await ended(brisk_country, centre.way, case)
    absent = await refused(centre.desk.post(f"/api/v1/cases/{case}/questionnaire", {"1": 3}))
    assert (absent.status, absent.code) == (404, "questionnaire-absent")
