"""The output at the end of a test run, and the remains of a killed run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.runner.line_coverage import ROOT
from tests.runner.tier_report import SLOWEST, Counts, TierResult, closing_report, read_coverage
from tests.servers.environment import run_prefix, sweep


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


def test_coverage_counts_a_line_that_any_worker_ran(tmp_path: Path) -> None:
    first = {"a.py": {"executed_lines": [1, 2], "missing_lines": [3, 4]}}
    second = {
        "a.py": {"executed_lines": [3], "missing_lines": [1, 2, 4]},
        "b.py": {"executed_lines": [], "missing_lines": [7]},
    }
    for name, lines in (("1.json", first), ("2.json", second)):
        (tmp_path / name).write_text(json.dumps(lines))
    assert read_coverage(tmp_path) == 3 / 5 * 100


def test_coverage_without_a_measurement_is_none(tmp_path: Path) -> None:
    assert read_coverage(tmp_path) is None


def test_line_notes_tell_lines_that_ran_lines_that_did_not_and_files_nobody_imported(tmp_path: Path) -> None:
    (tmp_path / "seen.py").write_text("def absolute(n):\n    if n < 0:\n        return -n\n    return n\n")
    (tmp_path / "unseen.py").write_text("SIZE = 1\nWEIGHT = 2\n")
    steps = (
        "import json, sys; from pathlib import Path; from tests.runner.line_coverage import LineNotes",
        f"sys.path.insert(0, {str(tmp_path)!r}); notes = LineNotes([Path({str(tmp_path)!r})]); notes.begin()",
        "import seen; [seen.absolute(n) for n in range(500)]; print(json.dumps(notes.end()))",
    )
    ran = subprocess.run([sys.executable, "-c", "\n".join(steps)], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert {
        Path(name).name: (lines["executed_lines"], lines["missing_lines"])
        for name, lines in json.loads(ran.stdout).items()
    } == {"seen.py": ([1, 2, 4], [3]), "unseen.py": ([], [1, 2])}


def test_folder_of_a_killed_run_is_swept_and_that_of_a_running_one_is_not(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as ended:
        pass
    ours, abandoned = (tmp_path / f"{run_prefix(pid)}x" for pid in (os.getpid(), ended.pid))
    for folder in (ours, abandoned, tmp_path / "egov-tests-of-somebody", tmp_path / "other-1-x"):
        folder.mkdir()
        (folder / "data.sqlite").touch()
    sweep(tmp_path)
    assert {folder.name for folder in tmp_path.iterdir()} == {ours.name, "egov-tests-of-somebody", "other-1-x"}
