"""Threat: a stranger tries tokens of the operator, quickly or slowly, at any door that takes one."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from tests.journeys.kit import RunningCountry, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST = 5
GUESS = "kq3V0h1yJc8sWn5tXr2bZp7u"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country behind a proxy on this machine, which tells the callers' addresses."""
    settings = {"EGOV_WRONG_TOKENS_AN_HOUR": str(MOST), "EGOV_TRUSTED_PROXIES": "127.0.0.1"}
    folder = tmp_path_factory.mktemp("guarded")
    async with running(folder, names=("is_nuc", "is_mio"), environment=settings) as country:
        yield country


async def try_token(
    country: RunningCountry, token: str, address: str, method: str = "GET", path: str = "/api/v1/clerks"
) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-For": address}
    return await country.answer("is_mio", method, path, headers=headers)


def true_token(country: RunningCountry) -> str:
    return (country.folder / "is_mio" / "operator.token").read_text()


async def test_guesses_of_an_address_end_though_the_next_one_were_right(guarded: RunningCountry) -> None:
    answers = [await try_token(guarded, f"{GUESS}{n}", "203.0.113.1") for n in range(MOST)]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(401, "operator-only")] * MOST
    blocked = await try_token(guarded, true_token(guarded), "203.0.113.1")
    assert (blocked.status_code, blocked.json()["code"]) == (429, "too-many-attempts")
    assert 60 < int(blocked.headers["Retry-After"]) <= 3600, "slow guessing waits too"


async def test_operator_at_another_address_is_let_in_meanwhile(guarded: RunningCountry) -> None:
    for n in range(2 * MOST):
        await try_token(guarded, f"{GUESS}{n}", "203.0.113.2")
    assert (await try_token(guarded, true_token(guarded), "203.0.113.3")).status_code == 200


async def test_guesses_at_all_doors_of_a_system_count_together(guarded: RunningCountry) -> None:
    address = "203.0.113.4"
    for n in range(MOST):
        form = {"token": f"{GUESS}{n}"}
        headers = {"X-Forwarded-For": address}
        page = await guarded.answer("is_mio", "POST", "/monitor", data=form, headers=headers)
        assert page.status_code == 401
    assert (await try_token(guarded, true_token(guarded), address)).status_code == 429
    page = await guarded.answer("is_mio", "POST", "/monitor", data={"token": true_token(guarded)}, headers=headers)
    assert page.status_code == 429
    assert int(page.headers["Retry-After"]) > 60


async def test_requests_without_a_token_are_no_guesses(guarded: RunningCountry) -> None:
    address = "203.0.113.5"
    for _ in range(2 * MOST):
        await guarded.answer("is_mio", "GET", "/api/v1/clerks", headers={"X-Forwarded-For": address})
    assert (await try_token(guarded, true_token(guarded), address)).status_code == 200


async def test_guess_is_in_the_trail_and_in_the_log_without_the_token(
    guarded: RunningCountry, caplog: pytest.LogCaptureFixture
) -> None:
    path = "/api/v1/employees/850101300012/password"
    with caplog.at_level(logging.INFO, logger="egov"):
        await try_token(guarded, GUESS, "203.0.113.6", "POST", path)
    (line,) = [record.fields for record in caplog.records if record.getMessage() == "door.refused"]  # type: ignore[attr-defined]
    door = "POST /api/v1/employees/{iin}/password"
    assert line == {"door": door, "address": "203.0.113.6", "code": "operator-only"}
    entry = (await guarded.operator("is_mio").get("/api/v1/audit", limit=1))[0]
    assert (entry["actor"], entry["client"], entry["code"]) == ("stranger", "203.0.113.6", "operator-only")
    assert GUESS not in str(entry) + str([vars(record) for record in caplog.records])
