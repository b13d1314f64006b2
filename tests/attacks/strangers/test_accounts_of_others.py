"""Threat: a stranger takes, locks or empties another person's account, or queries НР ИИН through the portal.

The certificates of НУЦ and the logins are real; the addresses are real addresses of the loopback network.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import MetaData

from shared.bus.errors import Throttled
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.hot_tables import IdentityMap
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.client import CertifiedPerson
from shared.contracts.population import SyntheticPerson, make_population
from shared.people import logins
from shared.people.logins import LoginAttempt
from tests.journeys.kit import PASSWORD, RunningCountry, refused, running

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEAD = next(person for person in make_population(1, 1000) if not person.is_alive)
UNKNOWN = next(islice(make_population(1, 1001), 1000, None))
NEW_PASSWORD = "another-password"
HOME, ELSEWHERE = "127.0.0.1", "127.0.0.2"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    names = ("is_nuc", "portal_pep", "shep_gateway", "nr_iin")
    async with running(tmp_path_factory.mktemp("accounts"), names=names) as made:
        yield made


async def ask(
    country: RunningCountry,
    path: str,
    body: Any = None,
    *,
    token: str = "",
    source: str = HOME,
    method: str = "POST",
) -> tuple[int, Any]:
    """Status and answer of the portal to a caller at this address."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    transport = httpx.AsyncHTTPTransport(local_address=source)
    async with httpx.AsyncClient(transport=transport, base_url=country.url("portal_pep"), timeout=30) as http:
        answer = await http.request(method, f"/api/v1/{path}", json=body, headers=headers)
    return answer.status_code, answer.json() if answer.content else None


async def proof(country: RunningCountry, person: SyntheticPerson, purpose: str, signer: CertifiedPerson) -> str:
    """The portal's challenge for this person, signed by ``signer``; base64."""
    asked = {"iin": person.iin, "purpose": purpose}
    answer = await country.answer("portal_pep", "POST", "/api/v1/challenges", json=asked)
    signed = signer.sign(answer.content, datetime.now(UTC))  # noqa: TID251 - the citizen's own clock
    return b64encode(signed).decode()


async def test_stranger_learns_nothing_of_a_person_by_registering_the_persons_number(
    country: RunningCountry,
) -> None:
    person = country.stranger()
    credentials = {"iin": person.iin, "password": PASSWORD}
    status, account = await ask(country, "registration", credentials)
    _, session = await ask(country, "login", credentials)
    _, me = await ask(country, "me", token=session["token"], method="GET")
    assert status == 201
    for told in (account, me):
        assert told["iin"] == person.iin
        assert person.surname not in json.dumps(told, ensure_ascii=False)
        assert person.name not in json.dumps(told, ensure_ascii=False)


async def test_stranger_is_not_told_who_died_and_who_does_not_exist(country: RunningCountry) -> None:
    answers = [
        await ask(country, "registration", {"iin": iin, "password": PASSWORD}) for iin in (DEAD.iin, UNKNOWN.iin)
    ]
    assert answers[0] == answers[1]
    assert (answers[0][0], answers[0][1]["code"]) == (403, "registration-refused")


async def test_citizen_who_proves_the_number_is_told_the_names(country: RunningCountry) -> None:
    person = country.stranger()
    cms = await proof(country, person, "registration", await country.certify(person))
    status, account = await ask(country, "registration", {"iin": person.iin, "password": PASSWORD, "cms": cms})
    assert (status, account["surname"], account["name"]) == (201, person.surname, person.name)


async def test_proof_of_another_person_or_purpose_or_used_before_registers_nobody(country: RunningCountry) -> None:
    person, other = country.stranger(), country.stranger()
    own, foreign = await country.certify(person), await country.certify(other)
    used = await proof(country, other, "registration", foreign)
    assert (await ask(country, "registration", {"iin": other.iin, "password": PASSWORD, "cms": used}))[0] == 201
    attempts = {
        "eds-iin-mismatch": (person, await proof(country, person, "registration", foreign)),
        "challenge-unknown": (person, await proof(country, person, "recovery", own)),
    }
    for code, (victim, cms) in attempts.items():
        status, told = await ask(country, "registration", {"iin": victim.iin, "password": PASSWORD, "cms": cms})
        assert (status, told["code"]) == (403, code)
    status, told = await ask(country, "registration", {"iin": other.iin, "password": PASSWORD, "cms": used})
    assert (status, told["code"]) == (403, "challenge-unknown")
    stolen = await proof(country, other, "recovery", own)
    status, told = await ask(
        country, "password/recovery", {"iin": other.iin, "new_password": NEW_PASSWORD, "cms": stolen}
    )
    assert (status, told["code"]) == (403, "eds-iin-mismatch")


