"""Clients over libraries of other authors: each asks the register of persons and verifies what ШЭП signed."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from shared.contracts.registers import PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE
from tests.journeys.doors import join
from tests.journeys.kit import LIVING, RunningCountry
from tests.outsiders.client_keys import PASSWORD, ClientKeys
from tests.outsiders.typed_pages import list_deviations, obtain_or_skip
from tests.servers import environment
from tests.servers.programs import GSOAP, JAVA, WSS4J

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

CLIENTS = Path(__file__).parent / "clients"
SYNC_CHANNEL = "/bip-sync-wss-gost/"
PERSON = LIVING[5]
NOBODY = "850101100022"
"""A right ИИН that nobody in the population has."""
SECONDS = 200


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(country: RunningCountry, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ClientKeys]:
    """The system for which all clients of this file ask."""
    system = await join(country, "outsider", asks=[PERSON_SERVICE, UNIVERSAL_PERSON_SERVICE])
    yield ClientKeys.write(tmp_path_factory.mktemp("keys"), country, system)


async def run(*command: str, stdin: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """A program to its end."""
    return await asyncio.to_thread(
        subprocess.run,
        command,
        input=stdin,
        env=environment.inherited(**settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


async def test_client_over_wss4j_is_answered_by_each_form_of_key_info_and_trusts_answers_and_faults(
    country: RunningCountry, client: ClientKeys
) -> None:
    java, libraries = obtain_or_skip(JAVA) / "java", obtain_or_skip(WSS4J)
    classes = ":".join(str(libraries / file) for file in WSS4J.files)
    store = (str(client.folder / "own.p12"), PASSWORD, client.system.address, str(client.folder / "trusted.pem"))
    question = client.write_question(UNIVERSAL_PERSON_SERVICE, PERSON.iin)
    brief = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
    program = (*brief, "-cp", classes, str(CLIENTS / "Wss4jClient.java"))
    done = await run(str(java), *program, *store, country.url("shep_gateway") + SYNC_CHANNEL, str(question))
    assert done.returncode == 0, done.stderr
    answered = f"200 Body SCSS001 {PERSON.surname}"
    assert done.stdout.splitlines() == [answered] * 5 + ["500 Body SCE007"]


async def test_client_over_an_sdk_for_registers_reads_persons_by_soap_and_rest(
    country: RunningCountry, client: ClientKeys, tmp_path: Path
) -> None:
    installed = await run(
        *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"),
        *("--target", str(tmp_path), "--require-hashes", "-r", str(CLIENTS / "sdk-requirements.txt")),
    )
    if installed.returncode != 0:
        pytest.skip(f"the SDK cannot be installed: {installed.stderr}")
    own = {
        "gateway": country.url("shep_gateway"),
        "signing_server": country.url("is_nuc"),
        "sender": client.system.address,
        "token": client.system.token,
        "key": b64encode((client.folder / "own.p12").read_bytes()).decode(),
        "password": PASSWORD,
        "iins": [PERSON.iin, NOBODY],
    }
    program = str(CLIENTS / "sdk_client.py")
    done = await run(sys.executable, program, stdin=json.dumps(own), PYTHONPATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    by_soap, nobody_by_soap, by_rest, nobody_by_rest = map(json.loads, done.stdout.splitlines())
    assert by_soap == by_rest == [True, PERSON.surname, None]
    assert nobody_by_soap[:2] == nobody_by_rest[:2] == [False, None]
    assert nobody_by_soap[2].startswith("Parser error: iin-unknown: ")
    deviations = await list_deviations(country, client.system.token)
    assert deviations.count("content-type: Content-Type") == 2, "the SDK names no type"


async def test_client_over_gsoap_that_is_generated_from_the_wsdl_is_answered_and_trusts_the_answer(
    country: RunningCountry, client: ClientKeys, tmp_path: Path
) -> None:
    programs = obtain_or_skip(GSOAP)
    built = await run(
        *("bash", "-eu", str(CLIENTS / "build_gsoap.sh"), str(programs), str(tmp_path)),
        country.url("shep_gateway") + SYNC_CHANNEL + "?wsdl",
    )
    assert built.returncode == 0, built.stderr
    certificates = [str(client.folder / "own.pem"), str(country.folder / "shep_gateway" / "soap.crt")]
    door, system = country.url("shep_gateway") + SYNC_CHANNEL, client.system.address
    program = str(tmp_path / "gsoap_client")
    done = await run(program, door, *certificates, system, PERSON.iin)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("SCSS001 ")
    assert f"<surname>{PERSON.surname}</surname>" in done.stdout
    deceived = await run(program, door, certificates[0], certificates[0], system, PERSON.iin)
    assert (deceived.returncode, deceived.stdout) == (1, "")
    assert "signature" in deceived.stderr
