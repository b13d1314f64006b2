"""A tier collects at once and runs its tests only when the starting process wants them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.__main__ import GO, NO_TESTS
from tests.runner.line_coverage import ROOT
from tests.runner.tier_report import Counts, TierResult


@pytest.mark.parametrize(("word", "code", "passed"), [(b"", NO_TESTS, None), (GO, 0, 2)])
def test_tier_runs_its_tests_only_after_the_word(
    tmp_path: Path, word: bytes, code: int, passed: int | None
) -> None:
    file = tmp_path / "result.json"
    command = (sys.executable, "-m", "tests", "fast", "--result", str(file), "--")
    ran = subprocess.run([*command, "tests/runner/test_work_order.py"], cwd=ROOT, input=word, capture_output=True)
    assert ran.returncode == code, ran.stdout
    told = TierResult.from_json(file.read_text()).counts if file.exists() else None
    assert told == (None if passed is None else Counts(passed=passed))
