"""Whoever applies by the portal is served or refused as each act says, and sees it in his cabinet."""

from __future__ import annotations

import pytest

from tests.journeys.everything import Way, ended, form, ways
from tests.journeys.kit import Land

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("way", [*ways("portal")], ids=str)
async def test_an_application_by_the_portal_comes_to_its_end(brisk_land: Land, way: Way) -> None:
    citizen = await brisk_land.newcomer(is_even=way.is_granted)
    authority = way.passport.directories.departments[0].code
    fields = form(way.passport, citizen.person.iin)
    document = await citizen.portal.draft(way.regulation, authority, fields, variant=way.variant)
    told = await citizen.portal.submit(citizen.sign(document))
    end = await ended(brisk_land, way, str(told["id"]), citizen.portal)
    assert end.end == ("completed" if way.is_granted else "refused")
    shown = await citizen.is_served(str(told["id"]))
    assert shown["outcome"] == ("positive" if way.is_granted else "negative")
