"""The pages of a list on both databases: forward to the end and back again, each row once, the newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.bus.http.lists.cursor import write_cursor
from shared.bus.service import ServiceNode
from tests.bus.carrier_peers import Carrier
from tests.bus.kit import Company, Desk

PATH = "/api/v1/dead-letters"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
async def node(database: str | None, tmp_path: Path, desk: Desk) -> AsyncIterator[ServiceNode]:
    company = Company(tmp_path, await Carrier(None).transport(), database)
    yield await company.node("sink", desk.router, desk.metadata)
    await company.stack.aclose()


@pytest.fixture
async def operator(node: ServiceNode) -> AsyncIterator[httpx.AsyncClient]:
    token = (node.home / "operator.token").read_text()
    transport = httpx.ASGITransport(app=node.app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://sink", headers=headers) as client:
        yield client


async def bury(node: ServiceNode, *numbers: int, code: str = "message-malformed") -> None:
    """Three letters die in one second, so that their moments alone make no order."""
    rows = [
        {
            "id": f"letter-{number:02}",
            "died_at": NOON + timedelta(seconds=number // 3),
            "code": code,
            "reason": "",
            "body": b"",
            "signature": "",
        }
        for number in numbers
    ]
    await node.runtime.write(lambda uow: uow.session.execute(node.runtime.tables.dead.insert(), rows))


def named(*numbers: int) -> list[str]:
    return [f"letter-{number:02}" for number in numbers]


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()]


async def test_list_is_walked_to_its_end_and_back_while_new_rows_come(
    node: ServiceNode, operator: httpx.AsyncClient
) -> None:
    await bury(node, *range(10))
    page = await operator.get(PATH, params={"limit": 4})
    assert ids(page) == named(9, 8, 7, 6)
    assert set(page.links) == {"next"}
    await bury(node, 10, 11)
    second = await operator.get(page.links["next"]["url"])
    assert ids(second) == named(5, 4, 3, 2)
    assert set(second.links) == {"next", "prev", "first"}
    last = await operator.get(second.links["next"]["url"])
    assert ids(last) == named(1, 0)
    assert set(last.links) == {"prev", "first"}
    back = await operator.get(last.links["prev"]["url"])
    assert ids(back) == named(5, 4, 3, 2)
    earlier = await operator.get(back.links["prev"]["url"])
    assert ids(earlier) == named(9, 8, 7, 6)
    newest = await operator.get(earlier.links["prev"]["url"])
    assert ids(newest) == named(11, 10)
    assert "prev" not in newest.links
    assert ids(await operator.get(newest.links["next"]["url"])) == named(9, 8, 7, 6)
    assert ids(await operator.get(newest.links["first"]["url"])) == named(11, 10, 9, 8)


async def test_cursor_keeps_the_filter_of_its_list(node: ServiceNode, operator: httpx.AsyncClient) -> None:
    await bury(node, 0, 2, 4, code="peer-unknown")
    await bury(node, 1, 3, 5)
    page = await operator.get(PATH, params={"limit": 2, "code": "peer-unknown"})
    rest = await operator.get(page.links["next"]["url"])
    assert ids(page) + ids(rest) == named(4, 2, 0)


async def test_page_of_a_list_is_bounded_whether_the_reader_asks_or_not(
    node: ServiceNode, operator: httpx.AsyncClient
) -> None:
    await bury(node, *range(101))
    assert len((await operator.get(PATH)).json()) == 100
    for limit in (0, 1001, -1, 2**63):
        answer = await operator.get(PATH, params={"limit": limit})
        assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")
        assert answer.json()["fields"][0]["field"] == "query.limit"


async def test_cursor_that_is_damaged_or_of_another_list_is_refused(
    node: ServiceNode, operator: httpx.AsyncClient
) -> None:
    await bury(node, *range(4))
    page = await operator.get(PATH, params={"limit": 2})
    cursor = httpx.URL(page.links["next"]["url"]).params["cursor"]
    damaged = cursor[:-3] + ("AAA" if cursor[-3:] != "AAA" else "BBB")
    forged = [
        _forge(["letter-01"]),
        _forge(["2026-03-02T12:00:00+00:00", "a\0b"]),
        _forge(["2026-03-02T12:00:00", "letter-01"]),
        _forge([2**80, "letter-01"]),
        _forge([None, {"id": 1}]),
        _forge([True, "letter-01"]),
        _forge(["9999-12-31T23:59:59-23:59", "letter-01"]),
    ]
    for query in [
        {"cursor": ""},
        {"cursor": "Ж"},
        {"cursor": "A"},
        {"cursor": damaged},
        {"cursor": cursor, "code": "peer-unknown"},
        *({"cursor": one} for one in forged),
    ]:
        answer = await operator.get(PATH, params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor-malformed"), query
    assert ids(await operator.get(PATH, params={"cursor": _forge([NOON.isoformat(), "letter-02"])})) == named(1, 0)
    elsewhere = await operator.get("/api/v1/waiting", params={"cursor": cursor})
    assert elsewhere.json()["code"] == "cursor-malformed"
    assert ids(await operator.get(PATH, params={"cursor": cursor, "limit": 1})) == named(1)


def _forge(parts: list[Any]) -> str:
    """A cursor of the list as its system would write it, of a key that no row has."""
    return write_cursor(f"sink {PATH}?", tuple(parts), is_backward=False)
