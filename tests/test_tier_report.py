"""The output at the end of a test run, and the remains of a killed run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.environment import run_prefix, sweep
from tests.tier_report import SLOWEST, Counts, TierResult, closing_report


def test_closing_report_ends_with_the_sum_of_all_tiers() -> None:
    fast = TierResult("fast", Counts(passed=5, skipped=1), 4.04, coverage=71.26)
    servers = TierResult("servers", Counts(passed=2, failed=1), 60.0)
    assert closing_report([fast, servers]).splitlines() == [
        "fast: 5 passed, 0 failed, 1 skipped in 4.0 s",
        "servers: 2 passed, 1 failed in 60.0 s",
        "coverage of the fast tier: 71.3 %",
        "7 passed, 1 failed",
    ]


def test_closing_report_names_the_slowest_tests_of_all_tiers_the_slowest_first() -> None:
    fast = TierResult("fast", slowest=tuple((float(n), f"fast-{n}") for n in range(30)))
    thorough = TierResult("thorough", slowest=((15.5, "thorough"),))
    lines = closing_report([fast, thorough]).splitlines()
    told = [line.split()[-1] for line in lines[lines.index("slowest:") + 1 : -1]]
    assert len(told) == SLOWEST
    assert told[:2] == ["fast-29", "fast-28"]
    assert told.index("thorough") == told.index("fast-16") + 1


def test_tier_result_comes_back_as_it_was_written() -> None:
    result = TierResult("fast", Counts(1, 2, 3), 4.5, ((2.5, "a test"),), 80.0)
    assert TierResult.from_json(result.to_json()) == result


def test_folder_of_a_killed_run_is_swept_and_that_of_a_running_one_is_not(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as ended:
        pass
    ours, abandoned = (tmp_path / f"{run_prefix(pid)}x" for pid in (os.getpid(), ended.pid))
    for folder in (ours, abandoned, tmp_path / "egov-tests-of-somebody", tmp_path / "other-1-x"):
        folder.mkdir()
        (folder / "data.sqlite").touch()
    sweep(tmp_path)
    assert {folder.name for folder in tmp_path.iterdir()} == {ours.name, "egov-tests-of-somebody", "other-1-x"}
