"""``egov-bus conformance run`` in every role, over the network, against a system with the kit's files alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from services.tools.conformance.roles.role_list import load_roles
from tests.conformance.command_line import type_command
from tests.conformance.live_participants import PARTICIPANTS, LiveRun, run_in_thread
from tests.servers import RabbitServer
from tests.servers.processes import free_ports

pytestmark = pytest.mark.thorough
SERVED_PATHS = {"push": "/soap", "phone": "/mgovSign?id=17"}
CALLED = sorted(set(PARTICIPANTS) - {"amqp"})


def open_run(folder: Path, amqp_url: str = "") -> LiveRun:
    kit_port, own_port = free_ports(2)
    return LiveRun(folder, kit_port, own_port, amqp_url)


def run_command(role: str, run: LiveRun, *more: str) -> dict[str, Any]:
    """The report of a run by the command line; the participant lives beside it."""
    failures: list[BaseException] = []
    end = run_in_thread(role, run, failures)
    command = ["conformance", "run", role, "--port", str(run.kit_port), "--seconds", "60"]
    try:
        told = type_command(*command, "--out", str(run.folder), "--json", *more)
    finally:
        end()
    assert failures == []
    report: dict[str, Any] = json.loads((run.folder / "report.json").read_text(encoding="utf-8"))
    bad = {row["id"]: row["faults"][:1] for row in report["requirements"] if row["outcome"] == "fail"}
    assert (bad, told.exit_code) == ({}, 0)
    return report


def assert_conforms(report: dict[str, Any]) -> None:
    """The run came to its end, and nothing is held against the participant."""
    bad = {
        row["id"]: row["outcome"]
        for row in report["requirements"]
        if row["outcome"] not in ("pass", "omit", "skip")
    }
    assert (bad, report["end"]) == ({}, "finished")
    assert report["outcomes"]["pass"] > 10


def test_every_role_has_a_live_run() -> None:
    assert set(PARTICIPANTS) == set(load_roles())


@pytest.mark.parametrize("role", CALLED)
def test_command_plays_a_role_against_a_live_system(role: str, tmp_path: Path) -> None:
    run = open_run(tmp_path)
    target = f"http://127.0.0.1:{run.own_port}{SERVED_PATHS.get(role, '')}"
    assert_conforms(run_command(role, run, *(("--target", target) if role in SERVED_PATHS else ())))


@pytest.mark.servers
def test_command_plays_the_queue_against_a_live_register(own_broker: RabbitServer, tmp_path: Path) -> None:
    url = own_broker.spare_url()
    run = open_run(tmp_path, url)
    assert_conforms(run_command("amqp", run, "--target", url))
