"""schemathesis asks every operation of every system what its document allows: the answers are as documented."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.journeys.kit import EMPLOYEE_PASSWORD, PASSWORD, RunningCountry, running
from tests.openapi.documents import DISTINCT, Json, document_of, operations_of

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 5
SECONDS = 20.0
BYTES = ["application/pdf", "application/ocsp-request", "application/timestamp-query"]
"""Bodies of bytes that schemathesis does not know by their media types."""
schemathesis.serializer.alias(BYTES, "application/octet-stream")
WITHOUT_END = {"stream_events"}
"""A stream that is given has no end."""

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]


@dataclass(frozen=True)
class Visitor:
    """Asks the operations of one system, in its own process, as whoever may."""

    country: RunningCountry
    name: str
    operator: str
    session: str
    loop: asyncio.AbstractEventLoop

    def ask(self, case: Any) -> httpx.Response:
        """The answer to a case that schemathesis made; called from another thread than the system's."""
        return asyncio.run_coroutine_threadsafe(self._send(case), self.loop).result(SECONDS)

    async def _send(self, case: Any) -> httpx.Response:
        wanted = case.as_transport_kwargs(base_url="http://system")
        request: Json = {name: wanted.get(name) for name in ("method", "url", "params", "json")}
        codes = str(case.operation.definition.raw["responses"].get("401", ""))
        token = self.operator if "operator-only" in codes else self.session
        headers = {**dict(wanted.get("headers") or {}), "Authorization": f"Bearer {token}"}
        if wanted.get("data") is not None:
            is_form = isinstance(wanted["data"], dict)
            request["data" if is_form else "content"] = wanted["data"]
        if wanted.get("files") is not None:
            # schemathesis makes its parts for requests, whose multipart also takes numbers
            form = requests.Request("POST", "http://system", files=wanted["files"]).prepare()
            request["content"], headers["Content-Type"] = form.body, form.headers["Content-Type"]
        transport = httpx.ASGITransport(
            app=self.country.deployment.nodes[self.name].app, raise_app_exceptions=False
        )
        async with httpx.AsyncClient(transport=transport) as client:
            return await client.request(**request, headers=headers)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fuzzed_land(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A country that may be spoiled."""
    folder = tmp_path_factory.mktemp("fuzzed")
    async with running(folder, environment={"EGOV_CLERKS": "manual", "EGOV_REGISTER_SECONDS": "5"}) as made:
        yield made


@cache
def new_operations() -> tuple[tuple[str, str], ...]:
    """Each operation once, at the first system that has it: pairs of the system and the operation's id."""
    seen, new = set(), []
    for name in DISTINCT:
        for operation in operations_of(document_of(name)):
            known = (operation.name, operation.content["operationId"], operation.content["description"])
            if known not in seen and operation.content["operationId"] not in WITHOUT_END:
                seen.add(known)
                new.append((name, operation.content["operationId"]))
    return tuple(new)


@pytest.mark.parametrize("name", sorted(DISTINCT))
async def test_operation_answers_as_its_document_says(fuzzed_land: RunningCountry, name: str) -> None:
    loop = asyncio.get_running_loop()
    token = (fuzzed_land.folder / name / "operator.token").read_text()
    visitor = Visitor(fuzzed_land, name, token, await _log_in(fuzzed_land, name), loop)
    document = schemathesis.openapi.from_dict(document_of(name))
    wanted = {operation for system, operation in new_operations() if system == name}
    asked = [await asyncio.to_thread(_ask_operation, visitor, one) for one in _operations(document, wanted)]
    assert len(asked) == len(wanted)
    assert "\n".join(fault for fault in asked if fault) == ""


async def _log_in(country: RunningCountry, name: str) -> str:
    """A session at a system where people log in, else nothing."""
    if name == "portal_pep":
        citizen = await country.newcomer()
        return await citizen.portal.log_in(citizen.person.iin, PASSWORD)
    if "list_employees" not in {one.content["operationId"] for one in operations_of(document_of(name))}:
        return ""
    iin = (await country.operator(name).get("/api/v1/employees"))[0]["iin"]
    body = {"iin": iin, "password": EMPLOYEE_PASSWORD}
    return str((await country.answer(name, "POST", "/api/v1/login", json=body)).json()["token"])


def _operations(document: Any, wanted: set[str]) -> Iterator[Any]:
    for result in document.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] in wanted:
            yield operation


def _ask_operation(visitor: Visitor, operation: Any) -> str:
    """Ask an operation several times; returns what is wrong with an answer, or nothing."""

    @seed(20_261_128)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def ask_once(case: Any) -> None:
        case.validate_response(visitor.ask(case), checks=CHECKS)

    try:
        ask_once()
    except BaseExceptionGroup as group:
        return f"{operation.label}: " + "; ".join(str(fault) for fault in group.exceptions)
    return ""
