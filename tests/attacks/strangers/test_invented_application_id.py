"""Threat: a citizen chooses the identifier of an application, to take the place of another citizen's case."""

from __future__ import annotations

import json

import pytest

from services.portal_pep.storage import DRAFTS_KEPT
from shared.bus.runtime.unit_of_work import random_id
from tests.journeys.kit import RunningCountry, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_citizen_submits_no_application_under_an_id_of_the_citizens_own(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    document = {**json.loads(await citizen.draft()), "application_id": random_id()}
    error = await refused(citizen.portal.submit_application(citizen.sign(json.dumps(document).encode())))
    assert (error.status, error.code) == (403, "draft-unknown")
    assert set(error.body["texts"]) == {"ru", "kk", "en"}
    assert await citizen.portal.get_history() == []


async def test_citizen_takes_no_id_that_the_portal_gave_to_another(country: RunningCountry) -> None:
    owner, thief = await country.newcomer(), await country.newcomer()
    draft = await owner.draft()
    stolen = {**json.loads(await thief.draft()), "application_id": json.loads(draft)["application_id"]}
    error = await refused(thief.portal.submit_application(thief.sign(json.dumps(stolen).encode())))
    assert (error.status, error.code) == (403, "draft-unknown")
    mine = await owner.portal.submit_application(owner.sign(draft))
    assert mine["id"] == stolen["application_id"], "the owner's draft is as good as before"


async def test_drafts_of_one_citizen_do_not_grow_without_bound(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    first = await citizen.draft()
    for _ in range(DRAFTS_KEPT):
        last = await citizen.draft()
    error = await refused(citizen.portal.submit_application(citizen.sign(first)))
    assert error.code == "draft-unknown"
    assert (await citizen.portal.submit_application(citizen.sign(last)))["id"]
