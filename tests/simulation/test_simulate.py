"""A shortened simulation: equal figures for equal plans, every message arrives, every journal conforms to its
act.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.tools.simulation.plan import SimulationPlan
from services.tools.simulation.run import run_simulation
from tests.docs_commands import blocks, types

pytestmark = [pytest.mark.thorough, pytest.mark.timeout(300)]

PLAN = SimulationPlan(date(2026, 3, 2), 5, 40, 7)
"""What the example in docs/how-to/simulation.md asks for."""


@dataclass(frozen=True)
class SimulationRuns:
    """The figures of one plan, simulated here and by the command that the documentation shows."""

    figures: dict[str, Any]
    command: subprocess.CompletedProcess[str]
    folder: Path


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> SimulationRuns:
    here, there = tmp_path_factory.mktemp("here"), tmp_path_factory.mktemp("there")
    figures = asyncio.run(
        run_simulation(PLAN, here, late_share=0.03, environment={}, on_progress=lambda at, applied: None)
    )
    (script,) = blocks("how-to/simulation.md", "sh")
    return SimulationRuns(figures, types(there, script), there)


def test_simulation_of_the_same_seed_gives_the_same_figures(runs: SimulationRuns) -> None:
    assert runs.command.returncode == 0, runs.command.stderr
    told = json.loads((runs.folder / "figures.json").read_text())
    assert told["plan"].pop("late_share") == 0.03
    assert json.dumps(told) == json.dumps(runs.figures)


def test_simulation_loses_no_message_and_takes_every_case_somewhere(runs: SimulationRuns) -> None:
    told = runs.figures
    assert sum(told["cases"].values()) == sum(told["applications"]["by_day"].values()) == PLAN.cases
    assert set(told["cases"]) <= {"granted", "refused", "open", "turned away"}
    assert told["cases"]["granted"] > 5
    bus = told["delivery"]
    assert bus["accepted"] == bus["delivered"] > 100
    assert (bus["dead"], bus["in_flight"], bus["lost"]) == (0, 0, 0)


def test_simulation_journals_all_keep_to_their_acts(runs: SimulationRuns) -> None:
    assert runs.figures["conformance"] == {}


def test_simulation_page_shows_every_figure_and_needs_nothing_else(runs: SimulationRuns) -> None:
    drawn = (runs.folder / "report.html").read_text(encoding="utf-8")
    assert drawn.count("<svg") >= 6
    assert not re.findall(r"(?:src|href)=|https?://", drawn)
    assert all(name in drawn for name in runs.figures["applications"]["by_service"])
    assert drawn.count("<tr>") == len(runs.figures["steps"]) + 1


def test_simulation_command_tells_the_figures_and_refuses_a_date_that_is_none(
    runs: SimulationRuns, tmp_path: Path
) -> None:
    assert "lost 0" in runs.command.stdout
    assert types(tmp_path, ".venv/bin/egov-bus simulate --first yesterday").returncode == 2
