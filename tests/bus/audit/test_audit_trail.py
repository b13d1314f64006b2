"""The audit trail of one system: what an entry keeps, and that an altered entry is seen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import delete, update

from shared.bus.audit.act_recorder import audits_fields
from shared.bus.errors import Conflict
from shared.bus.http.endpoints import OperatorOnly
from shared.bus.service import ServiceNode
from tests.bus.carrier_peers import Carrier
from tests.bus.kit import Company, Desk

TRAIL = "/api/v1/audit"
router = APIRouter(dependencies=[OperatorOnly])


class LampRequest(BaseModel):
    colour: str
    owner: str


@router.put("/lamps/{name}")
@audits_fields("colour")
async def put_lamp(name: str, request: LampRequest, room: str = "") -> str:
    if request.colour == "black":
        raise Conflict("lamp-broken", "no such light")
    if request.colour == "none":
        raise RuntimeError("a fault of the system")
    return f"{name} {room} {request.colour}"


@pytest.fixture
async def node(database: str | None, tmp_path: Path, desk: Desk) -> AsyncIterator[ServiceNode]:
    company = Company(tmp_path, await Carrier(None).transport(), database)
    yield await company.node("sink", desk.router, desk.metadata, api=router)
    await company.stack.aclose()


def client(node: ServiceNode, **headers: str) -> httpx.AsyncClient:
    token = (node.home / "operator.token").read_text()
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=node.app, raise_app_exceptions=False),
        base_url="http://sink",
        headers={"Authorization": f"Bearer {token}", **headers},
    )


async def acts(node: ServiceNode, **filters: Any) -> list[dict[str, Any]]:
    async with client(node) as operator:
        return list((await operator.get(TRAIL, params=filters)).json())


async def test_entry_keeps_path_query_and_named_fields_and_nothing_else(node: ServiceNode) -> None:
    async with client(node, **{"X-Request-ID": "order-7"}) as operator:
        body = {"colour": "красный", "owner": "Серикбаев"}
        answer = await operator.put("/lamps/hall", params={"room": "5", "note": "тайна"}, json=body)
    assert (answer.status_code, answer.headers["x-request-id"]) == (200, "order-7")
    (entry,) = await acts(node)
    assert entry["target"] == {"name": "hall", "room": "5", "colour": "красный"}
    assert (entry["path"], entry["operation"], entry["outcome"]) == ("/lamps/{name}", "put_lamp", "done")
    assert (entry["n"], entry["actor"], entry["request_id"]) == (1, "operator", "order-7")
    assert "Серикбаев" not in str(entry)
    assert "тайна" not in str(entry)


@pytest.mark.parametrize(
    ("body", "outcome", "status", "code"),
    [
        (b'{"colour": "black", "owner": ""}', "refused", 409, "lamp-broken"),
        (b'{"colour": "none", "owner": ""}', "failed", 500, "internal"),
        (b'{"colour": ', "refused", 422, "request-malformed"),
        (b" " * 40_000, "refused", 413, "request-too-large"),
    ],
)
async def test_act_that_came_to_nothing_has_its_entry(
    node: ServiceNode, body: bytes, outcome: str, status: int, code: str
) -> None:
    async with client(node, **{"Content-Type": "application/json"}) as operator:
        answer = await operator.put("/lamps/hall", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    (entry,) = await acts(node)
    assert (entry["outcome"], entry["status"], entry["code"]) == (outcome, status, code)


async def test_act_with_a_sign_that_no_database_keeps_is_refused_and_has_its_entry(node: ServiceNode) -> None:
    async with client(node) as operator:
        answer = await operator.put("/lamps/hall%00", json={"colour": "крас\x00ный", "owner": ""})
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")
    (entry,) = await acts(node)
    assert (entry["outcome"], entry["status"], entry["code"]) == ("refused", 422, "request-malformed")
    assert entry["target"]["name"] == "hall\x00"


async def test_strangers_body_is_not_kept(node: ServiceNode) -> None:
    async with client(node, Authorization="Bearer guess") as stranger:
        await stranger.put("/lamps/hall", json={"colour": "red", "owner": ""})
    (entry,) = await acts(node)
    assert (entry["actor"], entry["code"], entry["target"]) == ("stranger", "operator-only", {"name": "hall"})


async def test_newest_act_comes_first_and_earlier_ones_are_reached(node: ServiceNode) -> None:
    async with client(node) as operator:
        for colour in ("red", "black", "green"):
            await operator.put("/lamps/hall", json={"colour": colour, "owner": ""})
    assert [entry["target"]["colour"] for entry in await acts(node, limit=2)] == ["green", "black"]
    assert [entry["target"]["colour"] for entry in await acts(node, before=2)] == ["red"]
    assert [entry["n"] for entry in await acts(node, outcome="refused")] == [2]


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_altered_entry_is_seen(node: ServiceNode, is_deleted: bool) -> None:
    async with client(node) as operator:
        for colour in ("red", "green", "blue"):
            await operator.put("/lamps/hall", json={"colour": colour, "owner": ""})
        whole = (await operator.get(f"{TRAIL}/verification")).json()
        assert whole == {"entries": 3, "is_whole": True, "first_broken": None}
        table = node.runtime.tables.audit
        change = delete(table) if is_deleted else update(table).values(actor="stranger")
        await node.runtime.write(lambda uow: uow.session.execute(change.where(table.c.n == 2)))
        broken = (await operator.get(f"{TRAIL}/verification")).json()
    assert (broken["is_whole"], broken["first_broken"]) == (False, 3 if is_deleted else 2)
