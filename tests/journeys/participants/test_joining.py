"""Joining and leaving: a system comes in without papers, and goes without leaving anything behind."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from services.tools.joining import next_steps
from shared.client import OperatorClient
from shared.client.participants import JoinedParticipant, JoiningOrder, Operators, ServicePlace
from shared.contracts.registers import PERSON_SERVICE
from shared.pki.certificates import keys
from tests.docs_commands import types
from tests.journeys.kit import LIVING, RunningCountry, openssl, refused
from tests.signing.conftest import Terminal

pytestmark = pytest.mark.asyncio(loop_scope="session")

SERVICE_TYPE, REGION = "kindergarten-queue", "KZ-YUZ"
QUESTION = {
    "service_id": PERSON_SERVICE,
    "content": {"contract": "person-query/1", "data": {"iin": LIVING[20].iin}},
}


def operators(country: RunningCountry) -> Operators:
    return Operators(country.operator("is_nuc"), country.operator("shep_gateway"))


async def ask(country: RunningCountry, token: str) -> tuple[int, str | None]:
    """The status of a question with this token, and the error's code."""
    headers = {"Authorization": f"Bearer {token}"}
    answer = await country.answer(
        "shep_gateway", "POST", "/api/v1/messages?wait=10", headers=headers, json=QUESTION
    )
    return answer.status_code, answer.json().get("code")


async def come_in(country: RunningCountry, address: str) -> JoinedParticipant:
    order = JoiningOrder(
        address,
        "ИС гостя",
        bin="050340000128",
        oid="1.2.398.5.19.1",
        asks=[PERSON_SERVICE],
        provides=[ServicePlace(SERVICE_TYPE, REGION, "portal")],
    )
    return await operators(country).join(order, await asyncio.to_thread(keys.new_ec_key))


async def test_system_that_left_is_gone_whole_and_may_come_again(country: RunningCountry) -> None:
    gateway, nuc, address = country.operator("shep_gateway"), country.operator("is_nuc"), "comes-and-goes"
    joined = await come_in(country, address)
    assert await ask(country, joined.token) == (201, None)
    (route,) = [
        row
        for row in await gateway.get("/api/v1/service-routes", service_type=SERVICE_TYPE, region=REGION)
        if row["channel"] == "portal"
    ]
    assert (route["recipient"], route["passport"]) == (address, "is_mio")
    await operators(country).leave(address)
    assert await ask(country, joined.token) == (401, "participant-token")
    assert address not in str(await gateway.list_all("/api/v1/members"))
    assert address not in str(await gateway.list_all("/api/v1/rights"))
    assert address not in str(await gateway.get("/api/v1/service-routes"))
    assert address not in str(await nuc.get("/api/v1/organisations"))
    thumbprint = keys.certificate_thumbprint(joined.certificate)
    status = await nuc.get(f"/api/v1/certificates/{thumbprint}/status")
    assert status["status"] == "revoked"
    error = await refused(operators(country).leave(address))
    assert error.code == "participant-unknown"
    again = await come_in(country, address)
    assert await ask(country, again.token) == (201, None)
    await operators(country).leave(address)


async def test_command_lets_a_system_in_with_files_of_its_owner_and_one_line_to_call(
    country: RunningCountry, tmp_path: Path
) -> None:
    terminal, shift = Terminal(tmp_path, country), int(country.url("shep_gateway").rpartition(":")[2]) - 8002
    ended = await terminal.types("join", "guest-of-a-line", "--out", "keys", EGOV_PORT_OFFSET=str(shift))
    assert ended.code == 0, ended.err
    line = next(line for line in ended.out.splitlines() if line.startswith("curl"))
    typed = await asyncio.to_thread(types, tmp_path, line)
    answer = json.loads(typed.stdout)["answer"]["content"]
    assert answer["data"]["person"]["iin"] == LIVING[0].iin
    files = {path.name: path for path in (tmp_path / "keys").iterdir()}
    assert files.keys() == {"guest-of-a-line.p12", "guest-of-a-line.pem", "guest-of-a-line.token", "root.pem"}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}
    password = re.search(r"password of the .p12 +(\S+)", ended.out)[1]  # type: ignore[index]
    store = openssl(tmp_path, f"pkcs12 -in keys/guest-of-a-line.p12 -passin pass:{password} -noenc")
    assert store.returncode == 0, store.stderr
    assert "BEGIN PRIVATE KEY" in store.stdout
    assert files["guest-of-a-line.token"].read_text() in line
    again = await terminal.types("join", "guest-of-a-line", "--out", "keys", EGOV_PORT_OFFSET=str(shift))
    assert (again.code, "file-exists" in again.err) == (1, True)
    elsewhere = await terminal.types("join", "guest-of-a-line", EGOV_PORT_OFFSET=str(shift))
    assert (elsewhere.code, "member-exists" in elsewhere.err) == (1, True)
    assert not (tmp_path / "guest-of-a-line.p12").exists(), "who is not let in gets no files"
    left = await terminal.types("leave", "guest-of-a-line", EGOV_PORT_OFFSET=str(shift))
    assert left.code == 0, left.err
    refused_call = await asyncio.to_thread(types, tmp_path, line)
    assert json.loads(refused_call.stdout)["code"] == "participant-token"


