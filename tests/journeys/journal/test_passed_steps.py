"""From a clause of the act to a case that passed its step: for ШЭП's operator, and for nobody else."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.journeys.installation.test_every_command import offset_of
from tests.journeys.kit import Served
from tests.signing.conftest import Terminal

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_operator_sees_the_newest_case_of_each_step_that_was_passed(served: Served) -> None:
    gateway = served.country.operator("shep_gateway")
    rows = await gateway.get("/api/v1/regulations/KZ-YUZ.3/passed-steps")
    passed = {row["step"]: row["case_id"] for row in rows if row["channel"] == "portal"}
    assert {"t3", "t5", "t6"} <= passed.keys(), "steps of the gateways and of people of the authority"
    assert await gateway.get(f"/api/v1/cases/{passed['t6']}/timeline")


async def test_coverage_command_names_the_newest_case_of_each_step_that_was_passed(
    served: Served, tmp_path: Path
) -> None:
    """Act 004, KZ-YUZ.3: the portal's table; steps of ЦОН were passed by nobody."""
    terminal = Terminal(tmp_path, served.country)
    gateway = {"EGOV_PORT_OFFSET": str(offset_of(served.country)), "EGOV_LANG": "en"}
    shown = await terminal.types("coverage", "KZ-YUZ.3", "--cases", COLUMNS="400", **gateway)
    assert shown.code == 0, shown.err
    text = " ".join(shown.out.split())
    for step in ("t3", "t6"):
        assert f"portal main {step} (case {served.case})" in text
    assert "con main t3 (case" not in text
    plain = await terminal.types("coverage", "KZ-YUZ.3", COLUMNS="400", **gateway)
    assert "(case" not in plain.out


async def test_coverage_command_says_that_nobody_answers_for_the_cases(tmp_path: Path, served: Served) -> None:
    terminal = Terminal(tmp_path, served.country)
    ended = await terminal.types("coverage", "KZ-YUZ.3", "--cases", EGOV_PORT_OFFSET="29000")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("gateway-unavailable: ")


async def test_page_of_the_clauses_shows_a_stranger_no_case(served: Served) -> None:
    url = served.country.url("shep_gateway")
    async with httpx.AsyncClient(base_url=url) as stranger:
        page = await stranger.get("/regulations/KZ-YUZ.3/clauses")
        answer = await stranger.get("/api/v1/regulations/KZ-YUZ.3/passed-steps")
        diagram = await stranger.get("/regulations/KZ-YUZ.3/diagram")
    assert "console/cases/" not in page.text
    assert (answer.status_code, answer.json()["code"]) == (401, "operator-only")
    assert "утратил" in diagram.text, "that the act is repealed is said beside the picture too"
