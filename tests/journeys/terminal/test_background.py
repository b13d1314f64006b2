"""A country in the background, typed as a person types: up, status, open, logs, down, reset."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.catalog import INSTANCES
from services.launcher.data_folder.country_record import hold_folder
from services.launcher.ports import random_offset
from shared.contracts.population import make_population
from tests.commands import command_server
from tests.docs_commands import ROOT, blocks
from tests.servers import environment

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(180)]


@dataclass(frozen=True)
class Shell:
    """Commands typed in a folder."""

    folder: Path

    def types(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        given = {"PYTHONPATH": str(ROOT), "EGOV_LANG": "en", "EGOV_POPULATION_SIZE": "40", "COLUMNS": "200"}
        return subprocess.run(
            (*command_server.command_words(), *arguments),
            cwd=self.folder,
            env=environment.inherited(**given, **settings),
            capture_output=True,
            text=True,
            timeout=120,
        )

    def asks(self, *arguments: str) -> Any:
        """The JSON that a command prints."""
        done = self.types(*arguments, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return Shell(tmp_path_factory.mktemp("background"))


@pytest.fixture(scope="module")
def facts(shell: Shell) -> Iterator[Any]:
    """What ``up`` tells of a country that runs, at ports of its own choice."""
    done = shell.types("up", "--countries", "--json", EGOV_PORT_OFFSET=str(random_offset()))
    assert done.returncode == 0, done.stdout + done.stderr
    try:
        yield json.loads(done.stdout)
    finally:
        shell.types("down")


def test_up_tells_every_address_and_the_token_that_opens_it(facts: Any) -> None:
    assert [system["name"] for system in facts["systems"]] == [instance.name for instance in INSTANCES]
    for system in facts["systems"]:
        assert system["state"] == "ready"
        headers = {"Authorization": f"Bearer {system['operator_token']}"}
        answer = httpx.get(f"{system['url']}/api/v1/audit", headers=headers, trust_env=False)
        assert answer.status_code == 200, system["name"]


def test_up_tells_a_running_country_again_and_starts_no_second_one(shell: Shell, facts: Any) -> None:
    assert shell.asks("up") == facts


def test_up_takes_no_other_country_for_its_own(tmp_path: Path, facts: Any) -> None:
    """The other country has come to the ports of this one between the look at the ports and their use."""
    port = int(facts["start_page"].rstrip("/").rpartition(":")[2])
    (gateway,) = (instance for instance in INSTANCES if instance.name == "shep_gateway")
    placed = {"EGOV_PORT_OFFSET": str(port - gateway.port)}
    for system in facts["systems"]:
        (tmp_path / "var" / system["name"]).mkdir(parents=True)
        (tmp_path / "var" / system["name"] / "operator.token").write_text("of-this-country")
    lock = hold_folder(tmp_path / "var", placed, [system["name"] for system in facts["systems"]])
    told = Shell(tmp_path).types("up", "--patience", "30")
    lock.release()
    assert (told.returncode, told.stderr.partition(":")[0]) == (1, "port-taken"), told.stdout + told.stderr


def test_status_finds_the_country_at_its_ports(shell: Shell, facts: Any) -> None:
    states = shell.asks("status")
    assert states["pid"] == facts["pid"]
    assert {system["url"] for system in states["systems"]} == {system["url"] for system in facts["systems"]}


def test_list_has_the_ports_of_the_country_that_runs(shell: Shell, facts: Any) -> None:
    shown = shell.types("--list").stdout
    for system in facts["systems"]:
        assert f" {system['url'].rpartition(':')[2]} " in shown


def test_tool_finds_the_country_that_runs_with_the_folder(shell: Shell, facts: Any) -> None:
    assert shell.types("clock", "show", "--json").returncode == 0


def test_open_prints_the_address_of_a_page(shell: Shell, facts: Any) -> None:
    assert shell.asks("open")["url"] == facts["start_page"]
    page = shell.types("open", "check", "--print").stdout.strip()
    assert httpx.get(page, trust_env=False, headers={"Accept": "text/html"}).status_code == 200


def test_logs_show_one_system_or_all(shell: Shell, facts: Any) -> None:
    lines = shell.types("logs", "portal_pep", "-n", "500", "--json").stdout.splitlines()
    assert {json.loads(line)["instance"] for line in lines} == {"portal_pep"}
    assert "instance.ready" in shell.types("logs", "portal_pep", "-n", "500").stdout
    assert len(shell.types("logs", "-n", "7").stdout.splitlines()) == 7


def test_page_of_loads_is_typed_and_its_report_tells_the_faults_in_force(shell: Shell, facts: Any) -> None:
    (token,) = (system["operator_token"] for system in facts["systems"] if system["name"] == "is_nuc")
    (nuc,) = (system["url"] for system in facts["systems"] if system["name"] == "is_nuc")
    headers = {"Authorization": f"Bearer {token}"}
    fault = f"{nuc}/api/v1/faults/tsa-refusing"
    assert httpx.put(fault, json={}, headers=headers, trust_env=False).is_success
    assert shell.asks("status")["faults"] == ["is_nuc: pki trouble=tsa-refusing"]
    assert "tsa-refusing" in shell.types("status").stdout
    (script,) = blocks("how-to/load.md", "sh")
    for line in script.splitlines():
        done = shell.types(*shlex.split(line)[1:])
        assert done.returncode == 0, done.stdout + done.stderr
    assert httpx.delete(fault, headers=headers, trust_env=False).is_success
    report = (shell.folder / "load.html").read_text(encoding="utf-8")
    assert "tsa-refusing" in report
    assert "100 of 100 answered" in report
    (shell.folder / "no-figures.json").write_text("[]")
    refused = shell.types("load", "register", "--compare", "no-figures.json")
    assert (refused.returncode, refused.stderr.startswith("load-figures: ")) == (1, True), refused.stderr


def register(facts: Any, iin: str) -> int:
    """The status with which the portal answers a person who wants an account."""
    (portal,) = (system["url"] for system in facts["systems"] if system["name"] == "portal_pep")
    body = {"iin": iin, "password": "a-citizen's-password"}
    return httpx.post(f"{portal}/api/v1/registration", json=body, trust_env=False, timeout=60).status_code


def test_reset_to_the_seeded_state_forgets_what_was_done_and_keeps_addresses_and_tokens(
    shell: Shell, facts: Any
) -> None:
    iin = next(person.iin for person in make_population(1, 40) if person.is_alive)
    assert [register(facts, iin) for _ in range(2)] == [201, 409]
    shell.asks("snapshot", "save", "with-an-account")
    assert shell.asks("reset", "--seeded")["generation"] == 1
    assert shell.asks("up") == facts
    test_up_tells_every_address_and_the_token_that_opens_it(facts)
    assert register(facts, iin) == 201
    shell.asks("reset", "--seeded")
    shell.asks("snapshot", "restore", "with-an-account")
    assert register(facts, iin) == 409
    unknown = shell.types("snapshot", "restore", "of-nobody")
    assert (unknown.returncode, unknown.stderr.startswith("snapshot-unknown: ")) == (1, True), unknown.stderr


def test_ports_are_kept_while_the_country_goes_back(shell: Shell, facts: Any) -> None:
    """Who connects meanwhile is not refused: nobody else can take a port, and the call is answered afterwards."""
    ports = [int(system["url"].rpartition(":")[2]) for system in facts["systems"]]
    with ThreadPoolExecutor(1) as pool:
        reset = pool.submit(shell.asks, "reset", "--seeded")
        attempts = 0
        while not reset.done():
            for port in ports:
                with socket.create_connection(("127.0.0.1", port), timeout=5):
                    attempts += 1
            time.sleep(0.01)
        assert reset.result()["snapshot"] == "seeded"
    assert attempts > len(ports)
    test_up_tells_every_address_and_the_token_that_opens_it(facts)


def test_further_countries_are_fresh_and_alone_and_end(shell: Shell, facts: Any) -> None:
    (gateway,) = (system for system in facts["systems"] if system["name"] == "shep_gateway")
    headers = {"Authorization": f"Bearer {gateway['operator_token']}"}
    with httpx.Client(base_url=gateway["url"], headers=headers, trust_env=False, timeout=120) as desk:
        one, other = (
            desk.post("/api/v1/sandbox/countries", json={"citizens": 1, "without": ["is_cgo"], **wish}).json()
            for wish in ({}, {"lives_seconds": 1})
        )
        portal = one["urls"]["portal_pep"]
        body = {"iin": one["citizens"][0]["iin"], "password": "a-citizen's-password"}
        answer = httpx.post(f"{portal}/api/v1/registration", json=body, trust_env=False, timeout=60)
        assert answer.status_code == 201, answer.text
        opened = {"Authorization": f"Bearer {one['operator_tokens']['nr_iin']}"}
        assert (
            httpx.get(f"{one['urls']['nr_iin']}/api/v1/audit", headers=opened, trust_env=False).status_code == 200
        )
        assert "is_cgo" not in one["urls"]
        assert register(facts, body["iin"]) in (201, 409)
        await_ended(other["urls"]["portal_pep"])
        assert [country["id"] for country in desk.get("/api/v1/sandbox/countries").json()] == [one["id"]]
        assert desk.delete(f"/api/v1/sandbox/countries/{one['id']}").status_code == 204
        await_ended(portal)
        assert desk.delete(f"/api/v1/sandbox/countries/{one['id']}").json()["code"] == "country-unknown"
        unknown = desk.post("/api/v1/sandbox/countries", json={"without": ["is_nobody"]})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "system-unknown")


def test_country_kept_ready_is_given_at_once(shell: Shell, facts: Any) -> None:
    (gateway,) = (system for system in facts["systems"] if system["name"] == "shep_gateway")
    headers = {"Authorization": f"Bearer {gateway['operator_token']}"}
    deadline = time.monotonic() + 90
    while "countries.prepared" not in shell.types("logs", "-n", "5000").stdout:
        assert time.monotonic() < deadline, "no country was prepared ahead"
    with httpx.Client(base_url=gateway["url"], headers=headers, trust_env=False, timeout=120) as desk:
        waits = []
        for _ in range(3):
            time.sleep(2)  # a test of somebody's: meanwhile the next country starts
            country = desk.post("/api/v1/sandbox/countries", json={"citizens": 1}).json()
            waits.append(country["made_in_ms"])
            assert httpx.get(f"{country['urls']['portal_pep']}/readyz", trust_env=False).status_code == 200
            assert desk.delete(f"/api/v1/sandbox/countries/{country['id']}").status_code == 204
    assert min(waits) <= 100, waits


def await_ended(url: str, seconds: float = 60) -> None:
    """Wait until nobody answers there."""
    deadline = time.monotonic() + seconds
    with suppress(httpx.TransportError):
        while time.monotonic() < deadline:
            httpx.get(f"{url}/healthz", trust_env=False)
            time.sleep(0.05)
        pytest.fail(f"{url} still answers")


def test_snapshot_of_another_version_is_refused_by_the_country_that_runs(shell: Shell, facts: Any) -> None:
    manifest = shell.folder / "var" / "snapshots" / "with-an-account" / "snapshot.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "version": "9.9.9"}))
    refused = shell.types("snapshot", "restore", "with-an-account")
    assert (refused.returncode, refused.stderr.startswith("snapshot-other-version: ")) == (1, True), refused.stderr
    shutil.rmtree(manifest.parent)
    assert shell.asks("status")["pid"] == facts["pid"]


def test_second_process_on_the_folder_is_refused(shell: Shell, facts: Any) -> None:
    for command in ("all", "portal_pep"):
        done = shell.types(command, EGOV_PORT_OFFSET=str(random_offset()))
        assert (done.returncode, done.stderr.startswith("folder-in-use: ")) == (1, True), done.stderr
        assert str(facts["pid"]) in done.stderr


def test_down_stops_the_country_and_reset_leaves_nothing(shell: Shell, facts: Any) -> None:
    (shell.folder / "var" / "letter.txt").write_text("of the person's own")
    assert shell.asks("down") == {"pid": facts["pid"]}
    assert shell.types("status").stderr.startswith("country-not-running: ")
    assert shell.types("down").stderr.startswith("country-not-running: ")
    assert (shell.folder / "var" / "is_nuc" / "root.key").exists()
    shell.asks("reset", "--yes")
    assert [path.name for path in (shell.folder / "var").iterdir()] == ["letter.txt"]


def test_folder_of_a_killed_process_is_free(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path;"
        "from services.launcher.data_folder.folder_lock import FolderLock;"
        "FolderLock.take(Path(sys.argv[1])); print('held', flush=True); time.sleep(60)"
    )
    command = (sys.executable, "-c", script, str(tmp_path / "var"))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        taken = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        os.kill(holder.pid, signal.SIGKILL)
    assert "folder-in-use" not in taken.stdout
    assert f"process {holder.pid} works with" in taken.stderr
    again = subprocess.run((*command[:2], script.partition("print")[0], command[3]), cwd=ROOT)
    assert again.returncode == 0
