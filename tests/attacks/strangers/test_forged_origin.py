"""Threat: a stranger forges the origin or the destination of a request: another address for each guess of a
password, a host to which a redirect then leads, a name that leads a browser to this machine.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from itertools import count

import pytest
import pytest_asyncio

from services.catalog import INSTANCES
from services.launcher.settings import SettingsError, settings_for
from tests.journeys.kit import RunningCountry, running

NAMES = ("is_nuc", "portal_pep")
IIN = "850101300012"
ADDRESSES = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bare(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("bare"), names=NAMES) as country:
        yield country


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def behind(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country behind a proxy on this machine, known under one name."""
    settings = {"EGOV_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8", "EGOV_ALLOWED_HOSTS": "egov.example"}
    async with running(tmp_path_factory.mktemp("behind"), names=NAMES, environment=settings) as country:
        yield country


async def guess(country: RunningCountry, iin: str, headers: Mapping[str, str]) -> int:
    body = {"iin": iin, "password": "a-wrong-guess"}
    return (await country.answer("portal_pep", "POST", "/api/v1/login", json=body, headers=headers)).status_code


@pytest.mark.asyncio(loop_scope="module")
async def test_guesses_that_name_a_new_address_each_time_are_counted_as_one_callers(bare: RunningCountry) -> None:
    codes = [await guess(bare, IIN, {"X-Forwarded-For": f"198.51.100.{next(ADDRESSES)}"}) for _ in range(6)]
    assert codes == [401] * 5 + [429]


@pytest.mark.asyncio(loop_scope="module")
async def test_trusted_proxy_tells_callers_apart_and_what_they_forge_before_it_does_not(
    behind: RunningCountry,
) -> None:
    for caller in ("203.0.113.7", "203.0.113.8, 10.1.2.3"):
        chains = [f"198.51.100.{next(ADDRESSES)}, {caller}" for _ in range(6)]
        codes = [await guess(behind, IIN, {"X-Forwarded-For": chain}) for chain in chains]
        assert codes == [401] * 5 + [429]


@pytest.mark.asyncio(loop_scope="module")
async def test_host_that_is_not_the_systems_is_refused_and_its_own_answers(behind: RunningCountry) -> None:
    expected = {"evil.example": 421, "egov.example.evil.example": 421, "": 421, "egov.example:8001": 200}
    expected |= {"EGOV.example.": 200, "localhost:1": 200, "127.0.0.1": 200, "[::1]:8001": 200}
    for host, status in expected.items():
        answer = await behind.answer("portal_pep", "GET", "/api/v1/services", headers={"Host": host})
        assert answer.status_code == status, host
        assert status == 200 or answer.json()["code"] == "host-unknown"


@pytest.mark.asyncio(loop_scope="module")
async def test_request_for_another_host_is_one_line_of_the_log_without_the_name(
    behind: RunningCountry, caplog: pytest.LogCaptureFixture
) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-For": "203.0.113.77"}
    with caplog.at_level(logging.INFO, logger="egov"):
        await behind.answer("portal_pep", "GET", "/api/v1/services", headers=headers)
    (line,) = [record.fields for record in caplog.records if record.getMessage() == "door.refused"]  # type: ignore[attr-defined]
    assert line == {"door": "GET", "address": "203.0.113.77", "code": "host-unknown"}


@pytest.mark.asyncio(loop_scope="module")
async def test_answer_never_leads_to_a_host_that_the_caller_named(bare: RunningCountry) -> None:
    for path in ("/api/v1/services/", "/docs/", "/check/"):
        answer = await bare.answer("portal_pep", "GET", path, headers={"Host": "evil.example"})
        assert "evil.example" not in answer.text + str(answer.headers)
        assert not answer.is_redirect


def test_proxy_that_is_no_address_is_refused_at_start() -> None:
    with pytest.raises(SettingsError, match="EGOV_TRUSTED_PROXIES"):
        settings_for(INSTANCES[0], {"EGOV_TRUSTED_PROXIES": "proxy.example"}, is_alone=True)
