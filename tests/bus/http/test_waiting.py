"""A gap in the sequence that no message will fill: the operator sees the gap and can skip it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shared.bus.service import ServiceNode
from tests.bus.carrier_peers import Carrier
from tests.bus.kit import Company, Desk, effects_of, rows_when
from tests.bus.runtime.test_kernel_refusals import Post, with_the_wrong_key

PATH = "/api/v1/waiting"


@pytest.fixture
async def post(database: str | None, tmp_path: Path) -> AsyncIterator[Post]:
    company = Company(tmp_path, await Carrier(None).transport(), database)
    yield Post(company)
    await company.stack.aclose()


def client(node: ServiceNode) -> httpx.AsyncClient:
    token = (node.home / "operator.token").read_text()
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=node.app),
        base_url="http://sink",
        headers={"Authorization": f"Bearer {token}"},
    )


async def test_held_message_whose_predecessor_never_comes_proceeds_on_the_operators_word(
    post: Post, desk: Desk
) -> None:
    sink = await post.company.node("sink", desk.router, desk.metadata)
    await post.put(post.message(1, seq=1), post.message(3, seq=3), post.message(4, seq=4))
    await rows_when(sink, "bus_held", 2)
    async with client(sink) as operator:
        fourth, third = (await operator.get(PATH, params={"code": "predecessor-missing"})).json()
        assert (third["sequence"], fourth["sequence"]) == (3, 4)
        assert third["stream"] == f"{post.source.address}|case-1"
        answer = await operator.post(f"{PATH}/{third['key']}/proceed")
        assert (answer.status_code, answer.json()["sequence"]) == (200, 3)
        assert await effects_of(sink, desk.effects, 3) == [("case-1", 1), ("case-1", 3), ("case-1", 4)]
        assert (await operator.get(PATH)).json() == []
    await post.put(post.message(2, seq=2))
    (dead,) = await rows_when(sink, "bus_dead", 1)
    assert dead.code == "sequence-reused"


async def test_operator_is_told_of_what_does_not_wait(post: Post, desk: Desk) -> None:
    sink = await post.company.node("sink", desk.router, desk.metadata)
    async with client(sink) as operator:
        answer = await operator.post(f"{PATH}/nothing/proceed")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-waiting")


async def test_held_messages_are_shown_to_the_operator_only(post: Post, desk: Desk) -> None:
    sink = await post.company.node("sink", desk.router, desk.metadata)
    transport = httpx.ASGITransport(app=sink.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sink") as stranger:
        assert (await stranger.get(PATH)).status_code == 401
        assert (await stranger.post(f"{PATH}/nothing/proceed")).status_code == 401


async def test_operator_gets_all_that_is_stuck_in_one_answer_and_no_letter_that_was_handled_again(
    post: Post, desk: Desk
) -> None:
    sink = await post.company.node("sink", desk.router, desk.metadata)
    await post.put(post.message(1, seq=1), post.message(3, seq=3), with_the_wrong_key(post))
    (letter,) = await rows_when(sink, "bus_dead", 1)
    await rows_when(sink, "bus_held", 1)
    async with client(sink) as operator:
        stuck = (await operator.get("/api/v1/stuck")).json()
        assert [row["code"] for row in stuck["dead_letters"]] == ["signature-invalid"]
        assert [row["sequence"] for row in stuck["waiting"]] == [3]
        handled = {"id": "handled", "replayed_at": letter.died_at}
        row = letter._asdict() | handled
        runtime = sink.app.state.runtime
        await runtime.write(lambda uow: uow.session.execute(runtime.tables.dead.insert(), [row]))
        stuck = (await operator.get("/api/v1/stuck")).json()
        assert [row["id"] for row in stuck["dead_letters"]] == [letter.id]
