"""Short ways: which requests go there, and that both ways answer errors alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response

from shared.bus.errors import Conflict
from shared.bus.http.endpoints import install_error_handling
from shared.bus.http.requests.short_ways import PlainRequest, ShortCall, ShortWay, install_short_ways


async def greet(http: Request) -> dict[str, str]:
    """The endpoint, as FastAPI calls it."""
    body = await http.body()
    if body == b"refused":
        raise Conflict("taken")
    return {"way": "long", "body": body.decode()}


def read_greeting(plain: PlainRequest) -> ShortCall | None:
    """Bodies in small letters are of the usual form."""
    if not plain.body.decode().islower() or plain.query:
        return None

    async def greet_shortly(request: Request) -> Response:
        if plain.body == b"refused":
            raise Conflict("taken")
        assert request.scope["route"].path == "/greetings"
        return Response(f"short {plain.headers['x-name']} {await request.body()!r}")

    return greet_shortly


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.post("/greetings")(greet)
    app.get("/greetings")(greet)
    install_short_ways(app, [ShortWay(greet, "/greetings", read_greeting)], most_bytes=100)
    install_error_handling(app, {})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def post(client: httpx.AsyncClient, content: Any, query: str = "", names: Sequence[str] = ("you",)) -> str:
    headers = [("x-name", name) for name in names]
    return (await client.post(f"/greetings{query}", content=content, headers=headers)).text


async def test_request_of_the_usual_form_goes_the_short_way(client: httpx.AsyncClient) -> None:
    assert await post(client, b"hello") == "short you b'hello'"


async def test_every_other_request_goes_the_long_way_with_its_body(client: httpx.AsyncClient) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"hel"
        yield b"lo"

    for answer, body in (
        (await post(client, b"Hello"), "Hello"),
        (await post(client, b"hello", query="?a=1"), "hello"),
        (await post(client, b"hello", names=("you", "me")), "hello"),
        (await post(client, pieces()), "hello"),
        (await post(client, b"h" * 101), "h" * 101),
        ((await client.get("/greetings", headers={"x-name": "you"})).text, ""),
    ):
        assert answer == f'{{"way":"long","body":"{body}"}}'


async def test_both_ways_render_an_error_alike(client: httpx.AsyncClient) -> None:
    short = await client.post("/greetings", content=b"refused")
    long = await client.post("/greetings?a=1", content=b"refused")
    assert (short.status_code, short.json()["code"]) == (409, "taken")
    assert (short.content, short.headers) == (long.content, long.headers)
