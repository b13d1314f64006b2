"""The HTTP edge: problems, languages, limits, health."""

from __future__ import annotations

import pickle
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Body
from pydantic import BaseModel, Field

from shared.bus.errors import (
    BusError,
    Conflict,
    Internal,
    Malformed,
    NotFound,
    Refused,
    Throttled,
    Unavailable,
    Untrusted,
)
from shared.bus.http.endpoints import Language, OperatorOnly, ServiceRuntime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.bus.service import ServiceNode
from tests.bus.kit import Company

LIMIT = 2048
TEXTS = {"place-taken": {"ru": "Место занято", "kk": "Орын бос емес", "en": "The place is taken"}}
ERRORS = {
    error.code: error
    for error in (
        Malformed("iin-check-digit"),
        Untrusted("token-wrong"),
        Refused("not-yours"),
        NotFound("application-unknown"),
        Conflict("place-taken", "for developers", place=7),
        Unavailable("register-away"),
        Throttled("too-often", retry_after=30),
        Internal("key-missing"),
    )
}
router = APIRouter()


class Person(BaseModel):
    iin: Annotated[str, Field(pattern=r"^\d{12}$")]
    age: int


@router.get("/fail/{code}")
async def fail(code: str) -> None:
    raise ERRORS[code]


@router.get("/language")
async def tell_language(tag: Language) -> str:
    return tag


@router.post("/people")
async def add_person(person: Person) -> int:
    return person.age


@router.post("/bytes")
async def take_bytes(content: Annotated[bytes, Body(media_type="application/octet-stream")]) -> int:
    return len(content)


@router.post("/write")
async def write(runtime: ServiceRuntime) -> int:
    def act(uow: UnitOfWork) -> int:
        return 7

    return await runtime.write(act)


@router.get("/operator", dependencies=[OperatorOnly])
async def operator_only() -> str:
    return "welcome"


@pytest.fixture
async def node(house: Company) -> ServiceNode:
    return await house.node("desk", api=router, texts=TEXTS, max_message_bytes=LIMIT)


@pytest.fixture
async def client(node: ServiceNode) -> AsyncIterator[httpx.AsyncClient]:
    async with asking(node) as made:
        yield made


def asking(node: ServiceNode) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=node.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://desk")


def check_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check a problem document of RFC 9457 and its code."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["type"] == f"urn:egov-bus:error:{code}"
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize("code", ERRORS)
async def test_problem_of_each_kind_of_error_has_its_status(client: httpx.AsyncClient, code: str) -> None:
    error = ERRORS[code]
    problem = check_problem(await client.get(f"/fail/{code}"), error.http_status, code)
    assert problem["title"] == type(error).__name__


async def test_problem_statuses_of_the_error_tree_are_the_public_ones() -> None:
    assert {type(error).__name__: error.http_status for error in ERRORS.values()} == {
        "Malformed": 422,
        "Untrusted": 401,
        "Refused": 403,
        "NotFound": 404,
        "Conflict": 409,
        "Unavailable": 503,
        "Throttled": 429,
        "Internal": 500,
    }


async def test_problem_carries_the_details_and_all_languages(client: httpx.AsyncClient) -> None:
    problem = check_problem(await client.get("/fail/place-taken"), 409, "place-taken")
    assert problem["place"] == 7
    assert problem["texts"] == TEXTS["place-taken"]


async def test_problem_of_a_code_without_texts_is_told_to_developers(client: httpx.AsyncClient) -> None:
    problem = check_problem(await client.get("/fail/not-yours"), 403, "not-yours")
    assert problem["detail"] == "not-yours"
    assert "texts" not in problem


async def test_problem_members_are_not_replaced_by_details(house: Company) -> None:
    own = APIRouter()

    @own.get("/fail")
    async def fail_with_loud_details() -> None:
        raise Conflict("place-taken", status="shouting", title=1)

    node = await house.node("loud", api=own, texts=TEXTS)
    async with asking(node) as client:
        problem = check_problem(await client.get("/fail"), 409, "place-taken")
    assert problem["title"] == "Conflict"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("kk", "Орын бос емес"),
        ("kk-KZ,ru;q=0.9", "Орын бос емес"),
        ("en-US", "The place is taken"),
        ("EN", "The place is taken"),
        ("de,en;q=0.5", "The place is taken"),
        ("de", "Место занято"),
        ("", "Место занято"),
        (None, "Место занято"),
    ],
)
async def test_problem_speaks_the_first_language_that_was_asked_for_and_is_ours(
    client: httpx.AsyncClient, asked: str | None, told: str
) -> None:
    headers = {"Accept-Language": asked} if asked is not None else {}
    assert (await client.get("/fail/place-taken", headers=headers)).json()["detail"] == told


async def test_endpoint_is_told_the_language(client: httpx.AsyncClient) -> None:
    assert (await client.get("/language", headers={"Accept-Language": "kk"})).json() == "kk"


async def test_rate_limit_refusal_tells_when_to_come_back(client: httpx.AsyncClient) -> None:
    assert (await client.get("/fail/too-often")).headers["retry-after"] == "30"


async def test_unknown_path_is_a_problem(client: httpx.AsyncClient) -> None:
    check_problem(await client.get("/nowhere"), 404, "not-found")


async def test_wrong_method_is_a_problem_that_names_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.get("/people")
    check_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "OPTIONS, POST"