async def test_guesses_of_a_stranger_lock_out_the_stranger_and_not_the_citizen(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    guess, right = ({"iin": citizen.person.iin, "password": word} for word in ("a-wrong-guess", PASSWORD))
    codes = [(await ask(country, "login", guess, source=ELSEWHERE))[0] for _ in range(6)]
    assert codes == [401] * 5 + [429]
    assert (await ask(country, "login", right, source=ELSEWHERE))[0] == 429
    assert (await ask(country, "login", right))[0] == 200


async def test_account_guessed_from_many_addresses_opens_to_none_but_those_it_knows(tmp_path: Path) -> None:
    metadata, now = MetaData(), datetime(2026, 1, 1, tzinfo=UTC)
    tables = logins.login_tables(metadata)
    database = Database(database_url(None, tmp_path, "logins"), metadata)
    database.create_schema()

    def attempt(address: str, *, is_right: bool, login: str = "victim") -> str | None:
        with database.transaction() as session:
            uow = UnitOfWork(session, now, "portal_pep", {}, IdentityMap(session, database))
            return logins.conclude_attempt(uow, tables, LoginAttempt(login, address), is_right=is_right)

    assert attempt("home", is_right=True)
    for n in range(10):
        assert [attempt(f"bot {n}", is_right=False) for _ in range(5)] == [None] * 5
    for address, login in (("bot 10", "victim"), ("bot 9", "victim")):
        with pytest.raises(Throttled) as waits:
            attempt(address, is_right=True, login=login)
        assert 0 < waits.value.details["retry_after"] <= 15 * 60 + 1
    assert attempt("home", is_right=True)
    assert attempt("bot 9", is_right=True, login="neighbour of a bot")
    for n in range(95):
        assert attempt("bot 9", is_right=False, login=f"account {n}") is None
    with pytest.raises(Throttled):
        attempt("bot 9", is_right=True, login="somebody else")
    assert attempt("bot 9", is_right=True, login="neighbour of a bot")
    database.dispose()


async def test_password_changes_with_the_old_one_only_and_ends_every_session(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    token = await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    stolen = await country.portal().log_in(citizen.person.iin, PASSWORD)
    change = {"password": "not-the-password", "new_password": NEW_PASSWORD}
    assert (await ask(country, "password", change, token=stolen))[1]["code"] == "authorization-refused"
    status, session = await ask(country, "password", {**change, "password": PASSWORD}, token=token)
    assert status == 200
    statuses = [
        (await ask(country, "history", token=one, method="GET"))[0] for one in (token, stolen, session["token"])
    ]
    assert statuses == [401, 401, 200]
    assert (await refused(country.portal().log_in(citizen.person.iin, PASSWORD))).code == "authorization-refused"
    await country.portal().log_in(citizen.person.iin, NEW_PASSWORD)


async def test_citizen_with_a_lost_password_recovers_it_by_the_eds_and_the_thief_is_out(
    country: RunningCountry,
) -> None:
    citizen = await country.newcomer()
    thief = await country.portal().log_in(citizen.person.iin, PASSWORD)
    cms = await proof(country, citizen.person, "recovery", citizen.signer)
    body = {"iin": citizen.person.iin, "new_password": NEW_PASSWORD, "cms": cms}
    assert (await ask(country, "password/recovery", body))[0] == 204
    assert (await ask(country, "history", token=thief, method="GET"))[0] == 401
    assert (await ask(country, "password/recovery", body))[1]["code"] == "challenge-unknown"
    await country.portal().log_in(citizen.person.iin, NEW_PASSWORD)
    stranger = country.stranger()
    cms = await proof(country, stranger, "recovery", await country.certify(stranger))
    status, told = await ask(
        country, "password/recovery", {"iin": stranger.iin, "new_password": NEW_PASSWORD, "cms": cms}
    )
    assert (status, told["code"]) == (404, "account-unknown")


@asynccontextmanager
async def watching(country: RunningCountry, case: str, token: str) -> AsyncIterator[httpx.Response]:
    """The live stream of an application, open."""
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        httpx.AsyncClient(base_url=country.url("portal_pep"), timeout=5) as http,
        http.stream("GET", f"/api/v1/applications/{case}/events", headers=headers) as stream,
    ):
        yield stream


async def test_live_stream_ends_with_its_session_and_a_citizen_has_few(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    case, iin = await citizen.apply(), citizen.person.iin
    stolen = await country.portal().log_in(iin, PASSWORD)
    owner = await country.portal().log_in(iin, PASSWORD)
    async with watching(country, case, stolen) as stream:
        assert stream.status_code == 200
        reading = asyncio.ensure_future(stream.aread())
        assert (await ask(country, "logout?everywhere=true", token=owner))[0] == 204
        assert b"sent" in await asyncio.wait_for(reading, 5)
    token = await country.portal().log_in(iin, PASSWORD)
    streams = [watching(country, case, token) for _ in range(6)]
    opened = [await stream.__aenter__() for stream in streams]
    assert [one.status_code for one in opened] == [200] * 5 + [429]
    await asyncio.gather(*(stream.__aexit__(None, None, None) for stream in streams))
    async with watching(country, case, token) as again:
        assert again.status_code == 200
