"""Whom the kit refuses to call, and a report whose signature has a time-stamp."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.tools.conformance.reports.report_files import SIGNATURE, sign_report, stamp_report, write_report
from services.tools.conformance.roles.cases.case_papers import EMPLOYEE, add_people
from services.tools.conformance.roles.role_list import load_roles
from services.tools.conformance.run import ConformanceRun
from services.tools.conformance.targets import is_led_astray
from shared.bus.clocks.clock import SystemClock
from shared.client.keystore import KeyEntry
from shared.pki.cms import cades, signed_data
from tests.conformance.command_line import type_command
from tests.conformance.live_participants import LiveRun, run_in_thread
from tests.conformance.playing import fresh_keys
from tests.journeys.kit import running
from tests.servers.processes import free_ports


def run_command(folder: Path, *arguments: str) -> tuple[int, str]:
    more = ("--port", "0", "--seconds", "1", "--out", str(folder))
    told = type_command("conformance", "run", *arguments, *more)
    return told.exit_code, told.stderr


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("http://169.254.169.254/latest/meta-data", "conformance-target-refused"),
        ("http://0.0.0.0:9000/soap", "conformance-target-refused"),
        ("http://[fe80::1]:9000/soap", "conformance-target-refused"),
        ("mobileSign:http://224.0.0.1/sign", "conformance-target-refused"),
        ("file:///etc/passwd", "conformance-target-malformed"),
        ("127.0.0.1:9000", "conformance-target-malformed"),
        ("http://no-such-host.invalid/soap", "conformance-target-unknown"),
    ],
)
def test_kit_calls_no_address_that_belongs_to_no_system(target: str, code: str, tmp_path: Path) -> None:
    status, told = run_command(tmp_path, "push", "--target", target)
    assert (status, told.startswith(f"{code}: ")) == (1, True), told
    assert not (tmp_path / "report.json").exists()


def test_time_stamp_without_a_signature_is_refused(tmp_path: Path) -> None:
    status, told = run_command(tmp_path, "push", "--target", "http://127.0.0.1:9/", "--stamp")
    assert (status, told.startswith("conformance-stamp: ")) == (1, True)


def test_system_that_refuses_connections_fails_and_one_that_never_comes_waits(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    assert run_command(tmp_path / "push", "push", "--target", f"http://127.0.0.1:{port}/")[0] == 3
    assert run_command(tmp_path / "rest", "rest")[0] == 4
    report = json.loads((tmp_path / "rest" / "report.json").read_text(encoding="utf-8"))
    assert (report["end"], report["outcomes"]["wait"] > 10) == ("timed-out", True)


@pytest.mark.parametrize(
    ("url", "is_astray"),
    [
        ("http://localhost:9001/documents", False),
        ("https://8.8.8.8/documents", False),
        ("http://169.254.169.254/documents", True),
        ("http://10.0.0.1:9000/documents", True),
    ],
)
async def test_system_sends_the_kit_to_its_own_machine_or_to_public_places_only(url: str, is_astray: bool) -> None:
    assert await is_led_astray("http://127.0.0.1:9000/mgovSign", url) is is_astray


@pytest.mark.thorough
def test_phone_server_that_names_an_inner_address_of_another_machine_breaks_its_requirement(
    tmp_path: Path,
) -> None:
    kit_port, own_port = free_ports(2)
    failures: list[BaseException] = []
    run = LiveRun(tmp_path, kit_port, own_port, leads_to="http://10.255.255.1:80")
    end = run_in_thread("phone", run, failures)
    try:
        target = f"http://127.0.0.1:{own_port}/mgovSign"
        arguments = [
            "phone",
            "--target",
            target,
            "--port",
            str(kit_port),
            "--seconds",
            "20",
            "--out",
            str(tmp_path),
        ]
        told = type_command("conformance", "run", *arguments)
    finally:
        end()
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in report["requirements"] if row["outcome"] == "fail"] == ["PHONE-07"]
    assert {row["operation"] for row in report["exchanges"]} == {"api1"}
    assert told.exit_code == 3


@pytest.mark.thorough
async def test_signature_of_a_report_has_a_proved_time_stamp(tmp_path: Path) -> None:
    keys, now = fresh_keys(), SystemClock().now()
    add_people(keys, now)
    report = await ConformanceRun(load_roles()["rest"], keys, 0.05).play()
    write_report(report, keys.token, tmp_path)
    pair = keys.people[EMPLOYEE]
    sign_report(tmp_path, KeyEntry(pair.key, pair.certificate, (keys.centre.issuing,)), now)
    async with running(tmp_path / "nuc", names=("is_nuc",)) as country:
        await stamp_report(tmp_path, country.url("is_nuc"), SystemClock().now())
    content = (tmp_path / "report.json").read_bytes()
    signed = signed_data.open_signed((tmp_path / SIGNATURE).read_bytes(), content=content)
    assert cades.read_time_stamp(signed) is not None
