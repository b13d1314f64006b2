"""A country in the background, typed as a person types: up, status, open, logs, down, reset."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.catalog import INSTANCES
from services.launcher.ports import random_offset
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
    done = shell.types("up", "--json", EGOV_PORT_OFFSET=str(random_offset()))
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