async def test_malformed_request_names_the_fields_and_not_their_values(client: httpx.AsyncClient) -> None:
    answer = await client.post("/people", json={"iin": "850101100022x", "age": "secret"})
    problem = check_problem(answer, 422, "request-malformed")
    assert problem["fields"] == [
        {"field": "body.iin", "fault": "string_pattern_mismatch"},
        {"field": "body.age", "fault": "int_parsing"},
    ]
    assert "850101100022" not in answer.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("content", [b"{", b"", b"\xff", b"[" * 1500])
async def test_body_that_is_not_json_is_a_problem(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/people", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422)
    check_problem(answer, answer.status_code, "request-malformed")


async def test_internal_error_is_told_without_its_details(client: httpx.AsyncClient) -> None:
    answer = await client.get("/fail/a-secret-that-is-no-code")
    problem = check_problem(answer, 500, "internal")
    assert "secret" not in answer.text.replace(problem.get("instance", ""), "")
    assert "KeyError" not in answer.text


async def test_body_of_the_limit_is_taken(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/octet-stream"}
    answer = await client.post("/bytes", content=b"x" * LIMIT, headers=headers)
    assert (answer.status_code, answer.json()) == (200, LIMIT)


@pytest.mark.parametrize("path", ["/bytes", "/people"])
async def test_body_that_is_announced_too_large_is_refused(client: httpx.AsyncClient, path: str) -> None:
    check_problem(await client.post(path, content=b"x" * (LIMIT + 1)), 413, "request-too-large")


@pytest.mark.parametrize("path", ["/bytes", "/people"])
async def test_body_that_turns_out_too_large_is_refused(client: httpx.AsyncClient, path: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(LIMIT):
            yield b"xx"

    answer = await client.post(path, content=endless(), headers={"Content-Type": "application/json"})
    check_problem(answer, 413, "request-too-large")


@pytest.mark.parametrize("length", ["-1", "many", "1e3"])
async def test_content_length_that_is_no_number_is_refused(client: httpx.AsyncClient, length: str) -> None:
    answer = await client.post("/bytes", content=b"x", headers={"Content-Length": length})
    assert answer.status_code in (400, 413, 422)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_health_is_up_before_the_service_is_ready(house: Company) -> None:
    node = house.made("early")
    async with asking(node) as client:
        health, readiness = await client.get("/healthz"), await client.get("/readyz")
    assert (health.status_code, health.json()) == (200, {"status": "UP"})
    assert (readiness.status_code, readiness.json()) == (503, {"status": "DOWN"})


async def test_readiness_of_a_service_that_runs_is_up(client: httpx.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "UP"})


async def test_readiness_of_a_service_that_has_stopped_is_down(
    node: ServiceNode, client: httpx.AsyncClient
) -> None:
    await node.stop()
    assert (await client.get("/readyz")).status_code == 503


async def test_request_before_the_start_is_told_to_come_back(house: Company) -> None:
    node = house.made("early", api=router)
    async with asking(node) as client:
        check_problem(await client.post("/write"), 503, "service-stopped")


async def test_endpoint_writes_through_the_runtime(client: httpx.AsyncClient) -> None:
    assert (await client.post("/write")).json() == 7


async def test_operator_endpoint_opens_to_the_operators_token(
    node: ServiceNode, client: httpx.AsyncClient
) -> None:
    token = (node.home / "operator.token").read_text()
    answer = await client.get("/operator", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()) == (200, "welcome")


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", "Basic abc", "Bearer ключ".encode()])
async def test_operator_endpoint_opens_to_nobody_else(
    client: httpx.AsyncClient, header: str | bytes | None
) -> None:
    headers = {b"Authorization": header.encode() if isinstance(header, str) else header} if header else {}
    check_problem(await client.get("/operator", headers=headers), 401, "operator-only")


async def test_operator_token_is_readable_by_its_owner_only(node: ServiceNode) -> None:
    assert (node.home / "operator.token").stat().st_mode & 0o077 == 0


def test_error_survives_pickling() -> None:
    error = pickle.loads(pickle.dumps(ERRORS["place-taken"]))  # noqa: S301 - our own bytes
    assert isinstance(error, BusError)
    assert (error.code, error.message, error.details) == ("place-taken", "for developers", {"place": 7})


@pytest.mark.parametrize(
    "address",
    [
        "/fail/%00",
        "/fail/a%0Ab",
        "/fail/%1B%5B2J",
        "/fail/%ff",
        "/fail/%ED%A0%80",
        "/fail/%E2%80%AE",
        f"/fail/{'x' * 501}",
        "/language?a=%00",
        "/language?a=%C3%28",
        "/language?%E2%81%A6=1",
        f"/language?a={'9' * 501}",
        "/language?" + "a=1&" * 101,
    ],
)
async def test_address_that_is_not_plain_text_is_refused(client: httpx.AsyncClient, address: str) -> None:
    answer = await client.get(address)
    assert (answer.status_code, answer.json()["code"]) == (422, "request-malformed")
    assert len(answer.content) < 2000


async def test_address_with_letters_of_any_script_reaches_its_endpoint(client: httpx.AsyncClient) -> None:
    answer = await client.get("/language?a=%D2%9A%D0%B0%D0%B7+1%20%F0%9F%99%82&b=" + "x" * 500)
    assert (answer.status_code, answer.json()) == (200, "ru")
