"""Threat: an operator, or a thief of the operator's token, changes a system and leaves no trace.

Every endpoint that the OpenAPI documents put behind the operator's token and that changes something is asked, as
the operator and without a token: each attempt leaves exactly one entry in the audit trail of its system.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.journeys.kit import RunningCountry
from tests.openapi.documents import DISTINCT, Json, document_of, operations_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

TRAIL = "/api/v1/audit"
OPERATOR_ONLY = (401, "operator-only")


CHANGES_NOTHING = {"POST /api/v1/message-checks"}
"""A check of a message is undone; the operator and every participant may ask for one."""
OPERATORS_IN_PRODUCTION = {f"POST /api/v1/{path}" for path in ("people", "containers/people", "local-tls")}
"""In the sandbox, where these tests run, every caller may do this (docs/reference/profiles.md)."""


def operators_acts(name: str) -> list[tuple[str, str, Json]]:
    """Method, path and description of what only the operator of a system may change there."""
    return [
        (*operation.name.split(" "), operation.content)  # type: ignore[misc]
        for operation in operations_of(document_of(name))
        if OPERATOR_ONLY in operation.errors
        and not operation.name.startswith("GET ")
        and operation.name not in OPERATORS_IN_PRODUCTION | CHANGES_NOTHING
    ]


def filled(path: str, content: Json) -> str:
    """The path with the document's own examples in its places."""
    for parameter in content.get("parameters", ()):
        path = path.replace(f"{{{parameter['name']}}}", str(parameter.get("example")))
    return path


def operator_token(country: RunningCountry, name: str) -> str:
    return (country.folder / name / "operator.token").read_text()


async def ask(country: RunningCountry, name: str, method: str, path: str, token: str | None) -> Any:
    """A request with an empty form, under an identifier of the caller's."""
    headers = {"X-Request-ID": f"{method}:{len(path)}"} | ({"Authorization": f"Bearer {token}"} if token else {})
    return await country.answer(name, method, path, headers=headers, json={})


async def trail_of(country: RunningCountry, name: str) -> list[Json]:
    return list(await country.operator(name).get(TRAIL, limit=1000))


async def test_documents_name_the_acts_of_operators() -> None:
    acts = {(name, method, path) for name in DISTINCT for method, path, _ in operators_acts(name)}
    assert len(acts) > 40
    assert acts >= {
        ("shep_gateway", "PUT", "/api/v1/members/{address}"),
        ("shep_gateway", "DELETE", "/api/v1/rights"),
        ("is_nuc", "POST", "/api/v1/invitations/{address}"),
        ("is_nuc", "POST", "/api/v1/revocations"),
        ("is_mio", "POST", "/api/v1/dead-letters/{letter_id}/replay"),
    }


@pytest.mark.parametrize("name", sorted(DISTINCT))
async def test_every_act_of_an_operator_leaves_one_entry(country: RunningCountry, name: str) -> None:
    token = operator_token(country, name)
    for method, path, content in operators_acts(name):
        for given in (token, None, f"{token}x"):
            before = await trail_of(country, name)
            answer = await ask(country, name, method, filled(path, content), given)
            entry, *earlier = await trail_of(country, name)
            assert earlier == before, f"{method} {path} with the status {answer.status_code}"
            assert (entry["method"], entry["path"]) == (method, path)
            assert entry["operation"] == content["operationId"]
            assert entry["status"] == answer.status_code
            assert (
                entry["request_id"] == answer.headers["x-request-id"] == f"{method}:{len(filled(path, content))}"
            )
            assert entry["actor"] == ("operator" if given == token else "stranger")
            if given != token:
                assert (entry["outcome"], entry["code"]) == ("refused", "operator-only")
    assert (await country.operator(name).get(f"{TRAIL}/verification"))["is_whole"]


async def test_entry_tells_the_target_and_no_secret(country: RunningCountry) -> None:
    nuc, gateway = country.operator("is_nuc"), country.operator("shep_gateway")
    invitation = await nuc.call("POST", "/api/v1/invitations/newcomer")
    await gateway.call("PUT", "/api/v1/members/newcomer", json={"title": "Новая ИС", "is_active": False})
    right = {"sender": "newcomer", "service_id": "unemployment-certificate", "message_type": "NOTIFICATION"}
    assert (await gateway.call("POST", "/api/v1/rights", json=right)).status_code == 201
    (invited, *_), (granted, joined, *_) = await asyncio.gather(
        trail_of(country, "is_nuc"), trail_of(country, "shep_gateway")
    )
    assert (invited["operation"], invited["target"]) == ("invite_system", {"address": "newcomer"})
    assert invitation.json()["token"] not in str(invited)
    assert (joined["target"], joined["outcome"]) == ({"address": "newcomer", "is_active": "False"}, "done")
    assert (granted["target"], granted["status"]) == (right, 201)


async def test_stranger_reads_no_trail(country: RunningCountry) -> None:
    for path in (TRAIL, f"{TRAIL}/verification"):
        answer = await country.answer("shep_gateway", "GET", path)
        assert (answer.status_code, answer.json()["code"]) == OPERATOR_ONLY


async def test_stranger_does_not_fill_the_trail(country: RunningCountry) -> None:
    before = len(await trail_of(country, "enis"))
    path = "/api/v1/waiting/nothing/proceed"
    for _ in range(100):
        await ask(country, "enis", "POST", path, None)
    await ask(country, "enis", "POST", path, operator_token(country, "enis"))
    newest, *earlier = await trail_of(country, "enis")
    assert len(earlier) - before <= 60
    assert newest["actor"] == "operator"
    assert len(earlier) - before + newest["skipped"] == 100, "what has no entry is counted"
