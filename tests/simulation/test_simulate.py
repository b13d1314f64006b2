"""A shortened simulation: equal figures for equal plans, every message arrives, every journal conforms to its
act.
"""

from __future__ import annotations

import asyncio
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.tools.simulation.plan import SimulationPlan
from services.tools.simulation.report_page import render_page
from services.tools.simulation.run import run_simulation
from tests.docs_commands import blocks, types

pytestmark = pytest.mark.thorough

PLAN = SimulationPlan(date(2026, 3, 2), 5, 40, 7)


def simulated(folder: Path) -> dict[str, Any]:
    folder.mkdir()
    return asyncio.run(
        run_simulation(PLAN, folder, late_share=0.1, environment={}, on_progress=lambda at, applied: None)
    )


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("simulation")
    return [simulated(folder / name) for name in ("first", "again")]


def test_simulation_of_the_same_seed_gives_the_same_figures(twice: list[dict[str, Any]]) -> None:
    assert json.dumps(twice[0]) == json.dumps(twice[1])


def test_simulation_loses_no_message_and_takes_every_case_somewhere(twice: list[dict[str, Any]]) -> None:
    told = twice[0]
    assert sum(told["cases"].values()) == sum(told["applications"]["by_day"].values()) == PLAN.cases
    assert set(told["cases"]) <= {"granted", "refused", "open", "turned away"}
    assert told["cases"]["granted"] > 5
    bus = told["delivery"]
    assert bus["accepted"] == bus["delivered"] > 100
    assert (bus["dead"], bus["in_flight"], bus["lost"]) == (0, 0, 0)


def test_simulation_journals_all_keep_to_their_acts(twice: list[dict[str, Any]]) -> None:
    assert twice[0]["conformance"] == {}


def test_simulation_page_shows_every_figure_and_needs_nothing_else(twice: list[dict[str, Any]]) -> None:
    drawn = render_page(twice[0])
    assert drawn.count("<svg") >= 6
    assert not re.findall(r"(?:src|href)=|https?://", drawn)
    assert all(name in drawn for name in twice[0]["applications"]["by_service"])
    assert drawn.count("<tr>") == len(twice[0]["steps"]) + 1


def test_simulation_command_writes_its_report(tmp_path: Path) -> None:
    (script,) = blocks("how-to/simulation.md", "sh")
    ran = types(tmp_path, script)
    assert ran.returncode == 0, ran.stderr
    assert json.loads((tmp_path / "figures.json").read_text())["plan"]["seed"] == 3
    assert "<svg" in (tmp_path / "report.html").read_text()
    assert "lost 0" in ran.stdout
    assert types(tmp_path, ".venv/bin/egov-bus simulate --first yesterday").returncode == 2
