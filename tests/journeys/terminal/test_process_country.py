"""``egov-bus up --processes`` as a person types it: a process for each system, over a broker of its own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.catalog import INSTANCES
from services.launcher.ports import random_offset
from tests.commands import command_server
from tests.docs_commands import ROOT
from tests.servers import environment
from tests.servers.programs import RABBITMQ, obtain

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]


def egov_bus(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    given = {"PYTHONPATH": str(ROOT), "EGOV_LANG": "en", "EGOV_CLERKS": "instant", "COLUMNS": "200"}
    return subprocess.run(
        (*command_server.command_words(), *arguments),
        cwd=folder,
        env=environment.inherited(**given, **settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def list_children(folder: Path) -> set[int]:
    """The processes that work in the folder: the country, its systems, its broker and Erlang's programs."""
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal())
    return {pid for pid in pids if _works_in(pid, folder)}


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return Path(os.readlink(f"/proc/{pid}/cwd")).is_relative_to(folder)
    except OSError:
        return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    obtain(RABBITMQ)  # the country starts a broker from the installed programs
    return tmp_path_factory.mktemp("processes")


@pytest.fixture(scope="module")
def facts(folder: Path) -> Iterator[Any]:
    """What ``up`` tells of a country whose systems are processes."""
    started = egov_bus(
        folder, "up", "--processes", "--patience", "280", "--json", EGOV_PORT_OFFSET=str(random_offset())
    )
    assert started.returncode == 0, started.stdout + started.stderr
    try:
        yield json.loads(started.stdout)
    finally:
        egov_bus(folder, "down")


def test_each_system_is_a_process_and_the_broker_is_the_country_s(folder: Path, facts: Any) -> None:
    names = [instance.name for instance in INSTANCES]
    assert sorted(facts["processes"]) == sorted([*names, "rabbitmq"])
    assert len(set(facts["processes"].values())) == len(names) + 1
    assert [system["state"] for system in facts["systems"]] == ["ready"] * len(names)
    assert set(facts["processes"].values()) <= list_children(folder)


@pytest.mark.parametrize(
    "wish",
    [
        ("cases", "--users", "2", "--rate", "1"),
        ("register", "--door", "amqp", "--rate", "10"),
        ("register", "--door", "rest", "--rate", "10"),
        ("relay", "--rate", "10"),
    ],
    ids=" ".join,
)
def test_load_is_answered_over_the_broker(folder: Path, facts: Any, wish: tuple[str, ...]) -> None:
    plan = ("--seconds", "3", "--warm-up", "0", "--json", "-", "--fail-if-not", "errors<1%")
    done = egov_bus(folder, "load", *wish, *plan)
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    figures = report["figures"]
    assert (figures["answered"], figures["errors"]) == (figures["intended"], {})
    assert figures["answered"] >= 3
    (curves,) = (rows for title, rows in report["samples"].items() if "Processor time" in title)
    assert any(set(row) & set(facts["processes"]) for row in curves), "a curve for each of the busiest processes"


def test_system_that_was_killed_is_told(folder: Path, facts: Any) -> None:
    os.kill(facts["processes"]["gcvp"], 9)
    deadline = time.monotonic() + 30
    while "gcvp" not in (told := egov_bus(folder, "status")).stdout or "-9" not in told.stdout:
        assert time.monotonic() < deadline, told.stdout
    assert told.returncode == 1


def test_down_leaves_no_process_and_reset_no_data(folder: Path, facts: Any) -> None:
    assert facts["pid"] in list_children(folder)
    assert egov_bus(folder, "down").returncode == 0
    assert list_children(folder) == set()
    for system in facts["systems"]:
        with pytest.raises(httpx.TransportError):
            httpx.get(f"{system['url']}/healthz", trust_env=False)
    assert egov_bus(folder, "reset", "--yes").returncode == 0
    assert not (folder / "var").exists()
