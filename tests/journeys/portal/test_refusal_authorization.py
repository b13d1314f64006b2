"""The first refusal of the act: «отказ в авторизации в связи с имеющимися нарушениями в данных»."""

from __future__ import annotations

import asyncio

import pytest

from shared.client import PortalClient, WorkplaceClient
from tests.journeys.kit import EMPLOYEE_PASSWORD, PASSWORD, RunningCountry, refused

pytestmark = pytest.mark.asyncio(loop_scope="session")

A_QUARTER = 15 * 60


@pytest.mark.parametrize(
    ("language", "words"), [("ru", "Отказ в авторизации"), ("kk", "бас тартылды"), ("en", "Authorisation refused")]
)
async def test_password_that_is_wrong_is_refused_in_the_language_of_the_citizen(
    country: RunningCountry, language: str, words: str
) -> None:
    citizen, portal = await country.citizen(), country.portal(language)
    error = await refused(portal.log_in(citizen.person.iin, "not-the-password"))
    assert (error.status, error.code) == (401, "authorization-refused")
    assert words in error.body["detail"]
    assert set(error.body["texts"]) == {"ru", "kk", "en"}
    assert (await refused(portal.get_history())).code == "login-needed"
    await portal.log_in(citizen.person.iin, PASSWORD)  # this also clears the failures so far


async def test_login_tells_nobody_whether_a_number_is_registered(country: RunningCountry) -> None:
    unknown = await refused(country.portal().log_in(country.stranger().iin, "some-password"))
    wrong = await refused(country.portal().log_in((await country.newcomer()).person.iin, "some-password"))
    assert unknown.body == wrong.body


async def test_login_after_five_failures_must_wait_even_with_the_right_password(country: RunningCountry) -> None:
    citizen, neighbour, portal = await country.newcomer(), await country.citizen(), country.portal()
    iin = citizen.person.iin
    codes = [(await refused(portal.log_in(iin, "not-the-password"))).code for _ in range(6)]
    assert codes == ["authorization-refused"] * 5 + ["too-many-attempts"]

    credentials = {"iin": iin, "password": PASSWORD}
    right = await country.answer("portal_pep", "POST", "/api/v1/login", json=credentials)
    assert (right.status_code, right.json()["code"]) == (429, "too-many-attempts")
    assert A_QUARTER - 60 < int(right.headers["Retry-After"]) <= A_QUARTER
    assert set(right.json()["texts"]) == {"ru", "kk", "en"}
    assert (await refused(portal.get_history())).code == "login-needed"

    await country.portal().log_in(neighbour.person.iin, PASSWORD)
    assert await citizen.portal.get_history() == [], "a session that was open before is not closed by it"


async def test_login_guesses_made_at_the_same_time_are_counted_one_by_one(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    portals = [country.portal() for _ in range(9)]
    guesses = (refused(portal.log_in(citizen.person.iin, "not-the-password")) for portal in portals)
    codes = sorted(error.code for error in await asyncio.gather(*guesses))
    assert codes == ["authorization-refused"] * 5 + ["too-many-attempts"] * 4
    assert (await refused(portals[0].log_in(citizen.person.iin, PASSWORD))).code == "too-many-attempts"


async def test_password_is_compared_to_its_end(country: RunningCountry) -> None:
    person, portal = country.stranger(), country.portal()
    longest = "п" * 200
    await portal.register_citizen(person.iin, longest)
    assert (await refused(portal.log_in(person.iin, longest + "п"))).code == "authorization-refused"
    await portal.log_in(person.iin, longest)
    assert await portal.get_history() == []


async def test_session_that_was_logged_out_needs_another_login(country: RunningCountry) -> None:
    citizen, portal = await country.citizen(), country.portal()
    await portal.log_in(citizen.person.iin, PASSWORD)
    assert (await portal.get("/api/v1/me"))["iin"] == citizen.person.iin
    await portal.post("/api/v1/logout")
    error = await refused(portal.get("/api/v1/me"))
    assert (error.status, error.code) == (401, "login-needed")
    assert (await citizen.portal.get("/api/v1/me"))["iin"] == citizen.person.iin


async def test_employee_is_refused_and_throttled_like_a_citizen(country: RunningCountry) -> None:
    employee = await country.employee("kz-yuz.employment.07")
    async with WorkplaceClient(country.url("is_mio")) as place:
        told = [await refused(place.log_in(employee["iin"], "not-the-password")) for _ in range(6)]
        assert [error.status for error in told] == [401] * 5 + [429]
        assert "Отказ в авторизации" in told[0].body["detail"]
        assert (await refused(place.log_in(employee["iin"], EMPLOYEE_PASSWORD))).code == "too-many-attempts"
        assert (await refused(place.list_cases())).code == "login-needed"


async def test_citizens_session_is_nothing_at_the_workplace(country: RunningCountry) -> None:
    citizen = await country.citizen()
    async with PortalClient(country.url("is_mio")) as place:
        error = await refused(place.log_in(citizen.person.iin, PASSWORD))
    assert (error.status, error.code) == (401, "authorization-refused")
