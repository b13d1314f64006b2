"""``egov-bus clock`` and docs/how-to/clock.md: the commands and their effects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import typer

from services.tools.clock import read_moment, read_span
from shared.contracts.local_time import KAZAKHSTAN
from tests.docs_commands import ROOT, blocks, types
from tests.journeys.kit import RunningCountry, running
from tests.signing.conftest import Terminal

pytestmark = pytest.mark.thorough

SANDBOX = {"EGOV_CLOCK": "sandbox", "EGOV_CLOCK_START": "2026-03-16T09:00:00+05:00"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",), environment=SANDBOX) as made:
        yield made


async def typed(nuc: RunningCountry, folder: Path, script: str) -> tuple[int, str, str]:
    settings = {"EGOV_NUC_URL": nuc.url("is_nuc"), "EGOV_DATA_DIR": str(nuc.folder), "COLUMNS": "200"}
    done = await asyncio.to_thread(types, folder, script, **settings)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.asyncio(loop_scope="module")
async def test_clock_docs_examples_do_what_they_say(nuc: RunningCountry, tmp_path: Path) -> None:
    commands, requests = blocks("how-to/clock.md", "sh")
    code, out, err = await typed(nuc, tmp_path, commands)
    assert code == 0, err
    last: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert (last["mode"], last["is_sandbox"], last["version"]) == ("frozen", True, 5)
    assert datetime.fromisoformat(last["now"]) == datetime(2027, 3, 20, 18, tzinfo=KAZAKHSTAN)
    assert "Thu 19.03.2026 13:" in out, "three days and four hours after Monday at nine"
    assert "60 seconds in a second" in out
    code, out, err = await typed(nuc, tmp_path, requests)
    assert code == 0, err
    told = [json.loads(one) for one in out.replace("}{", "}\n{").splitlines()]
    assert [one["mode"] for one in told] == ["frozen", "frozen", "rate", "frozen"]
    moved = [datetime.fromisoformat(one["now"]) for one in told]
    assert moved[1] - moved[0] == timedelta(days=1)
    assert moved[3] >= moved[2] >= moved[1]


@pytest.mark.asyncio(loop_scope="module")
async def test_clock_refusal_is_told_by_its_code_and_changes_nothing(nuc: RunningCountry, tmp_path: Path) -> None:
    before = (await nuc.answer("is_nuc", "GET", "/api/v1/clock")).json()["version"]
    terminal = Terminal(tmp_path, nuc)
    earlier = await terminal.types("clock", "freeze", "2026-01-01")
    assert (earlier.code, earlier.err.partition(":")[0]) == (1, "clock-backwards")
    unclear = await terminal.types("clock", "advance", "tomorrow")
    assert unclear.code == 2
    assert "3d4h" in unclear.err
    stranger = await terminal.types("clock", "rate", "2", EGOV_OPERATOR_TOKEN="kq3V0h1yJc8sWn5tXr2bZp7u")
    assert (stranger.code, stranger.err.partition(":")[0]) == (1, "operator-only")
    lost = await terminal.types("clock", "show", EGOV_NUC_URL="http://127.0.0.1:1")
    assert (lost.code, lost.err.partition(":")[0]) == (1, "nuc-unavailable")
    assert (await nuc.answer("is_nuc", "GET", "/api/v1/clock")).json()["version"] == before


@pytest.mark.asyncio(loop_scope="module")
async def test_clock_of_the_bus_is_a_tools_when_the_tool_is_told_of_one(
    nuc: RunningCountry, tmp_path: Path
) -> None:
    terminal, secret = Terminal(tmp_path, nuc), ("--password-file", "password")
    (tmp_path / "letter.txt").write_text("a letter")
    made = await terminal.types("certificate", "--algorithm", "ec", *secret, "--json", EGOV_CLOCK="sandbox")
    p12 = json.loads(made.out)["p12"]
    signed = await terminal.types("sign", "letter.txt", "--p12", p12, *secret, "--stamp", EGOV_CLOCK="sandbox")
    assert signed.code == 0, signed.err
    told = await terminal.types("verify", "letter.txt.p7s", "--json", EGOV_CLOCK="sandbox")
    assert told.code == 0, told.err
    assert '"eds-valid"' in told.out
    machines = await terminal.types("verify", "letter.txt.p7s", "--json")
    assert machines.code == 1, "by the machine's time the certificate is not valid yet"


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("3d4h", timedelta(days=3, hours=4)),
        ("90m", timedelta(minutes=90)),
        ("1.5h", timedelta(minutes=90)),
        ("30s", timedelta(seconds=30)),
        (" 1d ", timedelta(days=1)),
    ],
)
def test_span_is_read_as_people_write_spans(text: str, span: timedelta) -> None:
    assert read_span(text) == span


@pytest.mark.parametrize("text", ["", "3", "d", "3x", "-3d", "3d 4h", "3d4", "1e3s", "tomorrow"])
def test_span_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        read_span(text)


def test_moment_without_a_zone_is_kazakhstans() -> None:
    assert read_moment("2026-03-20T09:00") == datetime(2026, 3, 20, 4, tzinfo=UTC)
    assert read_moment("2026-03-20T09:00+00:00") == datetime(2026, 3, 20, 9, tzinfo=UTC)
    with pytest.raises(typer.BadParameter):
        read_moment("noon")


def test_clock_codes_are_all_in_the_docs_of_codes() -> None:
    known = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    codes = ("real", "backwards", "too-far", "behind", "unavailable")
    extensions = ("not-given", "unmeasured", "backwards")
    wanted = [*(f"clock-{one}" for one in codes), *(f"extension-{one}" for one in extensions)]
    assert [code for code in wanted if f"`{code}`" not in known] == []
