"""The rules of HTTP for every path: HEAD, OPTIONS, a whole Allow, CORS by setting, protective headers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import ValidationError

from shared.bus.http.requests.plain_input import RequestModel
from shared.bus.service import ServiceNode
from shared.bus.settings import Settings
from tests.bus.kit import Company

router = APIRouter()
ORIGIN = "https://agency.example"


class ThingRequest(RequestModel):
    size: int


@router.get("/things")
async def list_things() -> list[int]:
    return [1, 2, 3]


@router.post("/things")
async def add_thing(thing: ThingRequest) -> int:
    return thing.size


@router.delete("/things")
async def drop_things() -> None:
    raise RuntimeError("a fault")


@router.get("/page", response_class=HTMLResponse)
async def show_page() -> str:
    return "<p>page</p>"


@router.get("/endless")
async def stream_for_ever() -> StreamingResponse:
    async def pieces() -> AsyncIterator[bytes]:
        while True:
            yield b"piece"
            await asyncio.sleep(0)

    return StreamingResponse(pieces())


def asking(node: ServiceNode) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=node.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://desk")


@pytest.fixture
async def client(house: Company) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(await house.node("desk", api=router)) as made:
        yield made


@pytest.mark.parametrize("path", ["/things", "/page", "/docs", "/healthz", "/openapi.json"])
async def test_head_answers_as_get_without_the_body(client: httpx.AsyncClient, path: str) -> None:
    asked, told = await client.get(path), await client.head(path)
    assert (told.status_code, told.content) == (asked.status_code, b"")
    assert {name: told.headers[name] for name in asked.headers} == dict(asked.headers)


async def test_head_of_an_endless_stream_ends(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(5):
        answer = await client.head("/endless")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_options_and_the_wrong_method_name_every_method_of_a_path(client: httpx.AsyncClient) -> None:
    told, wrong = await client.options("/things"), await client.patch("/things")
    assert (told.status_code, wrong.status_code, wrong.json()["code"]) == (204, 405, "method-not-allowed")
    for answer in (told, wrong):
        assert answer.headers["allow"] == "DELETE, GET, HEAD, OPTIONS, POST"
    assert (await client.options("/nothing")).status_code == 404
    assert (await client.head("/nothing")).status_code == 404


@pytest.mark.parametrize("how", ["GET /things", "GET /nothing", "DELETE /things", "POST /things", "PUT /things"])
async def test_browser_may_not_guess_the_type_of_any_answer(client: httpx.AsyncClient, how: str) -> None:
    assert (await client.request(*how.split())).headers["x-content-type-options"] == "nosniff"


async def test_every_page_has_a_policy_that_lets_nobody_frame_it(client: httpx.AsyncClient) -> None:
    for path in ("/page", "/docs"):
        policy = (await client.get(path)).headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
async def test_json_under_another_content_type_is_told_plainly(client: httpx.AsyncClient, media_type: str) -> None:
    answer = await client.post("/things", content=b'{"size": 1}', headers={"Content-Type": media_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "content-type-unsupported")
    right = await client.post("/things", content=b'{"size": 1}', headers={"Content-Type": "application/x+json"})
    assert right.status_code == 200
    assert (await client.post("/things")).json()["code"] == "request-malformed"


async def test_pages_of_other_origins_get_nothing_unless_a_setting_lets_them(client: httpx.AsyncClient) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    for answer in (await client.options("/things", headers=asked), await client.get("/things", headers=asked)):
        assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_pages_of_an_allowed_origin_may_call_with_any_method_and_header(house: Company) -> None:
    node = await house.node("open", api=router)
    node.app.state.browser_origins = Settings(cors_origins=f"https://other.example {ORIGIN}").allowed_origins
    async with asking(node) as client:
        wanted = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
        flight = await client.options("/things", headers={"Origin": ORIGIN, **wanted})
        assert flight.headers["access-control-allow-origin"] == ORIGIN
        assert "POST" in flight.headers["access-control-allow-methods"]
        assert flight.headers["access-control-allow-headers"] == "authorization"
        for path in ("/things", "/nothing"):
            answer = await client.get(path, headers={"Origin": ORIGIN})
            assert answer.headers["access-control-allow-origin"] == ORIGIN
            assert "Origin" in answer.headers["vary"]
        stranger = await client.get("/things", headers={"Origin": "https://evil.example"})
        assert "access-control-allow-origin" not in stranger.headers


def test_sandbox_is_open_to_pages_and_a_setting_closes_it() -> None:
    assert Settings().allowed_origins == frozenset()
    assert Settings(clock="sandbox").allowed_origins == {"*"}
    assert Settings(clock="sandbox", cors_origins="").allowed_origins == frozenset()
    for wrong in ("agency.example", "https://a.example/path", "null"):
        with pytest.raises(ValidationError):
            Settings(cors_origins=wrong)