async def test_command_answers_a_program_in_json(country: RunningCountry, tmp_path: Path) -> None:
    terminal, shift = Terminal(tmp_path, country), int(country.url("shep_gateway").rpartition(":")[2]) - 8002
    here = {"EGOV_PORT_OFFSET": str(shift)}
    options = ("--algorithm", "ec", "--provides", f"{SERVICE_TYPE}/{REGION}", "--asks", "is-cgo-citizen", "--json")
    ended = await terminal.types("join", "guest-of-a-program", *options, **here)
    told = json.loads(ended.out)
    assert told["first_call"] is None, "it may not ask НР ИИН"
    assert told["soap"] == f"{country.url('shep_gateway')}/bip-sync-wss-gost/"
    assert (await ask(country, told["token"]))[1] == "no-right"
    routes = await country.operator("shep_gateway").get("/api/v1/service-routes", service_type=SERVICE_TYPE)
    assert {row["channel"] for row in routes if row["recipient"] == "guest-of-a-program"} == {"portal", "con"}
    assert json.loads((await terminal.types("leave", "guest-of-a-program", "--json", **here)).out) == {
        "address": "guest-of-a-program"
    }


async def test_system_of_the_bus_cannot_be_thrown_away_as_a_guest(country: RunningCountry) -> None:
    error = await refused(operators(country).leave("portal_pep"))
    assert error.code == "participant-unknown"
    error = await refused(country.operator("shep_gateway").call("DELETE", "/api/v1/participants/portal_pep"))
    assert (error.status, error.code) == (404, "participant-unknown")
    members = await country.operator("shep_gateway").list_all("/api/v1/members")
    assert "portal_pep" in {member["address"] for member in members}


async def test_lost_token_is_replaced_and_opens_nothing_any_more(country: RunningCountry) -> None:
    gateway, joined = country.operator("shep_gateway"), await come_in(country, "loses-its-token")
    other = await gateway.post("/api/v1/participants/loses-its-token/token")
    assert await ask(country, other["token"]) == (201, None)
    assert await ask(country, joined.token) == (401, "participant-token")
    await operators(country).leave("loses-its-token")
    error = await refused(gateway.post("/api/v1/participants/loses-its-token/token"))
    assert (error.status, error.code) == (404, "participant-unknown")


async def test_system_that_nuc_does_not_certify_is_not_left_half_way_in(country: RunningCountry) -> None:
    key = keys.new_ec_key()
    await operators(country).join(JoiningOrder("first-of-a-key", "ИС"), key)
    place = ServicePlace(SERVICE_TYPE, REGION)
    error = await refused(operators(country).join(JoiningOrder("second-of-a-key", "ИС", provides=[place]), key))
    assert error.code == "key-already-certified"
    members = await country.operator("shep_gateway").list_all("/api/v1/members")
    assert {"first-of-a-key"} == {row["address"] for row in members} & {"first-of-a-key", "second-of-a-key"}
    await operators(country).join(JoiningOrder("second-of-a-key", "ИС"), keys.new_ec_key())
    for address in ("first-of-a-key", "second-of-a-key"):
        await operators(country).leave(address)


async def test_stranger_of_a_second_demo_gets_another_line(country: RunningCountry) -> None:
    url, iin, lines = country.url("shep_gateway"), LIVING[0].iin, []
    for _ in range(2):
        nuc, gateway = (
            OperatorClient.of_instance(country.url(name), country.folder, name)
            for name in ("is_nuc", "shep_gateway")
        )
        lines.append(await next_steps.let_stranger_in(nuc, gateway, url, iin))
    first, second = (re.search(r"shep_[\w-]+", line)[0] for line in lines)  # type: ignore[index]
    assert await ask(country, second) == (201, None)
    assert await ask(country, first) == (401, "participant-token")
    await operators(country).leave(next_steps.STRANGER)


async def test_guest_provides_only_what_it_was_granted(country: RunningCountry) -> None:
    gateway, address = country.operator("shep_gateway"), "provides-little"
    await come_in(country, address)
    path, change = "/api/v1/service-routes/unemployment-certificate/KZ-YUZ", {"recipient": address}
    error = await refused(gateway.call("PUT", path, json=change))
    assert (error.status, error.code) == (403, "recipient-cannot-serve")
    await operators(country).leave(address)


async def test_guest_that_is_switched_off_and_on_keeps_its_mailbox(country: RunningCountry) -> None:
    gateway, joined = country.operator("shep_gateway"), await come_in(country, "switched-off")
    path = "/api/v1/members/switched-off"
    await gateway.call("PUT", path, json={"title": "ИС гостя", "is_active": False})
    assert await ask(country, joined.token) == (403, "member-stopped")
    await gateway.call("PUT", path, json={"title": "ИС гостя", "is_active": True})
    assert await ask(country, joined.token) == (201, None)
    await operators(country).leave("switched-off")


async def test_name_of_a_system_of_the_bus_is_taken(country: RunningCountry) -> None:
    order = JoiningOrder("is_mio", "ИС МИО")
    error = await refused(operators(country).join(order, keys.new_ec_key()))
    assert (error.status, error.code) == (409, "member-exists")
    nowhere = JoiningOrder("nowhere", "ИС", provides=[ServicePlace("no-such-service")])
    error = await refused(operators(country).join(nowhere, keys.new_ec_key()))
    assert error.code == "service-unknown"
    members = await country.operator("shep_gateway").list_all("/api/v1/members")
    assert "nowhere" not in {member["address"] for member in members}
