"""Threat: a stranger calls again and again at doors that ask for no login."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from services.catalog import INSTANCES
from services.launcher.settings import settings_for
from tests.journeys.kit import PASSWORD, RunningCountry, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST = 12
OF_A_PERSON = MOST // 6


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    names, settings = ("is_nuc", "portal_pep", "is_con"), {"EGOV_CALLS_A_MINUTE": str(MOST)}
    async with running(tmp_path_factory.mktemp("endless"), names=names, environment=settings) as made:
        yield made


DOORS: dict[str, tuple[str, str, str, Any]] = {
    "registration": ("portal_pep", "POST", "/api/v1/registration", {"iin": "1", "password": PASSWORD}),
    "challenges": ("portal_pep", "POST", "/api/v1/challenges", {"iin": "1", "purpose": "recovery"}),
    "recovery": ("portal_pep", "POST", "/api/v1/password/recovery", {"iin": "1", "new_password": "", "cms": ""}),
    "check": ("portal_pep", "GET", "/api/v1/documents/0", None),
    "people": ("is_nuc", "POST", "/api/v1/people", {"csr": "1"}),
    "containers": ("is_nuc", "POST", "/api/v1/containers/people", {"iin": "1" * 12, "password": PASSWORD}),
    "local tls": ("is_nuc", "POST", "/api/v1/local-tls", {"csr": "1"}),
    "systems": ("is_nuc", "POST", "/api/v1/systems", {"address": "is_mio", "token": "1", "csr": "1"}),
    "tickets": ("is_con", "POST", "/api/v1/queue/tickets", {"centre": "none"}),
}


@pytest.mark.parametrize("door", DOORS)
async def test_door_without_a_login_takes_so_many_calls_of_an_address_in_a_minute(
    country: RunningCountry, door: str
) -> None:
    instance, method, path, body = DOORS[door]
    answers = [await country.answer(instance, method, path, json=body) for _ in range(2 * MOST + 1)]
    codes = [answer.json()["code"] for answer in answers]
    assert "too-many-calls" not in codes[:MOST]
    assert "too-many-calls" in codes, "one minute may end meanwhile, not two"
    refused = answers[codes.index("too-many-calls")]
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) >= 1


async def test_challenges_about_one_person_are_fewer_than_those_of_an_address(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = {"EGOV_CALLS_A_MINUTE": str(MOST)}
    async with running(
        tmp_path_factory.mktemp("person"), names=("is_nuc", "portal_pep"), environment=settings
    ) as country:
        body = {"iin": country.stranger().iin, "purpose": "recovery"}
        answers = [
            (await country.answer("portal_pep", "POST", "/api/v1/challenges", json=body)).status_code
            for _ in range(2 * OF_A_PERSON + 1)
        ]
        assert answers[:OF_A_PERSON] == [200] * OF_A_PERSON
        assert 429 in answers
        other = {**body, "iin": country.stranger().iin}
        assert (await country.answer("portal_pep", "POST", "/api/v1/challenges", json=other)).status_code == 200


async def test_production_has_a_bound_for_strangers_though_nobody_sets_one() -> None:
    bounds = {settings_for(one, {"EGOV_PROFILE": "production"}, is_alone=True).calls_a_minute for one in INSTANCES}
    assert bounds == {120}
