"""The report of a test run: the progress of a tier while it runs, the result of each tier, the closing lines."""

from __future__ import annotations

import heapq
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

import pytest

STEPS = 4
SLOWEST = 20


@dataclass(frozen=True)
class Counts:
    """The number of tests by result."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    @property
    def closing_line(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"


@dataclass(frozen=True)
class TierResult:
    """The result of one tier: its counts, its seconds, its slowest tests, the share of lines that it ran."""

    name: str
    counts: Counts = field(default_factory=Counts)
    seconds: float = 0.0
    slowest: tuple[tuple[float, str], ...] = ()
    """Seconds (set-up and clean-up included) and name of a test, the slowest first."""
    coverage: float | None = None
    """Percent of the lines of the product; None without a measurement."""

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> TierResult:
        read = json.loads(text)
        slowest = tuple((seconds, test) for seconds, test in read["slowest"])
        return cls(**{**read, "counts": Counts(**read["counts"]), "slowest": slowest})

    @property
    def summary(self) -> str:
        skipped = f", {self.counts.skipped} skipped" if self.counts.skipped else ""
        return f"{self.name}: {self.counts.closing_line}{skipped} in {self.seconds:.1f} s"


def closing_report(results: Sequence[TierResult]) -> str:
    """The text after all tiers: a line for each tier, the slowest tests, the coverage, and the closing line."""
    slowest = heapq.nlargest(SLOWEST, (slow for result in results for slow in result.slowest))
    lines = [result.summary for result in results]
    if slowest:
        lines += ["slowest:", *(f"{seconds:7.1f} s  {test}" for seconds, test in slowest)]
    lines += [
        f"coverage of the {result.name} tier: {result.coverage:.1f} %"
        for result in results
        if result.coverage is not None
    ]
    total = sum((result.counts for result in results), Counts())
    return "\n".join([*lines, total.closing_line])


def read_coverage(folder: Path) -> float | None:
    """The percent of lines that at least one worker ran; None where no worker wrote its lines (JSON: by file,
    ``executed_lines`` and ``missing_lines``)."""
    ran: set[tuple[str, int]] = set()
    missing: set[tuple[str, int]] = set()
    for written in folder.glob("*.json"):
        for name, lines in json.loads(written.read_text()).items():
            ran.update((name, line) for line in lines["executed_lines"])
            missing.update((name, line) for line in lines["missing_lines"])
    return 100 * len(ran) / len(ran | missing) if ran else None


@dataclass(eq=False)
class Progress:
    """A pytest plugin: counts what pytest reports and shows it on one line of ``screen``."""

    tier: str
    screen: TextIO
    total: int = 0
    endings: dict[str, str] = field(default_factory=dict)
    durations: dict[str, float] = field(default_factory=dict)
    shown: int = 0
    started: float = field(default_factory=time.monotonic)

    def begin(self) -> None:
        """Count the seconds of the tier from now."""
        self.started = time.monotonic()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.total = max(self.total, len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        self.total = max(self.total, len(ids))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.endings[report.nodeid] = "failed"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.durations[report.nodeid] = self.durations.get(report.nodeid, 0.0) + report.duration
        if report.when == "call" or report.outcome != "passed":
            worst = self.endings.get(report.nodeid) == "failed"
            self.endings[report.nodeid] = "failed" if worst else report.outcome
        if report.when == "teardown":
            self.show()

    @property
    def counts(self) -> Counts:
        endings = list(self.endings.values())
        return Counts(endings.count("passed"), endings.count("failed"), endings.count("skipped"))

    @property
    def is_live(self) -> bool:
        return self.screen.isatty()

    def show(self) -> None:
        """Show the progress: on a terminal after every test, else a line for each quarter of the tests."""
        failed = f", {self.counts.failed} failed" if self.counts.failed else ""
        line = f"{self.tier}: {len(self.endings)} of {self.total}{failed}"
        if self.is_live:
            print(f"\r\x1b[K{line}", end="", file=self.screen, flush=True)
        elif self._has_come_a_step_further():
            print(line, file=self.screen, flush=True)

    def _has_come_a_step_further(self) -> bool:
        step = len(self.endings) * STEPS // max(self.total, 1)
        further = step > self.shown
        self.shown = max(step, self.shown)
        return further and step < STEPS

    def result(self, coverage: float | None) -> TierResult:
        """The result of the tier that ends now."""
        slowest = heapq.nlargest(SLOWEST, ((seconds, test) for test, seconds in self.durations.items()))
        seconds = time.monotonic() - self.started
        return TierResult(self.tier, self.counts, seconds, tuple(slowest), coverage)
