"""``python -m tests [fast | thorough | servers] [-- PYTEST ARGUMENTS]``: three tiers, and one closing line.

The first tier needs nothing but Python; the second needs time; the third runs with a private RabbitMQ and
PostgreSQL and with programs by other authors. Without a name all tests run: the first tier, and then the two other
tiers together, because tests of the one wait while tests of the other calculate. Each run shows one line of
progress, rewritten in place on a terminal. Failures are printed in full. The output ends with the seconds of each
run, the slowest twenty tests and, last, ``N passed, N failed`` over all runs. The exit code is 0 only if some
tests passed and no test failed. With ``--coverage`` the first tier measures the covered share of the product.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.runner.tier_report import Counts, Progress, TierResult, closing_report, read_coverage
from tests.servers import environment
from tests.servers.__main__ import NO_SERVERS
from tests.servers.commands import leave_in_good_order, outlast

ROOT = Path(__file__).parents[1]
MOST_WORKERS = 4
WITH_SERVERS = ("-m", "tests.servers", "run", "--", sys.executable)
QUIET = ("-q", "--no-header", "-o", "console_output_style=classic", "-o", "verbosity_assertions=2")
LATER = "thorough+servers"
WHOLE_RUN = ("fast", LATER)
FORKING = ("-p", "no:xdist", "-p", "tests.runner.forked_workers")
MEASURING = ("-p", "tests.runner.line_coverage")
GO = b"go"
"""The word on the standard input of a waiting run that begins its tests."""
NO_TESTS = int(pytest.ExitCode.NO_TESTS_COLLECTED)
ORDINARY = (int(pytest.ExitCode.OK), int(pytest.ExitCode.TESTS_FAILED), NO_TESTS)


@dataclass(frozen=True)
class Tier:
    """A tier of tests: those that ``marker`` selects, run by this Python after the ``prefix``."""

    name: str
    marker: str
    prefix: tuple[str, ...]
    options: tuple[str, ...]
    is_measurable: bool = False
    """Whether coverage may be measured: putting probes into the product takes each worker seconds."""


def main(arguments: Sequence[str]) -> int:
    """Run the requested tiers, print the closing line, return the exit code."""
    # A shell without job control starts background jobs that ignore SIGINT; some tests send SIGINT and expect an
    # answer.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    leave_in_good_order()
    own, pytest_arguments = _split(arguments)
    options = _parser().parse_args(own)
    if options.result:
        return run_here(tiers()[options.tier], options.result, pytest_arguments, is_measured=options.coverage)
    memory = environment.roomy_memory()
    if memory is not None:
        environment.sweep(memory)
    with tempfile.TemporaryDirectory(prefix=environment.run_prefix(os.getpid()), dir=memory) as folder:
        given = environment.inherited_in(Path(folder))
        return _run_all(options.tier, pytest_arguments, given, is_measured=options.coverage)


def _run_all(wanted: str, pytest_arguments: Sequence[str], given: Mapping[str, str], *, is_measured: bool) -> int:
    names = WHOLE_RUN if wanted == "all" else (wanted,)
    results = []
    try:
        with ExitStack() as stack:

            def prepare(name: str) -> WaitingRun:
                tier = tiers()[name]
                return stack.enter_context(waiting_run(tier, pytest_arguments, given, is_measured=is_measured))

            for run in [prepare(name) for name in names]:
                results.append(run.finish())
                if run.tier.name == LATER and run.has_no_servers:
                    results.append(prepare("thorough").finish())
    except (KeyboardInterrupt, SystemExit):
        results.append(TierResult("interrupted, counted as one failure", Counts(failed=1)))
    print(closing_report(results), flush=True)
    total = sum((result.counts for result in results), Counts())
    return 0 if total.passed and not total.failed else 1


def tiers() -> dict[str, Tier]:
    """All tiers by name, the fast one first, and the two later ones as one."""
    processors = os.cpu_count() or 1
    # the tests of the later tiers mostly wait for other programs
    quick, waiting, patient = ((*FORKING, f"--forks={min(MOST_WORKERS, processors + more)}") for more in (0, 1, 2))
    fast = Tier("fast", "not servers and not thorough", (), quick, is_measurable=True)
    # `make check` has already run the architecture tests
    without_checks = "--ignore=tests/architecture"
    thorough = Tier("thorough", "thorough and not servers", (), (*waiting, without_checks))
    servers = Tier("servers", "servers", WITH_SERVERS, patient)
    later = Tier(LATER, "thorough or servers", WITH_SERVERS, (*patient, without_checks))
    return {tier.name: tier for tier in (fast, thorough, servers, later)}


@dataclass(frozen=True)
class WaitingRun:
    """A tier in its own process, which has its servers and waits for a word to run its tests."""

    tier: Tier
    process: subprocess.Popen[bytes]
    file: Path

    def finish(self) -> TierResult:
        """Run the tests to their end; a crash counts as one failure."""
        self.say(GO)
        code = outlast(self.process)
        result = TierResult.from_json(self.file.read_text()) if self.file.exists() else TierResult(self.tier.name)
        if code not in ORDINARY and not result.counts.failed:
            print(f"{self.tier.name}: ended with exit code {code}, counted as one failure", flush=True)
            return replace(result, counts=result.counts + Counts(failed=1))
        return result

    @property
    def has_no_servers(self) -> bool:
        """Whether the run has ended without tests, because a server could not be started."""
        return self.process.returncode == NO_SERVERS and not self.file.exists()

    def say(self, word: bytes) -> None:
        """The last word to the process: an empty one means that nobody wants its tests."""
        ears = self.process.stdin
        assert ears is not None
        with suppress(BrokenPipeError):
            if not ears.closed:
                ears.write(word)
                ears.close()


@contextmanager
def waiting_run(
    tier: Tier, arguments: Sequence[str], given: Mapping[str, str], *, is_measured: bool
) -> Iterator[WaitingRun]:
    """The process of ``tier``, with servers where needed: they start while an earlier tier runs."""
    with tempfile.TemporaryDirectory(prefix="egov-tests-") as folder:
        file = Path(folder) / "result.json"
        own = ["-m", "tests", tier.name, "--result", str(file), *(["--coverage"] if is_measured else [])]
        command = [sys.executable, *tier.prefix, *own, "--", *arguments]
        process = subprocess.Popen(command, cwd=ROOT, env=given, stdin=subprocess.PIPE)
        run = WaitingRun(tier, process, file)
        try:
            yield run
        finally:
            run.say(b"")
            outlast(process)


@dataclass(eq=False)
class StartWord:
    """A pytest plugin that holds the tests of a collected tier back until the starting process wants them.

    Each tier collects at once, one process for each: a processor is free while the other tier collects.
    """

    progress: Progress
    ears: int = field(default_factory=lambda: os.dup(sys.stdin.fileno()))
    """The standard input, which pytest takes from the tests."""
    is_unwanted: bool = False

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        self.is_unwanted = not self.is_given()
        if self.is_unwanted:
            pytest.exit("nobody wants the tests", returncode=NO_TESTS)
        self.progress.begin()

    def is_given(self) -> bool:
        """Wait for the word."""
        try:
            with os.fdopen(self.ears, "rb") as ears:
                return ears.read() == GO
        except KeyboardInterrupt:
            return False


def run_here(tier: Tier, file: Path, arguments: Sequence[str], *, is_measured: bool) -> int:
    """Run the tests of ``tier`` in this process and write its result to ``file``, unless nobody wants them.

    The output of pytest is shown only when a test failed.
    """
    leave_in_good_order(like_ctrl_c=True)
    progress = Progress(tier.name, screen=sys.stdout)
    start = StartWord(progress)
    colour = "--color=yes" if progress.is_live else "--color=no"
    lines = file.with_name("lines")
    lines.mkdir()
    measuring = (*MEASURING, f"--lines-to={lines}") if is_measured and tier.is_measurable else ()
    command = [*QUIET, colour, *tier.options, *measuring, "-m", tier.marker, *arguments]
    print(f"{tier.name}: collecting", end="\r" if progress.is_live else "\n", flush=True)
    with redirect_stdout(io.StringIO()) as report:
        code = int(pytest.main(command, plugins=[progress, start]))
    if start.is_unwanted:
        return NO_TESTS
    if progress.is_live:
        print("\r\x1b[K", end="")
    if code not in (pytest.ExitCode.OK, NO_TESTS):
        print(report.getvalue())
    result = progress.result(read_coverage(lines))
    print(result.summary, flush=True)
    file.write_text(result.to_json())
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
    parser.add_argument("tier", nargs="?", default="all", choices=("all", *tiers()))
    parser.add_argument("--coverage", action="store_true", help="measure what the fast tier runs")
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
