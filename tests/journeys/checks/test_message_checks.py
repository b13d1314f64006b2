"""``POST /api/v1/message-checks`` and ``egov-bus check-message``: what ШЭП would say, without a trace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from shared.bus.messages import jws
from shared.contracts.registers import PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE
from shared.pki.certificates.keys import certificate_thumbprint
from shared.pki.xml.wsse import sign_body
from tests.docs_commands import COMMAND, types
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry, running
from tests.outsiders.client_keys import QUESTION
from tests.outsiders.typed_pages import settings_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATH = "/api/v1/message-checks"
PERSON = LIVING[5]
NUMBERS = count(1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    names = ("is_nuc", "shep_gateway", "nr_iin")
    async with running(tmp_path_factory.mktemp("country"), names=names) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(country: RunningCountry) -> JoinedSystem:
    return await join(country, "asking-system", asks=[PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE])


async def check(
    country: RunningCountry, system: JoinedSystem, content: bytes | str, signature: str | None = None
) -> Any:
    headers = system.headers | ({"X-Signature": signature} if signature else {})
    answer = await country.answer("shep_gateway", "POST", PATH, content=content, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def verdicts(view: Any) -> dict[str, str]:
    return {step["step"]: step["code"] or step["verdict"] for step in view["steps"]}


def message(system: JoinedSystem, country: RunningCountry, **data: Any) -> bytes:
    info = {"messageId": f"checked-{next(NUMBERS)}", "correlationId": "checked-case", "serviceId": PERSON_SERVICE}
    info |= {"messageType": "REQUEST", "messageDate": country.runtime("shep_gateway").now.isoformat()}
    body = {"contract": "person-query/1", "data": data or {"iin": PERSON.iin}}
    envelope = {**info, "sender": {"senderId": system.address}, "properties": []}
    return json.dumps({"messageInfo": envelope, "messageData": body}).encode()


def sign(system: JoinedSystem, body: bytes, to: str = "shep_gateway") -> str:
    assert isinstance(system.key, jws.PrivateKey)
    return jws.sign(system.key, certificate_thumbprint(system.certificate), body, {"to": to, "seq": 1})


async def test_signed_message_passes_and_names_its_recipient(
    country: RunningCountry, system: JoinedSystem
) -> None:
    body = message(system, country)
    view = await check(country, system, body, sign(system, body))
    assert view["passes"], view
    assert verdicts(view) == {"gate": "passed", "register": "passed", "contract": "passed"}
    assert (view["form"], view["sender"], view["recipients"]) == ("bus", "asking-system", ["nr_iin"])


async def test_check_leaves_no_trace_and_the_message_can_be_sent_afterwards(
    country: RunningCountry, system: JoinedSystem
) -> None:
    journal = await country.operator("shep_gateway").list_all("/api/v1/journal")
    body = message(system, country)
    await check(country, system, body, sign(system, body))
    await check(country, system, body, sign(system, body, to="nr_iin"))
    assert await country.operator("shep_gateway").list_all("/api/v1/journal") == journal
    headers = {**system.headers, "X-Signature": sign(system, body)}
    passed = await country.answer("shep_gateway", "POST", "/api/v1/messages/signed", content=body, headers=headers)
    assert passed.status_code == 201, passed.text
    again = await check(country, system, body, sign(system, body))
    assert not again["passes"]


async def test_every_faulty_field_of_data_and_envelope_is_named(
    country: RunningCountry, system: JoinedSystem
) -> None:
    body = message(system, country, iin=5)
    view = await check(country, system, body, sign(system, body))
    contract = view["steps"][2]
    assert contract["code"] == "message-data-malformed"
    assert contract["fields"][0]["field"] == "messageData.data.iin"
    faulty = json.loads(body)
    del faulty["messageInfo"]["serviceId"]
    faulty["messageInfo"]["messageType"] = "LETTER"
    view = await check(country, system, json.dumps(faulty))
    assert verdicts(view) == {
        "gate": "message-malformed",
        "register": "message-unread",
        "contract": "message-unread",
    }
    assert {fault["field"] for fault in view["steps"][0]["fields"]} == {
        "messageInfo.serviceId",
        "messageInfo.messageType",
    }


async def test_faults_of_all_steps_are_told_at_once(country: RunningCountry, system: JoinedSystem) -> None:
    body = message(system, country).replace(PERSON_SERVICE.encode(), b"enis-power-of-attorney")
    body = body.replace(b"person-query/1", b"person-query/7")
    view = await check(country, system, body, sign(system, body + b" "))
    assert verdicts(view) == {
        "gate": "signature-invalid",
        "register": "no-right",
        "contract": "contract-unknown",
    }
    entries = [finding["code"] for finding in view["steps"][1]["explanation"]["findings"]]
    assert "right-missing" in entries


async def test_soap_envelope_is_checked_with_its_signature_and_read_without_it(
    country: RunningCountry, system: JoinedSystem
) -> None:
    question = QUESTION.format(service=UNIVERSAL_PERSON_SERVICE, sender=system.address, iin=PERSON.iin)
    signed = sign_body(question.encode(), system.key, system.certificate)
    view = await check(country, system, signed)
    assert view["passes"], view
    assert (view["form"], view["recipients"]) == ("soap", ["nr_iin"])
    view = await check(country, system, signed.replace(PERSON.iin.encode(), b"000000000000"))
    assert verdicts(view) == {"gate": "eds-signature-invalid", "register": "passed", "contract": "passed"}
    assert view["steps"][0]["explanation"]["findings"]


async def test_body_of_the_rest_door_is_checked(country: RunningCountry, system: JoinedSystem) -> None:
    content = {"contract": "person-query/1", "data": {"iin": PERSON.iin}}
    view = await check(country, system, json.dumps({"service_id": PERSON_SERVICE, "content": content}))
    assert view["passes"], view
    view = await check(country, system, json.dumps({"service": PERSON_SERVICE, "content": content}))
    assert {fault["field"] for fault in view["steps"][0]["fields"]} == {"service_id", "service"}
    view = await check(country, system, "no JSON")
    assert view["steps"][0]["code"] == "message-form-unknown"


async def test_message_of_another_system_is_not_checked_for_a_participant(
    country: RunningCountry, system: JoinedSystem
) -> None:
    body = message(system, country).replace(b"asking-system", b"nr_iin")
    view = await check(country, system, body, sign(system, body))
    assert view["steps"][0]["code"] == "sender-mismatch"


async def test_check_is_refused_to_strangers(country: RunningCountry) -> None:
    answer = await country.answer("shep_gateway", "POST", PATH, content=b"{}")
    assert answer.status_code == 401


def type_check(country: RunningCountry, folder: Path, script: str) -> Any:
    if not (folder / "var").exists():
        (folder / "var").symlink_to(country.folder)
    return types(folder, script, EGOV_LANG="en", **settings_for(country))


async def test_command_tells_the_verdicts_by_file_and_by_stdin(
    country: RunningCountry, system: JoinedSystem, tmp_path: Path
) -> None:
    body = message(system, country, iin=5)
    (tmp_path / "message.json").write_bytes(body)
    (tmp_path / "message.jws").write_text(sign(system, body))
    (tmp_path / "mine.token").write_text(system.token)
    signed = "check-message message.json --signature message.jws"
    done = await asyncio.to_thread(type_check, country, tmp_path, f"{COMMAND} {signed}")
    assert done.returncode == 1, done.stderr
    assert "✓ Signature and sender: passes" in done.stdout
    assert "messageData.data.iin: string_type" in done.stdout
    done = await asyncio.to_thread(
        type_check, country, tmp_path, f"{COMMAND} check-message - --token-file mine.token --json < message.json"
    )
    view = json.loads(done.stdout)
    assert verdicts(view)["gate"] == "signature-not-given"
    assert view["sender"] == "asking-system"
