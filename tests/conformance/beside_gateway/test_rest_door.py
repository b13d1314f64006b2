"""The kit answers as ШЭП does: the same calls to both doors, the answers side by side.

What the kit lets pass on purpose, so that its report can name the requirement that is broken (a message that ШЭП
would refuse, a member that no client knows yet), is not compared.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio

from services.tools.conformance.roles.role_list import load_roles
from services.tools.conformance.roles.samples import PERSON_SERVICE, list_people
from services.tools.conformance.run import ConformanceRun
from tests.conformance.playing import KIT, fresh_keys
from tests.journeys.doors import join
from tests.journeys.kit import running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]
MESSAGES = "/api/v1/messages"
Json = dict[str, Any]
OF_TOMORROW = {"x_of_tomorrow"}


@dataclass
class Caller:
    """A participant at a door; ``seen`` are its mails by contract."""

    http: httpx.AsyncClient
    token: str
    seen: dict[str, Json] = field(default_factory=dict)

    async def call(self, method: str, path: str, *, token: str | None = None, **more: Any) -> httpx.Response:
        shown = {} if token == "" else {"Authorization": f"Bearer {token or self.token}"}
        headers = {**shown, **more.pop("headers", {})}
        return await self.http.request(method, path, headers=headers, **more)

    async def take_answer(self) -> Json:
        """The mail with the answer of the register."""
        for _ in range(3):
            mails = (await self.call("GET", f"{MESSAGES}?wait=20")).json()
            for mail in mails:
                if mail["content"]["contract"] == "person-answer/1":
                    return dict(mail)
        raise AssertionError("no answer came")


def question(iin: str, **more: Any) -> Json:
    content = {"contract": "person-query/1", "data": {"iin": iin}}
    return {"service_id": PERSON_SERVICE, "content": content, **more}


IIN = list_people()[2].iin
CALLS: dict[str, tuple[str, str, Json]] = {
    "no token": ("POST", MESSAGES, {"token": "", "json": question(IIN)}),
    "wrong token": ("POST", MESSAGES, {"token": "wrong", "json": question(IIN)}),
    "no JSON": ("POST", MESSAGES, {"content": b"{", "headers": {"Content-Type": "application/json"}}),
    "an array": ("POST", MESSAGES, {"json": [question(IIN)]}),
    "unknown mail": ("PUT", f"{MESSAGES}/unknown/delivery", {"json": {"status": "accepted"}}),
    "other method": ("DELETE", MESSAGES, {}),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def callers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Caller, Caller]]:
    """The participant at the kit, past its outage and its refusal, and at ШЭП."""
    names = ("is_nuc", "shep_gateway", "nr_iin")
    run = ConformanceRun(load_roles()["rest"], fresh_keys(), 30)
    assert run.app is not None
    transport = httpx.ASGITransport(run.app)
    async with (
        running(tmp_path_factory.mktemp("beside"), names=names) as country,
        httpx.AsyncClient(transport=transport, base_url=KIT) as kit_http,
        httpx.AsyncClient(base_url=country.url("shep_gateway"), trust_env=False, timeout=60) as http,
    ):
        kit = Caller(kit_http, run.keys.token)
        for person in list_people()[:2]:
            await kit.call("POST", MESSAGES, json=question(person.iin))
        joined = await join(country, "my-system", asks=[PERSON_SERVICE])
        yield kit, Caller(http, joined.token)


def shape_of(answer: httpx.Response) -> tuple[int, str, Any]:
    """Status, kind of body, and what a program reads of it: a code, or the names of the fields."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    body = answer.json() if "json" in kind else None
    if answer.status_code >= 400:
        return answer.status_code, kind, (body or {}).get("code")
    rows = body if isinstance(body, list) else [body]
    return answer.status_code, kind, [sorted(set(row) - OF_TOMORROW) for row in rows if isinstance(row, dict)]


@pytest.mark.parametrize("name", CALLS)
async def test_kit_refuses_as_the_gateway_does(callers: tuple[Caller, Caller], name: str) -> None:
    method, path, more = CALLS[name]
    kit, gateway = [shape_of(await caller.call(method, path, **more)) for caller in callers]
    assert kit == gateway


async def test_kit_takes_answers_and_concludes_as_the_gateway_does(callers: tuple[Caller, Caller]) -> None:
    shapes: list[list[Any]] = []
    for caller in callers:
        own: list[Any] = []
        key = {"Idempotency-Key": "0b9f5e4e-7f0b-4c0e-8f4e-000000000001"}
        for _ in range(2):
            sent = await caller.call("POST", MESSAGES, json=question(IIN), headers=key)
            own.append(shape_of(sent))
        mail = await caller.take_answer()
        own.append(sorted(mail))
        own.append(sorted(mail["content"]))
        path = f"{MESSAGES}/{quote(mail['message_id'], safe='')}/delivery"
        accepted, refused = {"status": "accepted"}, {"status": "refused", "code": "x"}
        for verdict in ({"status": "maybe"}, accepted, accepted, refused):
            concluded = await caller.call("PUT", path, json=verdict)
            if concluded.status_code == 503:  # the kit loses one answer on purpose
                concluded = await caller.call("PUT", path, json=verdict)
            own.append(shape_of(concluded))
        own.append(shape_of(await caller.call("GET", f"{MESSAGES}/{sent.json()['message_id']}/deliveries")))
        shapes.append(own)
    kit, gateway = shapes
    for number, (one, other) in enumerate(zip(kit, gateway, strict=True)):
        assert one == other, number
