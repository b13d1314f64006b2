"""The evidence of a case: a bundle that proves the case without the bus, and shows every changed byte."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
import pytest_asyncio
from cryptography import x509
from typer.testing import CliRunner, Result

from services.cli import app
from shared.bus.runtime.unit_of_work import random_id
from shared.contracts import addresses
from shared.contracts.registers import PERSON_SERVICE
from shared.evidence import bundle_seals as seals
from shared.evidence import case_bundle as names
from shared.evidence.bundle_check import BundleCheck, verify_bundle
from shared.evidence.bundle_seals import BundleFault
from shared.evidence.container import MIMETYPE, MIMETYPE_NAME, write_container
from shared.pki.certificates.chain import ChainCache
from shared.pki.client.nuc import CertificationCentre
from shared.pki.cms import cades, signed_data
from shared.pki.verification.verdict import ConditionMark
from tests.attacks.test_member_in_anothers_case import turned_bad
from tests.attacks.test_question_without_a_case import WINDOW, ask_about
from tests.journeys.doors import JoinedSystem, join
from tests.journeys.kit import LIVING, RunningCountry, Served, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass(frozen=True)
class SmallCase:
    """A question to a register and its answer, as ШЭП proves them."""

    asker: JoinedSystem
    bundle: bytes
    members: dict[str, bytes]
    root: x509.Certificate


async def evidence_of(brisk_country: RunningCountry, case: str) -> bytes:
    answer = await brisk_country.operator("shep_gateway").call("GET", f"/api/v1/cases/{case}/evidence")
    assert answer.headers["content-type"] == MIMETYPE.decode()
    return answer.content


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def small_case(brisk_country: RunningCountry) -> SmallCase:
    asker = await join(brisk_country, "evidence-asker", asks=[PERSON_SERVICE])
    question = {
        "service_id": PERSON_SERVICE,
        "content": {"contract": "person-query/1", "data": {"iin": LIVING[7].iin}},
    }
    sent = await brisk_country.answer(
        "shep_gateway", "POST", "/api/v1/messages?wait=10", headers=asker.headers, json=question
    )
    bundle = await evidence_of(brisk_country, sent.json()["correlation_id"])
    root = (await brisk_country.answer("is_nuc", "GET", "/root.crt")).content
    return SmallCase(asker, bundle, seals.open_container(bundle), x509.load_der_x509_certificate(root))


def flipped(content: bytes) -> Iterator[bytes]:
    """The content with one bit changed, once for every byte."""
    for place in range(len(content)):
        changed = bytearray(content)
        changed[place] ^= 1 << place % 8
        yield bytes(changed)


def failed_check(bundle: bytes, root: x509.Certificate | None = None) -> BundleCheck | None:
    marks = verify_bundle(bundle, root).marks
    return next((check for check, mark in marks.items() if mark is ConditionMark.FAILED), None)


async def test_bundle_proves_question_and_answer_by_the_root_of_the_centre(small_case: SmallCase) -> None:
    verdict = verify_bundle(small_case.bundle, small_case.root)
    assert verdict.fault is None
    assert (verdict.messages, verdict.has_own_root) == (2, False)
    bodies = [json.loads(small_case.members[name]) for name in sorted(small_case.members) if ".json" in name]
    senders = [body["messageInfo"]["sender"]["senderId"] for body in bodies if "messageInfo" in body]
    assert senders == ["evidence-asker", "nr_iin"]


async def test_bundle_has_the_call_at_the_door_as_it_came_and_went(small_case: SmallCase) -> None:
    (described,) = (name for name in small_case.members if re.fullmatch(r"exchanges/[0-9a-f-]+\.json", name))
    call = json.loads(small_case.members[described])
    assert (call["door"], call["operation"], call["participant"]) == ("rest", "send_message", "evidence-asker")
    assert call["request_headers"]["authorization"] == "…"
    stem = described.removesuffix(".json")
    assert json.loads(small_case.members[f"{stem}.request.bin"])["service_id"] == PERSON_SERVICE
    answer = json.loads(small_case.members[f"{stem}.answer.bin"])
    assert answer["answer"]["content"]["data"]["person"]["iin"] == LIVING[7].iin


async def test_bundle_is_a_container_that_any_program_opens(small_case: SmallCase) -> None:
    with zipfile.ZipFile(BytesIO(small_case.bundle)) as opened:
        assert opened.testzip() is None
        assert opened.namelist()[0] == MIMETYPE_NAME
        assert {name: opened.read(name) for name in opened.namelist()[1:]} == small_case.members
    assert small_case.bundle[38 : 38 + len(MIMETYPE)] == MIMETYPE, "«file» and others read the type at this place"


async def test_every_changed_byte_of_a_member_is_seen(small_case: SmallCase) -> None:
    """The container is made anew around the changed member, so that no checksum of ZIP helps."""
    members, cache = small_case.members, ChainCache()
    anchors = seals.read_anchors(members, small_case.root, None)
    seal, _ = seals.open_seal(members, anchors, cache)
    manifest = seals.open_manifest(seal, members)
    seal_names = (names.SEAL_FILE, names.TIME_STAMP_FILE)

    def is_taken(name: str, changed: bytes) -> bool:
        try:
            if name in seal_names:
                seals.open_seal({**members, name: changed}, anchors, cache)
            else:
                seals.check_member(seal if name in seal.digests else manifest, {name: changed}, name)
        except BundleFault:
            return False
        return True

    for name, content in members.items():
        assert is_taken(name, content)
        assert not any(is_taken(name, changed) for changed in flipped(content)), name
        whole = write_container({**members, name: content[:-1] + bytes([content[-1] ^ 1])})
        assert failed_check(whole, small_case.root) is not None, name


async def test_every_changed_byte_between_the_members_is_seen(small_case: SmallCase) -> None:
    place, inside = 0, set[int]()
    for name, content in ((MIMETYPE_NAME, MIMETYPE), *sorted(small_case.members.items())):
        place += 30 + len(name)
        inside |= set(range(place, place + len(content)))
        place += len(content)
    for number, changed in enumerate(flipped(small_case.bundle)):
        if number not in inside:
            assert not is_opened(changed), number


def is_opened(bundle: bytes) -> bool:
    try:
        seals.open_container(bundle)
    except BundleFault:
        return False
    return True


async def test_bundle_with_a_member_more_or_less_is_refused(small_case: SmallCase) -> None:
    more = {**small_case.members, "messages/00000099.json": b"{}"}
    assert failed_check(write_container(more)) is BundleCheck.DIGESTS
    for name in small_case.members:
        less = {other: content for other, content in small_case.members.items() if other != name}
        assert failed_check(write_container(less)) is not None, name


async def test_bundle_of_another_country_is_not_proved_by_our_root(small_case: SmallCase) -> None:
    stranger = small_case.asker.certificate
    assert failed_check(small_case.bundle, stranger) is BundleCheck.TIME_STAMP


async def test_bundle_sealed_by_another_system_of_the_bus_is_refused(
    brisk_country: RunningCountry, small_case: SmallCase
) -> None:
    """A member with a good certificate and НУЦ's time-stamps changes a message and seals all as ШЭП does."""
    asker, members = small_case.asker, dict(small_case.members)
    anchors = seals.read_anchors(members, None, None)
    _, stamp = seals.open_seal(members, anchors, ChainCache())
    (first, *_) = sorted(name for name in members if name.endswith(".json") and name.startswith("messages/"))
    members[first] = members[first].replace(LIVING[7].iin.encode(), LIVING[8].iin.encode())
    centre = CertificationCentre(brisk_country.url("is_nuc"), anchors)

    def seal_again() -> dict[str, bytes]:
        data = {name: content for name, content in members.items() if name not in names.SEALS}
        manifest = names.make_manifest(data, names.SIGNATURE_FILE)
        signature = signed_data.sign(manifest, asker.key, asker.certificate, at=stamp.moment, detached=True)
        token = centre.request_time_stamp(cades.signature_value(signature), stamp.moment).token
        inner = {names.MANIFEST_FILE: manifest, names.SIGNATURE_FILE: cades.extend_cms(signature, token=token)}
        outer = names.make_manifest(inner, names.TIME_STAMP_FILE)
        token = centre.request_time_stamp(outer, stamp.moment).token
        return {**data, **inner, names.SEAL_FILE: outer, names.TIME_STAMP_FILE: token}

    forged = write_container(await asyncio.to_thread(seal_again))
    centre.close()
    assert failed_check(forged, small_case.root) is BundleCheck.SIGNATURE


