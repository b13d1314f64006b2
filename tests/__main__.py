"""``python -m tests [fast | thorough | servers] [-- PYTEST ARGUMENTS]``: three tiers, and one closing line.

The first tier needs nothing but Python; the second needs time; the third runs with a private RabbitMQ and
PostgreSQL and with other people's programs. Each shows one line of progress, rewritten in place on a terminal;
failures are printed in full; the last line of all is ``N passed, N failed`` over the tiers that ran. The exit code
is 0 only when something passed and nothing failed.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import pytest

from tests.servers import environment
from tests.servers.commands import leave_in_good_order, outlast

ROOT = Path(__file__).parents[1]
MOST_WORKERS = 4
STEPS = 4
WITH_SERVERS = ("-m", "tests.servers", "run", "--", sys.executable)
QUIET = ("-q", "--no-header", "-o", "console_output_style=classic", "-o", "verbosity_assertions=2")
NO_TESTS = int(pytest.ExitCode.NO_TESTS_COLLECTED)
ORDINARY = (int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED), NO_TESTS)


@dataclass(frozen=True)
class Tier:
    """A tier of tests: those that ``marker`` selects, run by this Python after the ``prefix``."""

    name: str
    marker: str
    prefix: tuple[str, ...]
    options: tuple[str, ...]


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


@dataclass(eq=False)
class Progress:
    """A pytest plugin: counts what pytest reports and shows it on one line of ``screen``."""

    tier: str
    screen: TextIO
    total: int = 0
    endings: dict[str, str] = field(default_factory=dict)
    shown: int = 0
    started: float = field(default_factory=time.monotonic)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.total = max(self.total, len(session.items))

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        self.total = max(self.total, len(ids))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.endings[report.nodeid] = "failed"

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
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

    @property
    def summary(self) -> str:
        skipped = f", {self.counts.skipped} skipped" if self.counts.skipped else ""
        seconds = time.monotonic() - self.started
        return f"{self.tier}: {self.counts.closing_line}{skipped} in {seconds:.1f} s"


def main(arguments: Sequence[str]) -> int:
    """Run the requested tiers, print the closing line, return the exit code."""
    # A shell without job control starts background jobs that ignore SIGINT; some tests send SIGINT and expect an
    # answer.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    leave_in_good_order()
    own, pytest_arguments = _split(arguments)
    options = _parser().parse_args(own)
    if options.counts:
        return run_here(tiers()[options.tier], options.counts, pytest_arguments)
    with tempfile.TemporaryDirectory(prefix="egov-tests-", dir=environment.roomy_memory()) as folder:
        return _run_all(options.tier, pytest_arguments, environment.inherited_in(Path(folder)))


def _run_all(wanted: str, pytest_arguments: Sequence[str], given: Mapping[str, str]) -> int:
    chosen = [tier for tier in tiers().values() if wanted in ("all", tier.name)]
    total = Counts()
    try:
        for tier in chosen:
            total += run_apart(tier, pytest_arguments, given)
    except (KeyboardInterrupt, SystemExit):
        print("interrupted, counted as one failure", flush=True)
        total += Counts(failed=1)
    print(total.closing_line, flush=True)
    return 0 if total.passed and not total.failed else 1


def tiers() -> dict[str, Tier]:
    """All tiers by name, the fast one first."""
    processors = os.cpu_count() or 1
    workers = str(min(MOST_WORKERS, processors))
    waiting = str(min(MOST_WORKERS, processors + 1))  # the second tier mostly waits for programs
    fast = Tier("fast", "not servers and not thorough", (), ("-n", workers))
    # `make check` has already run the architecture tests
    thorough = Tier("thorough", "thorough and not servers", (), ("-n", waiting, "--ignore=tests/architecture"))
    # tests of one file share a broker or a deployment; files use different names and can run apart
    servers = Tier("servers", "servers", WITH_SERVERS, ("-n", workers, "--dist", "loadfile"))
    return {tier.name: tier for tier in (fast, thorough, servers)}


def run_apart(tier: Tier, arguments: Sequence[str], given: Mapping[str, str] | None = None) -> Counts:
    """Run ``tier`` in its own process, with servers where needed; a crash counts as one failure."""
    with tempfile.TemporaryDirectory(prefix="egov-tests-") as folder:
        counts = Path(folder) / "counts.json"
        own = ("-m", "tests", tier.name, "--counts", str(counts), "--", *arguments)
        code = outlast(subprocess.Popen([sys.executable, *tier.prefix, *own], cwd=ROOT, env=given))
        told = Counts(**json.loads(counts.read_text())) if counts.exists() else Counts()
    if code not in ORDINARY and not told.failed:
        print(f"{tier.name}: ended with exit code {code}, counted as one failure", flush=True)
        return told + Counts(failed=1)
    return told


def run_here(tier: Tier, file: Path, arguments: Sequence[str]) -> int:
    """Run the tests of ``tier`` in this process and write the counts to ``file``.

    The output of pytest is shown only when a test failed.
    """
    leave_in_good_order(like_ctrl_c=True)
    progress = Progress(tier.name, screen=sys.stdout)
    colour = "--color=yes" if progress.is_live else "--color=no"
    command = [*QUIET, colour, *tier.options, "-m", tier.marker, *arguments]
    print(f"{tier.name}: collecting", end="" if progress.is_live else "\n", flush=True)
    with redirect_stdout(io.StringIO()) as report:
        code = int(pytest.main(command, plugins=[progress]))
    if progress.is_live:
        print("\r\x1b[K", end="")
    if code not in (pytest.ExitCode.OK, NO_TESTS):
        print(report.getvalue())
    print(progress.summary, flush=True)
    file.write_text(json.dumps(vars(progress.counts)))
    return code


def _split(arguments: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The command's own arguments, and the arguments after the first ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests",
        description="Run the tests in three tiers.",
        epilog="After -- come further arguments for pytest.",
    )
    parser.add_argument("tier", nargs="?", default="all", choices=("all", "fast", "thorough", "servers"))
    parser.add_argument("--counts", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
