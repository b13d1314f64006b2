"""The doors by which systems of other processes hear of rules: for systems of the country only, signed by both."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.bus.messages import jws
from shared.bus.messages.gate import body_digest
from shared.bus.messages.trust import SystemIdentity
from shared.pki.client.enrolment import read_enrolment
from tests.journeys.doors import join
from tests.journeys.kit import RunningCountry, running

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]
FAULTS, FOLLOWING, REPORTS = (f"/api/v1/sandbox/{name}" for name in ("faults", "following", "reports"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    names = ("is_nuc", "shep_gateway", "enis", "nr_iin")
    async with running(tmp_path_factory.mktemp("followed"), names=names) as one:
        yield one


def identity_of(country: RunningCountry, name: str) -> SystemIdentity:
    enrolled = read_enrolment(country.folder / name, name)
    assert enrolled is not None
    return enrolled.identity


async def call(
    country: RunningCountry, path: str, signer: SystemIdentity | None, to: str = "shep_gateway", **body: Any
) -> httpx.Response:
    """A question or a report as a follower sends it, signed by ``signer``."""
    now = datetime.now(UTC).isoformat()  # noqa: TID251 - the machine's time, as followers write it
    content = json.dumps({"process": "p1", "at": now, **body}).encode()
    signature = "x" if signer is None else signer.sign(content, {"to": to})
    headers = {"X-Signature": signature, "Content-Type": "application/json"}
    answer = await country.answer("shep_gateway", "POST", path, content=content, headers=headers)
    if answer.is_success and signer is not None:
        token = jws.parse(answer.headers["X-Signature"])
        jws.verify(token, identity_of(country, "shep_gateway").key.public_key(), answer.content)
        assert token.claims["re"] == body_digest(content), "the answer is to this question"
        assert token.claims["to"] == signer.address
    return answer


async def ask(country: RunningCountry, signer: SystemIdentity | None, **body: Any) -> httpx.Response:
    return await call(country, FOLLOWING, signer, **{"nonce": "n", "instances": ["enis"], **body})


async def test_system_of_the_country_gets_the_rules_and_an_answer_without_them_once_it_has_them(
    country: RunningCountry,
) -> None:
    operator, enis = country.operator("shep_gateway"), identity_of(country, "enis")
    added = await operator.post(FAULTS, {"effect": {"kind": "down"}, "system": "nr_iin", "ends": "999999"})
    told = (await ask(country, enis)).json()
    assert [rule["id"] for rule in told["rules"]] == [added["rule"]["id"]]
    again = (await ask(country, enis, version=told["version"])).json()
    assert again == {"version": told["version"]}
    await operator.call("DELETE", FAULTS)
    ended = (await ask(country, enis, version=told["version"], wait=20)).json()
    assert ended["rules"] == []
    assert ended["version"] != told["version"]


async def test_stranger_participant_old_or_changed_question_hears_of_no_rule(country: RunningCountry) -> None:
    enis = identity_of(country, "enis")
    stranger = SystemIdentity("enis", identity_of(country, "nr_iin").key, enis.thumbprint)
    joined = await join(country, "hears-no-rule")
    past = (datetime.now(UTC) - timedelta(hours=1)).isoformat()  # noqa: TID251 - the machine's time
    answers = {
        "unsigned": await ask(country, None),
        "a key of another": await ask(country, stranger),
        "for another system": await ask(country, enis, to="is_nuc"),
        "kept for an hour": await ask(country, enis, at=past),
        "a participant": await country.answer(
            "shep_gateway",
            "POST",
            FOLLOWING,
            json={"process": "p", "at": past, "nonce": "n", "instances": []},
            headers={**joined.headers, "X-Signature": "x"},
        ),
    }
    assert {name: (one.status_code, one.json()["code"]) for name, one in answers.items()} == {
        "unsigned": (422, "signature-malformed"),
        "a key of another": (401, "signature-invalid"),
        "for another system": (401, "follower-refused"),
        "kept for an hour": (401, "follower-refused"),
        "a participant": (422, "signature-malformed"),
    }


async def test_report_that_comes_again_is_journaled_once_and_for_its_signer_only(country: RunningCountry) -> None:
    operator, enis = country.operator("shep_gateway"), identity_of(country, "enis")
    firing = {"at": "2026-03-16T09:00:00Z", "rule_id": "told", "kind": "drop", "place": "inbox", "case_id": "c1"}
    for number in (1, 1, 2, 1):
        body: dict[str, Any] = {"number": number, "firings": [{**firing, "message_id": f"m{number}"}]}
        answer = await call(country, REPORTS, enis, **body)
        assert answer.status_code == 200, answer.text
    rows = await operator.get("/api/v1/sandbox/firings", rule_id="told")
    assert [(row["message_id"], row["system"]) for row in rows] == [("m2", "enis"), ("m1", "enis")]
    named = await call(country, REPORTS, enis, number=3, firings=[{**firing, "system": "nr_iin"}])
    assert named.json()["code"] == "request-malformed", "a system reports of itself"
