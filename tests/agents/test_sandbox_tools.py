"""The tools of an agent, against a whole country, and as a client of the protocol finds them."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.launcher.launch import LaunchContext
from services.tools.agents.command import make_server
from services.tools.agents.sandbox_tools import SandboxTools
from shared.bus.errors import Refused
from tests.docs_commands import ROOT
from tests.journeys.kit import LIVING, RunningCountry, eventually, running
from tests.outsiders.typed_pages import settings_for
from tests.servers import environment

pytestmark = [pytest.mark.thorough, pytest.mark.asyncio(loop_scope="module")]

MOST_TOOLS = 20


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    settings = {"EGOV_CLERKS": "instant", "EGOV_CLOCK": "sandbox"}
    async with running(tmp_path_factory.mktemp("country"), environment=settings) as made:
        yield made


def launch_for(country: RunningCountry, **more: str) -> LaunchContext:
    return LaunchContext({**settings_for(country), "EGOV_DATA_DIR": str(country.folder), **more})


@pytest.fixture(scope="module")
def tools(country: RunningCountry) -> dict[str, Any]:
    return {tool.__name__: tool for tool in SandboxTools(launch_for(country)).list_tools()}


async def test_tools_are_few_and_each_says_what_it_does(country: RunningCountry, tools: dict[str, Any]) -> None:
    assert 10 < len(tools) <= MOST_TOOLS
    assert [name for name, tool in tools.items() if not inspect.getdoc(tool)] == []
    reading = {tool.__name__ for tool in SandboxTools(launch_for(country), is_reading=True).list_tools()}
    assert reading < set(tools)
    assert not reading & {
        "join_system",
        "ask_register",
        "send_message",
        "file_application",
        "call_system",
        "move_clock",
    }


async def test_agent_joins_asks_and_reads_the_journal(tools: dict[str, Any]) -> None:
    joined = await tools["join_system"]("agents-system")
    assert joined["token"]
    data = {"iin": LIVING[5].iin}
    passed = await tools["ask_register"]("agents-system", "nr-iin-person", "person-query/1", data)
    assert passed["answer"]["content"]["data"]["person"]["surname"] == LIVING[5].surname
    entries = await tools["search_journal"](case_id=passed["correlation_id"])
    assert {entry["sender"] for entry in entries} == {"agents-system", "nr_iin"}
    rows = await tools["query_database"]("SELECT count(*) AS n FROM participant")
    assert rows["rows"] == [{"n": 1}]


async def test_agent_files_an_application_and_follows_it(tools: dict[str, Any]) -> None:
    filed = await tools["file_application"]("KZ-YUZ.3")
    view = await eventually(
        lambda: tools["show_application"](filed["id"]), lambda application: application["outcome"] is not None
    )
    assert view["steps_done"]
    assert await tools["show_case"](filed["id"])


async def test_refusal_is_told_to_the_agent_with_its_code(tools: dict[str, Any]) -> None:
    message = json.dumps({"service_id": "nr-iin-person", "content": {"contract": "person-query/1", "data": {}}})
    checked = await tools["check_message"](message, sender="nobody-knows")
    assert not checked["passes"]
    refused = await tools["ask_register"]("never-joined", "nr-iin-person", "person-query/1", {})
    assert refused["refused"] == "participant-token"
    assert (await tools["query_database"]("DELETE FROM journal"))["refused"] == "sql-read-only"
    assert (await tools["show_application"]("unknown"))["refused"] == "application-unknown"


async def test_agent_sees_the_systems_and_moves_the_clock(country: RunningCountry, tools: dict[str, Any]) -> None:
    systems = await tools["list_systems"]()
    assert {system["state"] for system in systems} <= {"ready", "not-ready"}, systems
    assert len(systems) == len(country.deployment.nodes)
    operations = await tools["describe_api"]("kdp")
    assert {"GET", "POST"} <= {operation["method"] for operation in operations}
    before = (await tools["show_clock"]())["now"]
    await tools["move_clock"](24)
    assert (await tools["show_clock"]())["now"] > before


async def test_production_serves_no_agent(country: RunningCountry) -> None:
    with pytest.raises(Refused) as refusal:
        make_server(launch_for(country, EGOV_PROFILE="production"))
    assert refusal.value.code == "agents-closed"


@pytest.mark.servers
async def test_client_of_the_protocols_authors_finds_and_calls_the_tools(
    country: RunningCountry, tools: dict[str, Any], tmp_path: Path
) -> None:
    folder = Path(__file__).parent
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    install += ["--target", str(tmp_path), "--require-hashes", "-r", str(folder / "mcp-requirements.txt")]
    installed = await asyncio.to_thread(subprocess.run, install, capture_output=True, text=True, check=False)
    if installed.returncode != 0:
        pytest.skip(f"the SDK cannot be installed: {installed.stderr}")
    settings = {**settings_for(country), "EGOV_DATA_DIR": str(country.folder)}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, str(folder / "mcp_client.py")],
        env=environment.inherited(**settings, PYTHONPATH=f"{tmp_path}:{ROOT}"),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=90,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told["tools"]) == set(tools)
    assert "iin" in json.dumps(told["list_people"])
    assert told["read_system"][0]["refused"] == "not-found"