async def test_script_in_the_bundle_verifies_it_with_openssl(small_case: SmallCase, tmp_path: Path) -> None:
    for name, content in small_case.members.items():
        file = tmp_path / "case" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    root = tmp_path / "root.pem"
    root.write_bytes(small_case.members[names.ROOT_FILE])

    def run_script() -> subprocess.CompletedProcess[str]:
        command = ["sh", str(tmp_path / "case" / "verify.sh"), str(root)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    ended = await asyncio.to_thread(run_script)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "2 messages with their signatures" in ended.stdout
    message = next(name for name in small_case.members if name.startswith("messages/") and ".json" in name)
    for name in (message, names.SIGNATURE_FILE, names.SEAL_FILE):
        content = small_case.members[name]
        (tmp_path / "case" / name).write_bytes(content[:-2] + bytes([content[-2] ^ 1]) + content[-1:])
        assert (await asyncio.to_thread(run_script)).returncode == 1, name
        (tmp_path / "case" / name).write_bytes(content)


async def test_command_verifies_a_bundle_offline(small_case: SmallCase, tmp_path: Path) -> None:
    file, root = tmp_path / "case.asice", tmp_path / "root.pem"
    file.write_bytes(small_case.bundle)
    root.write_bytes(small_case.members[names.ROOT_FILE])

    async def typed(*options: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, app, ["verify", str(file), *options])

    ended = await typed("--root", str(root), "--json")
    verdict = json.loads(ended.stdout)
    assert (ended.exit_code, verdict["holds"], verdict["messages"], verdict["root"]) == (0, True, 2, "given")
    ended = await typed("--lang", "en")
    assert (ended.exit_code, "The root came out of the bundle" in ended.stdout) == (0, True)
    file.write_bytes(small_case.bundle[:-1] + b"\1")
    ended = await typed("--json")
    assert (ended.exit_code, json.loads(ended.stdout)["fault"]["where"]) == (1, "bundle")


async def test_bundle_of_an_application_has_the_signatures_of_the_gateways(served: Served) -> None:
    bundle = await evidence_of(served.country, served.case)
    verdict = verify_bundle(bundle)
    assert (verdict.fault, verdict.case_id) == (None, served.case)
    members = seals.open_container(bundle)
    messages = [name for name in members if name.startswith("messages/") and name.endswith(".json")]
    senders = [json.loads(members[name])["messageInfo"]["sender"]["senderId"] for name in messages]
    assert {"portal_pep", "is_mio"} == set(senders)
    hops = {name for name in members if name.endswith(".hop.jws")}
    brought = {
        name.replace(".json", ".hop.jws")
        for name, sender in zip(messages, senders, strict=True)
        if sender == "is_mio"
    }
    assert hops == brought, "РШЭП attests what a system of its region sends"


async def test_bundle_of_a_case_has_the_questions_asked_for_it(brisk_country: RunningCountry) -> None:
    """A centre asks ИС ЦГО while the citizen stands at the window: the question is a chain of its own."""
    centre, case = turned_bad(brisk_country, addresses.CON), random_id()
    info = await ask_about(centre, LIVING[9].iin, WINDOW, case=case, data_case=case)
    gateway = brisk_country.operator("shep_gateway")

    async def known() -> list[str]:
        return [str(row["sender"]) for row in await gateway.list_journal(any_id=case)]

    assert await eventually(known, lambda senders: len(senders) == 2) == ["is_cgo", "is_con"]
    timeline = await gateway.get(f"/api/v1/cases/{case}/timeline")
    assert {entry["correlation_id"] for entry in timeline} == {info.correlation_id}
    verdict = verify_bundle(await evidence_of(brisk_country, case))
    assert (verdict.fault, verdict.case_id, verdict.messages) == (None, case, 2)


async def test_case_that_goes_on_is_proved_by_a_segment_for_each_time_stamp(
    brisk_country: RunningCountry, small_case: SmallCase
) -> None:
    """The first bundle had the head stamped; entries of others and one more question follow."""
    case = json.loads(small_case.members[names.CASE_FILE])["case_id"]
    question = {
        "service_id": PERSON_SERVICE,
        "correlation_id": case,
        "content": {"contract": "person-query/1", "data": {"iin": LIVING[8].iin}},
    }
    sending = {"headers": small_case.asker.headers, "json": question}
    sent = await brisk_country.answer("shep_gateway", "POST", "/api/v1/messages?wait=10", **sending)
    assert sent.status_code == 201, sent.text
    bundle = await evidence_of(brisk_country, case)
    verdict = verify_bundle(bundle, small_case.root)
    assert (verdict.fault, verdict.messages) == (None, 4)
    segments = [name for name in seals.open_container(bundle) if name.startswith(names.SEGMENTS_FOLDER)]
    assert len(segments) == 2


async def test_case_without_a_message_has_no_evidence(brisk_country: RunningCountry) -> None:
    token = (brisk_country.folder / "shep_gateway" / "operator.token").read_text()
    for shown, expected in ((token, (404, "case-unknown")), ("none", (401, "operator-only"))):
        headers = {"Authorization": f"Bearer {shown}"}
        answer = await brisk_country.answer(
            "shep_gateway", "GET", "/api/v1/cases/nobody/evidence", headers=headers
        )
        assert (answer.status_code, answer.json()["code"]) == expected


async def test_evidence_waits_for_a_time_stamping_service_that_refuses(
    brisk_country: RunningCountry, small_case: SmallCase
) -> None:
    centre, case = brisk_country.operator("is_nuc"), json.loads(small_case.members[names.CASE_FILE])["case_id"]
    await centre.call("PUT", "/api/v1/faults/tsa-refusing", json={})
    token = (brisk_country.folder / "shep_gateway" / "operator.token").read_text()
    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer = await brisk_country.answer(
            "shep_gateway", "GET", f"/api/v1/cases/{case}/evidence", headers=headers
        )
    finally:
        await centre.call("DELETE", "/api/v1/faults")
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["why"]) == (503, "evidence-unavailable", "tsa-refused")
    assert verify_bundle(await evidence_of(brisk_country, case)).is_valid
