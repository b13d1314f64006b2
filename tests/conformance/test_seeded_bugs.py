"""The power of the kit: every seeded bug is caught by the requirement that names it, no right one is blamed."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import yaml

from services.tools.conformance.judging import ConformanceOutcome
from tests.conformance.participants.buggy import SeededBugs
from tests.conformance.playing import ROLES, play_role

BUGS: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("bugs.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("role", BUGS)
async def test_every_seeded_bug_is_caught_by_the_requirement_that_names_it(role: str) -> None:
    reports = await asyncio.gather(*(play_role(role, SeededBugs({bug})) for bug in BUGS[role]))
    outcomes = {
        bug: next(one.outcome for one in report.results if one.requirement.id == requirement)
        for (bug, requirement), report in zip(BUGS[role].items(), reports, strict=True)
    }
    missed = {bug: outcome for bug, outcome in outcomes.items() if outcome is not ConformanceOutcome.FAIL}
    assert missed == {}


@pytest.mark.parametrize("role", ROLES)
async def test_reference_participant_without_bugs_is_blamed_for_nothing(role: str) -> None:
    report = await play_role(role, SeededBugs())
    good = (ConformanceOutcome.PASS, ConformanceOutcome.OMIT)
    blamed = {one.requirement.id: (one.outcome, one.faults) for one in report.results if one.outcome not in good}
    assert blamed == {}
