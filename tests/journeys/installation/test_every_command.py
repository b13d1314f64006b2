"""Every command of the launcher reaches the systems where they are: at shifted ports, and at given addresses.

The commands come from the launcher itself: a new one must say in this file whom it asks.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from services.catalog import INSTANCES, find_instance
from services.cli import Commands, app
from services.launcher.settings import settings_for
from tests.journeys.kit import RunningCountry
from tests.servers import environment
from tests.signing.conftest import Terminal

pytestmark = pytest.mark.thorough
in_the_country = pytest.mark.asyncio(loop_scope="session")

ROOT = Path(__file__).resolve().parents[3]
SERVING = {"all", *(instance.name for instance in INSTANCES)}
"""The commands that are the systems: they listen and ask by the settings of their instances."""
OFFLINE = {"regulations", "bpmn", "coverage", "regulation-pages", "contracts", "compose-env", "broker-account"}
OFFLINE |= {
    "can-i-deploy",
    "vectors",
    *(f"snapshot {act}" for act in ["save", "list", "restore", "diff", "export", "import"]),
}
OFFLINE |= {"migrate", "backup", "restore"}
OFFLINE |= {"conformance run", "conformance list", "conformance compare"}
"""The commands that ask nobody; the kit of conformance is asked by a participant."""
BACKGROUND = {"up", "status", "open", "logs", "down", "reset"}
"""The commands of a country in the background: tests/journeys/terminal types them."""
UNTIL_A_SIGNAL = {"listen", "mcp"}
"""The commands that run until a signal: tests/docs and tests/agents run them."""
ALONE = {"simulate"}
"""A simulation is a country of its own, on free ports: it must not meet the one that runs here."""
KEY = ("--p12", "KEY", "--password-file", "password")
"""KEY stands for the key that ``certificate`` made."""
ASKING: Mapping[str, tuple[str, ...]] = {
    "certificate": ("--algorithm", "ec", "--out", "keys", "--password-file", "password", "--force"),
    "sign": ("letter.txt", *KEY, "--stamp", "--out", "letter.cms", "--force"),
    "verify": ("letter.cms",),
    "clock show": ("--json",),
    "clock freeze": (),
    "clock advance": ("1h",),
    "clock rate": ("2",),
    "clock real": (),
    "fault list": ("--json",),
    "fault templates": (),
    "fault add": ("slow", "--system", "is_cgo", "--seconds", "0.1", "--for", "1h"),
    "fault apply": ("is-cgo-silent",),
    "fault journal": ("--json",),
    "fault remove": ("--all",),
    "trigger": ("granted", "--case", "no-such-case"),
    "vouching list": ("is_mio", "--json"),
    "vouching allow": ("kz.con.01", "is_mio"),
    "vouching forbid": ("kz.con.01", "is_mio"),
    "vouching revoke": ("enis",),
    "join": ("comes-in", "--algorithm", "ec", "--out", "comes-in", "--tenant", "red-team"),
    "tenant list": ("--json",),
    "leave": ("comes-in",),
    "tenant drop": ("nobody",),
    "take-place": ("rshep_yuz", "--out", "places"),
    "return-place": ("rshep_yuz", "--out", "places"),
    "monitor": ("--json",),
    "explain": ("an-id-that-nobody-sent", "--json"),
    "check-message": ("letter.txt", "--json"),
    "sql": ("tables", "--json"),
    "record start": (),
    "record stop": ("calls.jsonl",),
    "replay": ("calls.jsonl", "--json"),
    "load": ("register", "--rate", "2", "--seconds", "1", "--warm-up", "0", "--json", "-"),
    "demo": ("--once", "--json"),
    "server-certificate": ("broker.example.kz", "--force"),
    "phone": ("mobileSign:http://127.0.0.1:1/", "--json"),
    "ncalayer": ("--person", "1", "--port", "0", "--no-tls"),
}
"""What to type for every command that asks somebody, in this order; ``demo`` also gets the portal's address."""
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only read
REFUSED = {"clock freeze", "clock advance", "clock rate", "clock real"}
"""НУЦ refuses these, because the country goes by the machine's time: the refusal too comes from НУЦ."""


ENDS_WITH_ONE = REFUSED | {"trigger", "explain", "tenant drop", "check-message", "phone", "replay"}
"""They end so when something is wrong: nobody knows the id, or the tenant; a letter is no message; no server of an
integrator listens for the phone; no token of a recorded system is here.
"""


