"""The launcher: its list, its checks before a start, and its exit codes."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from typer.testing import CliRunner, Result

from services.catalog import INSTANCES
from services.cli import app
from services.launcher.country import Deployment
from services.launcher.launch import LaunchContext
from services.launcher.ports import random_offset
from services.launcher.settings import SettingsError, settings_for
from services.tools.demo.run import DemoOptions, run_demo
from services.tools.demo.start import FIRST_SYSTEMS, DemoStart
from shared.bus.errors import Unavailable
from tests.journeys.kit import RunningCountry

pytestmark = pytest.mark.thorough

ROOT = Path(__file__).resolve().parents[3]


def launched(*arguments: str, **environment: str) -> Result:
    """Run the launcher in this process, for commands that end before anything starts."""
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "200", "EGOV_LANG": "en", **environment})


async def run_apart(*arguments: str, **environment: str) -> tuple[int | None, str, str]:
    """Run the launcher as a separate process; returns exit code, standard output and standard error."""
    given = (f"{name}={value}" for name, value in {"EGOV_LANG": "en", **environment}.items())
    process = await asyncio.create_subprocess_exec(
        *("env", *given, sys.executable, "-m", "services", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode, out.decode(), err.decode()


def test_launcher_list_names_every_system_its_port_and_its_address() -> None:
    told = launched("--list")
    assert told.exit_code == 0
    for instance in INSTANCES:
        assert f"{instance.name} " in told.stdout
        assert str(instance.port) in told.stdout


def test_settings_that_are_in_order_pass_the_check() -> None:
    told = launched("--check", EGOV_CLERKS="instant", EGOV_PORT_OFFSET="100", EGOV_POPULATION_SIZE="50")
    assert (told.exit_code, told.stderr) == (0, "")
    assert "in order" in told.stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EGOV_CLERK", "instant"),
        ("EGOV_CLERKS", "robots"),
        ("EGOV_PORT", "http"),
        ("EGOV_PORT", "70000"),
        ("EGOV_PORT_OFFSET", "many"),
        ("EGOV_PORT_OFFSET", "60000"),
        ("EGOV_POPULATION_SIZE", "0"),
        ("EGOV_MAX_MESSAGE_BYTES", "1"),
        ("EGOV_REGISTER_SECONDS", "0"),
        ("DATABASE_URL", "mysql://server/base"),
        ("DATABASE_URL", "not an address"),
    ],
)
def test_settings_check_names_the_setting_that_is_wrong(name: str, value: str) -> None:
    told = launched("--check", **{name: value})
    assert told.exit_code == 2
    assert name in told.stderr
    assert "in order" not in told.stdout


def test_settings_check_names_every_fault_once() -> None:
    told = launched("--check", EGOV_CLERKS="robots", EGOV_PORT_OFFSET="many", EGOV_X="1", EGOV_Y="2")
    lines = told.stderr.splitlines()
    assert len(lines) == len(set(lines))
    assert all(any(name in line for line in lines) for name in ("EGOV_PORT_OFFSET", "EGOV_X", "EGOV_Y"))


@pytest.mark.parametrize("command", ["all", "demo", "portal_pep"])
def test_settings_that_nobody_knows_let_nothing_start(command: str, tmp_path: Path) -> None:
    told = launched(command, EGOV_DATADIR=str(tmp_path / "var"))
    assert told.exit_code == 2
    assert "EGOV_DATADIR" in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_settings_fault_names_its_instance_and_repeats_no_value() -> None:
    portal = INSTANCES[0]
    with pytest.raises(SettingsError) as caught:
        settings_for(portal, {"EGOV_RETENTION_DAYS": "my-secret"}, is_alone=True)
    assert str(caught.value).startswith("portal_pep: EGOV_RETENTION_DAYS: ")
    assert "my-secret" not in str(caught.value)


def test_place_of_a_system_that_there_is_not_cannot_be_left_free() -> None:
    told = launched("all", "--without", "is_nobody")
    assert told.exit_code == 2
    assert "is_nobody" in told.stderr


@pytest.mark.asyncio(loop_scope="session")
async def test_country_starts_without_the_systems_whose_places_are_left_free(tmp_path: Path) -> None:
    left_out = [instance.name for instance in INSTANCES if instance.name not in ("is_nuc", "enis")]
    options = [part for name in left_out for part in ("--without", name)]
    settings = {"EGOV_DATA_DIR": str(tmp_path / "var"), "EGOV_PORT_OFFSET": str(random_offset())}
    process = await asyncio.create_subprocess_exec(
        *("env", *(f"{name}={value}" for name, value in settings.items())),
        *(sys.executable, "-m", "services", "all", *options),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    ready: set[str] = set()
    try:
        async with asyncio.timeout(60):
            while len(ready) < 2:
                line = (await process.stdout.readline()).decode()
                assert line, "the launcher ended"
                ready |= {
                    name for name in ("is_nuc", "enis", *left_out) if "instance.ready" in line and name in line
                }
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()
    assert ready == {"is_nuc", "enis"}
    assert {path.name for path in (tmp_path / "var").iterdir()} & set(left_out) == set()


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize(
    ("host", "reached", "deaf"), [("::1", ["[::1]"], ["127.0.0.1"]), ("::", ["[::1]", "127.0.0.1"], [])]
)
async def test_system_answers_at_an_address_of_ipv6_and_at_the_unspecified_one_to_both_families(
    tmp_path: Path, host: str, reached: list[str], deaf: list[str]
) -> None:
    given = {"EGOV_HOST": host, "EGOV_PORT_OFFSET": str(random_offset()), "EGOV_DATA_DIR": str(tmp_path)}
    instance = next(one for one in INSTANCES if one.name == "is_nuc")
    settings = settings_for(instance, given, is_alone=False)
    deployment = Deployment([(instance, settings)])
    try:
        await deployment.start()
        async with httpx.AsyncClient() as client:
            for address in reached:
                answer = await client.get(f"http://{address}:{settings.port}/healthz")
                assert answer.status_code == 200, address
            for address in deaf:
                with pytest.raises(httpx.ConnectError):
                    await client.get(f"http://{address}:{settings.port}/healthz")
    finally:
        await deployment.stop()


def test_compose_secrets_are_private_and_never_overwritten(tmp_path: Path) -> None:
    path, secret = tmp_path / ".env", tmp_path / "secrets" / "portal_pep.database_url"
    assert launched("compose-env", str(path)).exit_code == 0
    assert [line.partition("=")[0] for line in path.read_text().splitlines()] == ["EGOV_UID", "EGOV_GID"]
    assert {file.stat().st_mode & 0o777 for file in (path, secret)} == {0o600}
    before = secret.read_text()
    for gone in (None, path):
        if gone is not None:
            gone.unlink()
        again = launched("compose-env", str(path))
        assert (again.exit_code, secret.read_text()) == (1, before)
        assert "file-exists" in again.stderr


@pytest.mark.asyncio(loop_scope="session")
async def test_launcher_shows_the_regulations_that_the_gateway_publishes(country: RunningCountry) -> None:
    told = launched("regulations", "--json")
    published = await country.answer("shep_gateway", "GET", "/api/v1/regulations")
    assert json.loads(told.stdout) == published.json()
    assert "KZ-YUZ.3" in launched("regulations").stdout


@pytest.mark.asyncio(loop_scope="session")
async def test_port_that_is_taken_is_named_with_the_setting_that_helps(
    country: RunningCountry, tmp_path: Path
) -> None:
    taken = country.deployment.nodes["portal_pep"].settings.port
    environment = {"EGOV_PORT": str(taken), "EGOV_DATA_DIR": str(tmp_path)}
    deployment = Deployment([(INSTANCES[0], settings_for(INSTANCES[0], environment, is_alone=True))])
    with pytest.raises(Unavailable) as caught:
        await deployment.start()
    await deployment.stop()
    code, _, err = await run_apart("portal_pep", **environment)
    assert caught.value.code == "port-taken"
    assert code == 1
    assert f"Port {taken} (portal_pep) is taken" in " ".join(err.split())
    assert "EGOV_PORT_OFFSET" in err
    assert not (tmp_path / "portal_pep").exists()


def test_launcher_without_servers_waits_for_no_client_of_theirs() -> None:
    script = (
        "import sys, services.cli, services.catalog;"
        "[one.load_service() for one in services.catalog.INSTANCES];"
        "print(sorted({'aio_pika', 'psycopg', 'sqlalchemy.dialects.postgresql'} & set(sys.modules)))"
    )
    done = subprocess.run((sys.executable, "-c", script), cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_tools_command_waits_for_nothing_that_a_system_is_made_of() -> None:
    script = (
        "import sys, services.cli;"
        "from services.launcher.launch import LaunchContext;"
        "LaunchContext({}).nuc_url;"
        "heavy = {'fastapi', 'sqlalchemy', 'uvicorn', 'shared.regulations.passport_book'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run((sys.executable, "-c", script), cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demos(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The output of two demos that run at the same time."""
    folders = [tmp_path_factory.mktemp(name) for name in ("one", "other")]
    ended = await asyncio.gather(
        *(run_apart("demo", "--once", "--json", EGOV_DATA_DIR=str(folder)) for folder in folders)
    )
    assert [code for code, _, _ in ended] == [0, 0], [err for _, _, err in ended]
    return [json.loads(out) for _, out, _ in ended]


