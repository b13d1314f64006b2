"""Each list of each system of a running country: walked there and back, and nobody reads another's rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from shared.bus.http.lists.cursor import write_cursor
from shared.bus.http.lists.paging import has_pages
from shared.contracts.registers import PERSON_SERVICE
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import AUTHORITY, LIVING, OTHER_AUTHORITY, Citizen, RunningCountry, refused
from tests.openapi.documents import DISTINCT
from tests.openapi.lists.list_orders import FALLING, RISING

pytestmark = pytest.mark.asyncio(loop_scope="session")

FEWEST_WALKED = 20
"""Lists that have more than one page in this country."""
MOST_PAGES, MOST_READ = 3, 30
IN_PERSON = {
    *("get_chain", "list_webhook_events", "list_cases", "list_history", "list_notifications", "list_shelf"),
    *("list_place_queue", "list_places", "list_own_work"),
}
"""The lists of a person or a participant of the doors; all others are the operator's, or anybody's."""

ASKING = {"search_work"}
"""The lists that answer a question: tests/workplace/assignments walks them."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def neighbours(brisk_country: RunningCountry) -> tuple[Citizen, Citizen]:
    """Two citizens with applications at two departments."""
    first, second = await asyncio.gather(brisk_country.newcomer(), brisk_country.newcomer())
    cases = [(first, await first.apply(AUTHORITY)) for _ in range(3)]
    cases += [(second, await second.apply(OTHER_AUTHORITY)) for _ in range(2)]
    for citizen, case in cases:
        await citizen.is_served(case)
        await brisk_country.delivered(case, 7)
    for scope in ({}, {"iin": first.person.iin}, {"iin": second.person.iin}):
        how = {"json": scope, "headers": {"Authorization": f"Bearer {_operator_token(brisk_country, 'is_nuc')}"}}
        await brisk_country.answer("is_nuc", "PUT", "/api/v1/faults/ocsp-stale", **how)
    return first, second


def _operator_token(country: RunningCountry, name: str) -> str:
    return (country.folder / name / "operator.token").read_text()


async def _begin_chain(country: RunningCountry, participant: JoinedSystem) -> str:
    """A chain of two questions to НР ИИН with their answers."""
    question = {"contract": "person-query/1", "data": {"iin": LIVING[0].iin}}
    message = {"service_id": PERSON_SERVICE, "correlation_id": "chain-of-two", "content": question}
    for _ in range(2):
        how: Any = {"json": message, "headers": participant.headers}
        sent = await country.answer("shep_gateway", "POST", "/api/v1/messages?wait=10", **how)
        assert sent.status_code == 201, sent.text
    return "chain-of-two"


async def _session_of(
    country: RunningCountry, name: str, citizen: Citizen, participant: JoinedSystem
) -> str | None:
    """The session of a person or participant whose lists the system has, as a header."""
    if name == "shep_gateway":
        return participant.headers["Authorization"]
    person: Any = {"portal_pep": citizen.portal, "is_mio": await country.clerk()}.get(name)
    return str(person._http.headers["Authorization"]) if person is not None else None


async def test_each_list_of_each_system_is_walked_there_and_back(
    brisk_country: RunningCountry, neighbours: tuple[Citizen, Citizen]
) -> None:
    participant = await join(brisk_country, "walks-lists", asks=[PERSON_SERVICE])
    places = {
        "correlation_id": await _begin_chain(brisk_country, participant),
        "iin": neighbours[0].person.iin,
        "name": "ocsp-stale",
        "authority": AUTHORITY,
        "centre": "none",
        "address": "is_mio",
    }
    walked: set[object] = set()
    for name in DISTINCT:
        app = brisk_country.deployment.nodes[name].app
        session = await _session_of(brisk_country, name, neighbours[0], participant)
        for route in app.routes:
            if not isinstance(route, APIRoute) or not has_pages(route.dependant) or route.endpoint in walked:
                continue
            is_in_person = route.name in IN_PERSON
            token = session if is_in_person else f"Bearer {_operator_token(brisk_country, name)}"
            if token is None or "export" in route.path or route.name in ASKING:
                continue
            path = route.path_format.format(**places)
            transport = httpx.ASGITransport(app=app)
            headers = {"Authorization": token}
            async with httpx.AsyncClient(transport=transport, base_url="http://system", headers=headers) as reader:
                if await _is_walked(reader, path, route.name):
                    walked.add(route.endpoint)
    assert len(walked) >= FEWEST_WALKED, walked