def typed_commands() -> Iterator[str]:
    """Every command that can be typed, as the module of its place defines it."""
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    for name in group.places:
        command = group.load_command(name)
        parts = getattr(command, "commands", None)
        yield from [name] if parts is None else (f"{name} {part}" for part in parts)


def offset_of(country: RunningCountry) -> int:
    nuc = find_instance("is_nuc")
    assert nuc is not None
    return int(country.url("is_nuc").rpartition(":")[2]) - nuc.port


def test_command_of_the_launcher_says_here_whom_it_asks() -> None:
    known = SERVING | OFFLINE | BACKGROUND | UNTIL_A_SIGNAL | ALONE | ASKING.keys()
    assert set(typed_commands()) == known


@in_the_country
async def test_command_finds_the_systems_by_the_offset_of_the_ports(
    brisk_country: RunningCountry, tmp_path: Path
) -> None:
    here = {"EGOV_PORT_OFFSET": str(offset_of(brisk_country)), "EGOV_NUC_URL": ""}
    (tmp_path / "letter.txt").write_text("a letter")
    terminal = Terminal(tmp_path, brisk_country)
    for command in ASKING:
        await finds_its_systems(terminal, command, here)


@in_the_country
async def test_command_finds_nuc_by_its_address(brisk_country: RunningCountry, tmp_path: Path) -> None:
    here = {"EGOV_NUC_URL": brisk_country.url("is_nuc").replace("127.0.0.1", "localhost")}
    terminal = Terminal(tmp_path, brisk_country)
    for command in ("certificate", "clock show", "demo"):
        await finds_its_systems(terminal, command, here)


async def finds_its_systems(terminal: Terminal, command: str, settings: Mapping[str, str]) -> None:
    if command == "ncalayer":
        await signer_opens(terminal, settings)
        return
    more = ("--against", terminal.country.url("portal_pep")) if command == "demo" else ()
    made = next((terminal.folder / "keys").glob("*.p12"), Path())
    typed = [str(made) if part == "KEY" else part for part in ASKING[command]]
    ended = await terminal.types(*command.split(), *typed, *more, **settings)
    assert "unavailable" not in ended.out + ended.err, f"{command}: {ended.err}"
    assert ended.code == (1 if command in ENDS_WITH_ONE else 0), f"{command}: {ended.out}{ended.err}"
    if command in REFUSED:
        assert "clock-real:" in ended.err
    if command == "monitor":
        assert json.loads(ended.out)["silent"] == []


async def signer_opens(terminal: Terminal, settings: Mapping[str, str]) -> None:
    """The signer opens with keys that НУЦ certified; as a process, because it runs until a signal."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services", "ncalayer", *ASKING["ncalayer"]),
        cwd=ROOT,
        env=environment.inherited(**settings, EGOV_DATA_DIR=str(terminal.folder / "signer")),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(60):
            while b"ws://127.0.0.1:" not in (line := await process.stdout.readline()):
                assert line, (await process.communicate())[1].decode()
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@in_the_country
async def test_list_of_systems_has_the_ports_on_which_they_listen(
    tmp_path: Path, brisk_country: RunningCountry
) -> None:
    terminal = Terminal(tmp_path, brisk_country)
    shown = await terminal.types("--list", EGOV_PORT_OFFSET="1200", EGOV_NUC_URL="")
    for instance in INSTANCES:
        line = next(one for one in shown.out.splitlines() if f" {instance.name} " in one)
        assert f" {instance.port + 1200} " in line, line
    wrong = await terminal.types("--list", EGOV_PORT_OFFSET="many")
    assert (wrong.code, "EGOV_PORT_OFFSET" in wrong.err) == (2, True)


@pytest.mark.parametrize(
    ("host", "reached"),
    [("127.0.0.3", "127.0.0.3"), (EVERYWHERE, "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]")],
)
def test_system_that_listens_elsewhere_is_found_there(host: str, reached: str) -> None:
    given = {"EGOV_HOST": host, "EGOV_PORT_OFFSET": "1200"}
    for instance in INSTANCES:
        settings: Any = settings_for(instance, given, is_alone=False)
        assert settings.nuc_url == f"http://{reached}:9207"
        assert settings.local_url == f"http://{reached}:{instance.port + 1200}"
        if instance.name == "portal_pep":
            assert settings.check_url.startswith(settings.local_url), "the QR of a document"
