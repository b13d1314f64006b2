"""``egov-bus record`` and ``replay``, typed: what was sent is sent again, and what differs is told."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
import pytest_asyncio

from services.tools.recording.person_signatures import PersonSignatures
from services.tools.recording.recording_file import RecordedMessage, read_recording
from services.tools.recording.renewal import MessageRenewal, find_document
from shared.bus.errors import BusError
from shared.client import ParticipantClient, certify_person
from shared.contracts.registers import PERSON_SERVICE
from shared.pki.certificates.keys import new_ec_key
from tests.docs_commands import COMMAND, types
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry, running
from tests.outsiders.typed_pages import settings_for

pytestmark = [pytest.mark.timeout(180), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    names = ("is_nuc", "shep_gateway", "nr_iin")
    async with running(tmp_path_factory.mktemp("recorded"), names=names) as made:
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(country: RunningCountry) -> JoinedSystem:
    return await join(country, "asking-system", asks=[PERSON_SERVICE])


async def command(country: RunningCountry, folder: Path, line: str) -> CompletedProcess[str]:
    data_dir = country.deployment.nodes["shep_gateway"].settings.data_dir
    settings = {**settings_for(country), "EGOV_DATA_DIR": str(data_dir), "EGOV_LANG": "en", "COLUMNS": "200"}
    return await asyncio.to_thread(types, folder, f"{COMMAND} {line}", **settings)


async def ask(country: RunningCountry, system: JoinedSystem, iin: str) -> Any:
    async with ParticipantClient(country.url("shep_gateway"), token=system.token) as client:
        return await client.ask(PERSON_SERVICE, "person-query/1", {"iin": iin}, wait=20)


async def record_questions(country: RunningCountry, system: JoinedSystem, folder: Path) -> list[RecordedMessage]:
    """Two questions with their answers, in ``calls.jsonl``; the token of the system lies beside it."""
    (folder / "asking-system.token").write_text(system.token)
    started = await command(country, folder, "record start")
    assert started.returncode == 0, started.stderr
    for person in LIVING[:2]:
        assert (await ask(country, system, person.iin))["answer"]["content"]["data"]
    stopped = await command(country, folder, "record stop calls.jsonl --json")
    assert (stopped.returncode, json.loads(stopped.stdout)["messages"]) == (0, 4), stopped.stderr
    return read_recording(folder / "calls.jsonl")


async def test_recording_is_played_again_under_new_ids_and_nothing_differs(
    country: RunningCountry, system: JoinedSystem, tmp_path: Path
) -> None:
    messages = await record_questions(country, system, tmp_path)
    assert [message.sender for message in messages if message.message_type == "REQUEST"] == ["asking-system"] * 2
    assert (tmp_path / "calls.jsonl").stat().st_mode & 0o077 == 0
    played = await command(country, tmp_path, "replay calls.jsonl --json")
    assert played.returncode == 0, played.stdout + played.stderr
    report = json.loads(played.stdout)
    assert (report["sent"], report["compared"], report["differences"]) == (2, 2, [])
    journal = await country.operator("shep_gateway").list_journal(sender="asking-system", event="ACCEPTED")
    assert len({entry["message_id"] for entry in journal}) == len(journal) >= 4
    assert len({entry["correlation_id"] for entry in journal}) == len(journal)


async def test_changed_answer_and_a_missing_one_are_told_and_end_the_command_with_one(
    country: RunningCountry, system: JoinedSystem, tmp_path: Path
) -> None:
    messages = await record_questions(country, system, tmp_path)
    answer = next(message for message in messages if message.sender == "nr_iin")
    data = {**answer.content.data, "remark": "Другой"}
    changed = answer.model_copy(update={"content": answer.content.model_copy(update={"data": data})})
    absent = answer.model_copy(update={"message_id": "never-sent-again"})
    lines = [*(changed if message is answer else message for message in messages), absent]
    (tmp_path / "calls.jsonl").write_text(
        "".join(line.model_dump_json(exclude_none=True) + "\n" for line in lines)
    )
    played = await command(country, tmp_path, "replay calls.jsonl --wait 2 --json")
    report = json.loads(played.stdout)
    assert played.returncode == 1
    assert [(row["path"], row["recorded"]) for row in report["differences"]] == [("data.remark", "Другой")]
    assert [row["message_id"] for row in report["missing"]] == ["never-sent-again"]


async def test_recording_written_by_hand_and_refused_by_the_gateway_tells_its_code(
    country: RunningCountry, system: JoinedSystem, tmp_path: Path
) -> None:
    (tmp_path / "asking-system.token").write_text(system.token)
    line: dict[str, Any] = {"at": "2020-01-01T00:00:00Z", "sender": "asking-system", "service_id": "NoSuchService"}
    line |= {"message_id": "m1", "correlation_id": "c1", "content": {"contract": "person-query/1", "data": {}}}
    (tmp_path / "own.jsonl").write_text(json.dumps(line))
    played = await command(country, tmp_path, "replay own.jsonl --json")
    assert (played.returncode, len(json.loads(played.stdout)["refused"])) == (1, 1), played.stderr


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("record stop out.jsonl", "recording-not-started"),
        ("replay missing.jsonl", "file-unreadable"),
        ("replay broken.jsonl", "recording-broken"),
        ("replay strange.jsonl", "recording-without-members"),
    ],
)
async def test_bad_recording_is_refused_with_its_code(
    country: RunningCountry, tmp_path: Path, line: str, code: str
) -> None:
    (tmp_path / "broken.jsonl").write_text('{"sender": "asking-system"}\n')
    strange: dict[str, Any] = {
        "at": "2020-01-01T00:00:00Z",
        "sender": "nobody-here",
        "service_id": "S",
        "message_id": "m",
    }
    strange |= {"correlation_id": "c", "content": {"contract": "x/1", "data": {}}}
    (tmp_path / "strange.jsonl").write_text(json.dumps(strange))
    done = await command(country, tmp_path, line)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{code}: "), done.stderr


async def test_second_start_of_a_recording_is_refused(country: RunningCountry, tmp_path: Path) -> None:
    assert (await command(country, tmp_path, "record start")).returncode == 0
    again = await command(country, tmp_path, "record start")
    assert (again.returncode, again.stderr.startswith("recording-under-way: ")) == (1, True), again.stderr
    assert (await command(country, tmp_path, "record stop out.jsonl")).returncode == 0


async def test_document_of_a_person_is_signed_anew_for_this_country_with_moved_moments(
    country: RunningCountry,
) -> None:
    person, now = LIVING[3], country.runtime("shep_gateway").now
    signer = await certify_person(country.url("is_nuc"), person.iin, person.surname, person.name, key=new_ec_key())
    content = json.dumps({"id": "case-1", "made_at": (now - timedelta(days=400)).isoformat()}).encode()
    cms = signer.sign(content, now - timedelta(days=400))
    renewal = MessageRenewal(PersonSignatures(country.url("is_nuc"), lambda: now).sign_anew, timedelta(days=400))
    message = RecordedMessage.model_validate(
        {
            "at": now, "sender": "a", "service_id": "S", "message_id": "m-1", "correlation_id": "case-1",
            "content": {"contract": "application/1", "data": {"document": b64encode(cms).decode()}},
        }
    )  # fmt: skip
    renewed = await renewal.renew(message)
    document = find_document(renewed["content"]["data"]["document"])
    assert document is not None
    assert json.loads(document.content) == {"id": renewed["correlation_id"], "made_at": now.isoformat()}
    assert document.certificate != signer.certificate
    assert document.signing_time is not None
    assert abs(document.signing_time - now) < timedelta(seconds=2)


async def test_recording_without_a_message_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n")
    with pytest.raises(BusError) as refusal:
        read_recording(tmp_path / "empty.jsonl")
    assert refusal.value.code == "recording-broken"