async def _is_walked(reader: httpx.AsyncClient, path: str, operation: str) -> bool:
    """Walk a list and hold its pages to the whole; False for a list of less than two rows."""
    whole = await reader.get(path, params={"limit": MOST_READ})
    assert whole.status_code in (200, 404), whole.text
    rows = [] if whole.status_code == 404 else whole.json()
    if len(rows) < 2:
        return False
    limit = -(-len(rows) // MOST_PAGES)
    first = await reader.get(path, params={"limit": limit})
    there = [page async for page in _walk(reader, first, "next")]
    back = [page async for page in _walk(reader, there[-1], "prev")]
    assert all(len(page.json()) <= limit for page in there), path
    assert [row for page in there for row in page.json()][: len(rows)] == rows, path
    assert [page.json() for page in reversed(back)] == [page.json() for page in there], path
    assert "prev" not in back[-1].links, path
    _check_order(operation, rows)
    return True


async def _walk(reader: httpx.AsyncClient, answer: httpx.Response, way: str) -> AsyncIterator[httpx.Response]:
    """The pages from an answer on, in one direction, and no more of them than ``MOST_PAGES``."""
    yield answer
    for _ in range(MOST_PAGES - 1):
        if way not in answer.links:
            return
        answer = await reader.get(answer.links[way]["url"])
        assert answer.status_code == 200, answer.text
        yield answer


def _check_order(operation: str, rows: list[Any]) -> None:
    """The rows have the order that the tables of the lists say."""
    fields = FALLING.get(operation) or RISING[operation]
    keys = [tuple(row[field] or "" for field in fields) if isinstance(row, dict) else row for row in rows]
    assert keys == sorted(keys, reverse=operation in FALLING), operation


async def test_cursor_of_another_citizen_shows_ones_own_rows_only(
    brisk_country: RunningCountry, neighbours: tuple[Citizen, Citizen]
) -> None:
    """A cursor is a place and no right: with a stranger's or an invented one a citizen sees own rows."""
    owner, thief = neighbours
    own = {row["id"] for row in await thief.portal.get_history()}
    page = await owner.portal.call("GET", "/api/v1/history", params={"limit": 1})
    stolen = await thief.portal.call("GET", page.links["next"]["url"])
    assert {row["id"] for row in stolen.json()} <= own
    newest = ("2999-01-01T00:00:00+00:00", "")
    invented = write_cursor("portal_pep /api/v1/history?", newest, is_backward=False)
    rows = await thief.portal.get("/api/v1/history", cursor=invented)
    assert {row["id"] for row in rows} == own


async def test_cursor_of_another_department_shows_ones_own_cases_only(
    brisk_country: RunningCountry, neighbours: tuple[Citizen, Citizen]
) -> None:
    owner, other = await brisk_country.clerk(AUTHORITY), await brisk_country.clerk(OTHER_AUTHORITY)
    page = await owner.call("GET", "/api/v1/cases", params={"limit": 1})
    stolen = (await other.call("GET", page.links["next"]["url"])).json()
    back = (await other.call("GET", page.links["next"]["url"].replace("limit=1", "limit=9"))).json()
    assert {row["place"] for row in stolen + back} <= {OTHER_AUTHORITY}


async def test_case_without_a_deadline_is_the_last_of_those_by_deadline(
    brisk_country: RunningCountry, neighbours: tuple[Citizen, Citizen]
) -> None:
    clerk = await brisk_country.clerk(AUTHORITY)
    rows = await clerk.list_all("/api/v1/cases", sort="due", limit=1)
    assert len(rows) == len({row["correlation_id"] for row in rows}) >= 3
    assert rows == await clerk.get("/api/v1/cases", sort="due")
    error = await refused(clerk.get("/api/v1/cases", sort="due", cursor="AAAAAAAAAAAA"))
    assert (error.status, error.code) == (422, "cursor-malformed")
    assert set(error.body["texts"]) == {"ru", "kk", "en"}
