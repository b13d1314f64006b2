"""Whoever applies by the portal is served or refused as each act says, and sees it in his cabinet."""

from __future__ import annotations

import pytest

from shared.regulations.conformance import conformance
from tests.journeys.everything import Way, ended, form, journal, ways
from tests.journeys.kit import Land, eventually

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("way", [*ways("portal")], ids=str)
async def test_an_application_by_the_portal_comes_to_its_end(brisk_land: Land, way: Way) -> None:
    citizen = await brisk_land.newcomer(is_even=way.is_granted)
    authority = way.passport.directories.departments[0].code
    fields = form(way.passport, citizen.person.iin)
    document = await citizen.portal.draft(way.regulation, authority, fields, variant=way.variant)
    told = await citizen.portal.submit(citizen.sign(document))
    if way.regulation == "KZ-YUZ.1" and way.is_granted:
        asked = await eventually(lambda: citizen.portal.asked(str(told["id"])), bool)
        await citizen.portal.answer_asked(str(told["id"]), asked[0]["step"], "met")
    end = await ended(brisk_land, way, str(told["id"]), citizen.portal)
    assert end.end == ("completed" if way.is_granted else "refused")
    shown = await citizen.is_served(str(told["id"]))
    assert shown["outcome"] == ("positive" if way.is_granted else "negative")
    assert conformance(way.graph, await journal(brisk_land, str(told["id"]), citizen.portal)) == []
