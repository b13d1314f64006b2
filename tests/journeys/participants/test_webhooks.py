"""Webhooks and the live stream: what comes into a mailbox goes to the participant without asking."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import pairwise
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.shep_gateway.doors.participant_limits import ParticipantLimits
from shared.bus.errors import Throttled
from shared.contracts.registers import PERSON_SERVICE
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry, eventually
from tests.journeys.participants.webhook_receiver import PostedEvent, WebhookReceiver, listening

pytestmark = pytest.mark.asyncio(loop_scope="session")

WEBHOOK = "/api/v1/webhook"


async def call(
    country: RunningCountry, system: JoinedSystem, method: str, path: str, body: Any = None
) -> httpx.Response:
    return await country.answer("shep_gateway", method, path, headers=system.headers, json=body)


async def send_question(country: RunningCountry, system: JoinedSystem, case: str | None = None) -> str:
    """The case of a question about a person."""
    content = {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}}
    body = {"service_id": PERSON_SERVICE, "correlation_id": case, "content": content}
    response = await call(country, system, "POST", "/api/v1/messages", body)
    assert response.status_code == 201, response.text
    return str(response.json()["correlation_id"])


async def set_webhook(country: RunningCountry, system: JoinedSystem, url: str, **settings: Any) -> str:
    """The secret of a new webhook."""
    response = await call(country, system, "PUT", WEBHOOK, {"url": url, **settings})
    assert response.status_code == 200, response.text
    return str(response.json()["secret"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(country: RunningCountry) -> AsyncIterator[JoinedSystem]:
    yield await join(country, "webhook-system", asks=[PERSON_SERVICE])


@pytest_asyncio.fixture(loop_scope="session")
async def receiver(country: RunningCountry, system: JoinedSystem) -> AsyncIterator[WebhookReceiver]:
    async with listening() as receiver:
        yield receiver
    await call(country, system, "DELETE", WEBHOOK)


def cases_of(posted: list[PostedEvent]) -> list[str]:
    return [event.data["correlation_id"] for event in posted]


async def test_message_is_posted_signed_and_again_after_a_failure_with_the_same_id(
    country: RunningCountry, system: JoinedSystem, receiver: WebhookReceiver
) -> None:
    secret = await set_webhook(country, system, receiver.url)
    receiver.statuses += [503, 302]
    case = await send_question(country, system)
    posted = await receiver.wait_until(lambda posted: len(posted) == 3)
    assert cases_of(posted) == [case] * 3
    assert len({event.headers["webhook-id"] for event in posted}) == 1
    assert all(event.is_signed_by(secret) for event in posted)
    assert posted[0].data["content"]["data"]["person"]["iin"] == LIVING[7].iin
    shown = (await call(country, system, "GET", WEBHOOK)).json()
    assert (shown["url"], shown["secret"]) == (receiver.url, None)
    waiting = (await call(country, system, "GET", f"/api/v1/messages?correlation_id={case}")).json()
    assert len(waiting) == 1, "an answer of the endpoint is no verdict about the message"
    await shows_each_attempt(country, system, case, posted)


async def shows_each_attempt(
    country: RunningCountry, system: JoinedSystem, case: str, posted: list[PostedEvent]
) -> None:
    """Every attempt is an exchange with its bytes and its verdict, the newest first."""
    listed = f"/api/v1/exchanges?door=webhook&correlation_id={case}"
    attempts = await eventually(lambda: fetch(country, system, listed), lambda rows: len(rows) == len(posted))
    told = [(attempt["http_status"], attempt["code"]) for attempt in reversed(attempts)]
    assert told == [(503, "endpoint-status"), (302, "endpoint-status"), (204, None)]
    whole = await fetch(country, system, f"/api/v1/exchanges/{attempts[0]['id']}")
    assert whole["request"]["body"].encode() == posted[-1].body
    assert whole["request"]["headers"]["webhook-id"] == posted[-1].headers["webhook-id"]


async def fetch(country: RunningCountry, system: JoinedSystem, path: str) -> Any:
    return (await call(country, system, "GET", path)).json()


async def test_rotated_secret_signs_beside_the_old_one(
    country: RunningCountry, system: JoinedSystem, receiver: WebhookReceiver
) -> None:
    old = await set_webhook(country, system, receiver.url, concludes=True)
    new = (await call(country, system, "POST", f"{WEBHOOK}/secret")).json()["secret"]
    case = await send_question(country, system)
    (event,) = await receiver.wait_until(lambda posted: len(posted) == 1)
    assert new != old
    assert event.is_signed_by(old)
    assert event.is_signed_by(new)
    assert not event.is_signed_by("whsec_" + "A" * 43 + "=")
    path = f"/api/v1/messages?correlation_id={case}"
    for _ in range(50):
        if not (waiting := (await call(country, system, "GET", path)).json()):
            break
        await asyncio.sleep(0.05)
    assert waiting == [], "this webhook accepts messages by its answer"


async def test_endpoint_that_has_a_wrong_secret_refuses_until_it_has_the_right_one(
    country: RunningCountry, system: JoinedSystem, receiver: WebhookReceiver
) -> None:
    await set_webhook(country, system, receiver.url)
    receiver.secret = "whsec_" + "A" * 43 + "="
    case = await send_question(country, system)
    await receiver.wait_until(lambda posted: len(posted) >= 2)
    listed = f"/api/v1/exchanges?door=webhook&correlation_id={case}"
    attempts = await eventually(lambda: fetch(country, system, listed), bool)
    assert {(attempt["http_status"], attempt["code"]) for attempt in attempts} == {(401, "endpoint-status")}
    waiting = (await call(country, system, "GET", f"/api/v1/messages?correlation_id={case}")).json()
    assert [mail["state"] for mail in waiting] == ["WAITING"], "nothing is lost meanwhile"
    receiver.secret = (await call(country, system, "POST", f"{WEBHOOK}/secret")).json()["secret"]
    accepted = await eventually(lambda: fetch(country, system, listed), lambda rows: rows[0]["http_status"] == 204)
    assert accepted[0]["code"] is None


async def test_case_that_fails_keeps_its_order_and_holds_up_no_other(
    country: RunningCountry, system: JoinedSystem, receiver: WebhookReceiver
) -> None:
    await set_webhook(country, system, receiver.url)
    receiver.statuses += [500]
    stuck = await send_question(country, system)
    await receiver.wait_until(lambda posted: len(posted) == 1)
    await send_question(country, system, stuck)
    other = await send_question(country, system)
    posted = await receiver.wait_until(lambda posted: len(posted) == 4)
    assert cases_of(posted)[1] == other
    first, again, second = (event for event in posted if event.data["correlation_id"] == stuck)
    assert first.headers["webhook-id"] == again.headers["webhook-id"] != second.headers["webhook-id"]


async def test_endpoint_that_never_answers_slows_no_other_participant(
    country: RunningCountry, system: JoinedSystem, receiver: WebhookReceiver
) -> None:
    slow = await join(country, "webhook-slow", asks=[PERSON_SERVICE])
    async with listening() as silent:
        silent.statuses += [0] * 8
        await set_webhook(country, slow, silent.url)
        await set_webhook(country, system, receiver.url)
        for _ in range(8):
            await send_question(country, slow)
        await silent.wait_until(lambda posted: len(posted) == 4)
        case = await send_question(country, system)
        assert cases_of(await receiver.wait_until(lambda posted: len(posted) == 1, 2)) == [case]
        await call(country, slow, "DELETE", WEBHOOK)


async def test_replay_posts_again_what_came_since(
    country: RunningCountry, system: JoinedSystem, receiver: WebhookReceiver
) -> None:
    since = (await country.answer("shep_gateway", "GET", "/api/v1/time")).json()["now"]
    before = await send_question(country, system)
    await call(country, system, "GET", f"/api/v1/messages?correlation_id={before}&wait=10")
    await set_webhook(country, system, receiver.url)
    after = await send_question(country, system)
    await receiver.wait_until(lambda posted: len(posted) == 1)
    replay = await country.answer(
        "shep_gateway", "POST", f"{WEBHOOK}/replay", headers=system.headers, params={"since": since}
    )
    assert replay.json() == {"queued": 2}
    posted = await receiver.wait_until(lambda posted: len(posted) == 3)
    assert sorted(cases_of(posted)) == sorted([after, before, after])
    assert len({event.headers["webhook-id"] for event in posted}) == 2, "an event keeps its id"
    events = (await call(country, system, "GET", f"{WEBHOOK}/events")).json()
    assert {row["correlation_id"] for row in events} == {before, after}


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://169.254.169.254/latest", "http://bank.kz/", "http://[::2]/"]
)
async def test_webhook_at_a_host_that_is_not_listed_is_refused(
    country: RunningCountry, system: JoinedSystem, url: str
) -> None:
    response = await call(country, system, "PUT", WEBHOOK, {"url": url})
    assert (response.status_code, response.json()["code"]) == (403, "push-host-refused")


async def test_stream_brings_what_waits_and_what_comes_and_goes_on_after_a_break(country: RunningCountry) -> None:
    system = await join(country, "stream-system", asks=[PERSON_SERVICE])
    first = await send_question(country, system)
    async with httpx.AsyncClient(base_url=country.url("shep_gateway"), headers=system.headers) as http:
        async with http.stream("GET", "/api/v1/messages/stream") as answer:
            lines = answer.aiter_lines()
            assert (await next_event(lines))["correlation_id"] == first
            second = await send_question(country, system)
            event = await next_event(lines)
            assert event["correlation_id"] == second
        headers = {"Last-Event-ID": event["event_id"]}
        async with http.stream("GET", "/api/v1/messages/stream", headers=headers) as answer:
            third = await send_question(country, system)
            assert (await next_event(answer.aiter_lines()))["correlation_id"] == third


async def test_streams_of_a_participant_are_few_and_end_with_its_token(country: RunningCountry) -> None:
    system = await join(country, "stream-guest")
    path = "/api/v1/messages/stream"
    async with (
        AsyncExitStack() as streams,
        httpx.AsyncClient(base_url=country.url("shep_gateway"), headers=system.headers) as http,
    ):
        answers = [await streams.enter_async_context(http.stream("GET", path)) for _ in range(5)]
        sixth = await http.get(path)
        assert (sixth.status_code, sixth.json()["code"]) == (429, "too-many-streams")
        await asyncio.sleep(0.2)  # the streams wait for mail
        await country.operator("shep_gateway").call("POST", f"/api/v1/participants/{system.address}/token")
        async with asyncio.timeout(3):
            rests = await asyncio.gather(*(answer.aread() for answer in answers))
        assert all(b"data:" not in rest for rest in rests)
    refused = await country.answer("shep_gateway", "GET", path, headers=system.headers)
    assert (refused.status_code, refused.json()["code"]) == (401, "participant-token")


async def next_event(lines: AsyncIterator[str]) -> dict[str, Any]:
    event_id = ""
    async with asyncio.timeout(10):
        async for line in lines:
            name, _, value = line.partition(": ")
            event_id = value if name == "id" else event_id
            if name == "data":
                data = json.loads(value)
            if not line and event_id:
                return {**data, "event_id": event_id}
    raise AssertionError("the stream has ended")


async def test_answer_tells_how_many_calls_the_minute_leaves(
    country: RunningCountry, system: JoinedSystem
) -> None:
    answers = [await call(country, system, "GET", "/api/v1/messages") for _ in range(4)]
    left = [int(answer.headers["ratelimit-remaining"]) for answer in answers]
    assert {before - after for before, after in pairwise(left)} >= {1}
    last = answers[-1].headers
    assert int(last["ratelimit-limit"]) > left[-1]
    assert 1 <= int(last["ratelimit-reset"]) <= 60


async def test_participant_over_its_calls_is_told_when_to_come_again() -> None:
    limits = ParticipantLimits(2)
    for _ in range(2):
        limits.count_call("busy")
    with pytest.raises(Throttled, match="too many calls") as refused:
        limits.count_call("busy")
    assert (refused.value.code, refused.value.http_status) == ("too-many-calls", 429)
    assert 1 <= refused.value.details["retry_after"] <= 60
    limits.count_call("another")