@pytest.mark.asyncio(loop_scope="session")
async def test_demos_at_once_do_not_quarrel_over_ports(demos: list[Any]) -> None:
    assert [one["is_complete"] for one in demos] == [True, True]


@pytest.mark.asyncio(loop_scope="session")
async def test_demo_completes_an_application_and_tells_it_as_json(demos: list[Any]) -> None:
    told = demos[0]
    assert told["is_complete"]
    assert told["conformance"] == []
    walk = [f"w{n}" for n in (1, 2, 3, 5, 6, 7)]
    assert [step["step"] for step in told["steps"]] == [*walk, *(f"t{n}" for n in range(1, 16))]
    assert told["application"]["outcome"] == told["output"]["document"]["outcome"] == "positive"
    assert told["completed_after_seconds"] > 0


@pytest.mark.asyncio(loop_scope="session")
async def test_demo_starts_the_systems_of_its_application_first_and_then_all_others(demos: list[Any]) -> None:
    ready = demos[0]["systems"]
    assert sorted(ready) == sorted(one.name for one in INSTANCES)
    assert set(ready[: len(FIRST_SYSTEMS)]) == FIRST_SYSTEMS


@pytest.mark.parametrize(
    "clerks", [{"EGOV_CLERKS": "manual"}, {"EGOV_CLERKS": "paced"}, {"EGOV_CLERKS_FILE": "clerks.json"}]
)
def test_demo_starts_everybody_first_where_clerks_take_their_time(clerks: dict[str, str]) -> None:
    start = DemoStart.plan_start(clerks)
    assert (start.later, start.held_sockets) == ((), [])
    assert [one.name for one, _ in start.first_instances()] == [one.name for one in INSTANCES]


@pytest.mark.asyncio(loop_scope="session")
async def test_demo_tells_when_nobody_decides_in_time(
    country: RunningCountry, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = await demonstrated(country, capsys, timedelta(seconds=1.5))
    assert code == 1
    assert (told["output"], told["completed_after_seconds"], told["conformance"]) == (None, None, None)
    assert told["application"] is None or told["application"]["outcome"] is None
    assert not told["is_complete"]


@pytest.mark.asyncio(loop_scope="session")
async def test_demo_shows_a_deployment_that_runs_already(
    brisk_country: RunningCountry, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = await demonstrated(brisk_country, capsys, timedelta(seconds=30))
    assert code == 0
    assert told["output"]["document"]["outcome"] == "positive"


async def demonstrated(
    country: RunningCountry, capsys: pytest.CaptureFixture[str], patience: timedelta
) -> tuple[int, dict[str, Any]]:
    """Run the demo against a running deployment."""
    launch = LaunchContext({"EGOV_NUC_URL": country.url("is_nuc")})
    options = DemoOptions(once=True, as_json=True, against=country.url("portal_pep"), patience=patience)
    code = await run_demo(launch, options)
    return code, json.loads(capsys.readouterr().out)
