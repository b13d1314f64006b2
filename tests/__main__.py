"""``python -m tests [fast | thorough | servers] [-- PYTEST ARGUMENTS]``: three tiers, and one closing line.

The first tier needs nothing but Python; the second needs time; the third runs with a private RabbitMQ and
PostgreSQL and with programs by other authors. Each tier shows one line of progress, rewritten in place on a
terminal. Failures are printed in full. The output ends with the seconds of each tier, the slowest twenty tests
and, last, ``N passed, N failed`` over the tiers that ran. The exit code is 0 only if some tests passed and no test
failed. With ``--coverage`` the first tier measures the covered share of the product.
"""

from __future__ import annotations

import argparse
import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.servers import environment
from tests.servers.commands import leave_in_good_order, outlast
from tests.tier_report import Counts, Progress, TierResult, closing_report, read_coverage

ROOT = Path(__file__).parents[1]
MOST_WORKERS = 4
WITH_SERVERS = ("-m", "tests.servers", "run", "--", sys.executable)
QUIET = ("-q", "--no-header", "-o", "console_output_style=classic", "-o", "verbosity_assertions=2")
STEALING = ("--dist", "worksteal")
MEASURING = ("-p", "tests.line_coverage")
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
    chosen = [tier for tier in tiers().values() if wanted in ("all", tier.name)]
    results = []
    try:
        for tier in chosen:
            results.append(run_apart(tier, pytest_arguments, given, is_measured=is_measured))
    except (KeyboardInterrupt, SystemExit):
        results.append(TierResult("interrupted, counted as one failure", Counts(failed=1)))
    print(closing_report(results), flush=True)
    total = sum((result.counts for result in results), Counts())
    return 0 if total.passed and not total.failed else 1


def tiers() -> dict[str, Tier]:
    """All tiers by name, the fast one first."""
    processors = os.cpu_count() or 1
    workers = str(min(MOST_WORKERS, processors))
    # the tests of the later tiers mostly wait for other programs
    waiting = str(min(MOST_WORKERS, processors + 1))
    patient = str(min(MOST_WORKERS, processors + 2))
    # a worker takes neighbours, which share a country, and at the end what others have not come to
    fast = Tier("fast", "not servers and not thorough", (), ("-n", workers, *STEALING), is_measurable=True)
    # `make check` has already run the architecture tests
    apart = ("-n", waiting, *STEALING, "--ignore=tests/architecture")
    thorough = Tier("thorough", "thorough and not servers", (), apart)
    # tests of one file share a broker or a deployment; files use different names and can run apart
    servers = Tier("servers", "servers", WITH_SERVERS, ("-n", patient, "--dist", "loadfile"))
    return {tier.name: tier for tier in (fast, thorough, servers)}


def run_apart(
    tier: Tier, arguments: Sequence[str], given: Mapping[str, str] | None = None, *, is_measured: bool = False
) -> TierResult:
    """Run ``tier`` in its own process, with servers where needed; a crash counts as one failure."""
    with tempfile.TemporaryDirectory(prefix="egov-tests-") as folder:
        file = Path(folder) / "result.json"
        own = ["-m", "tests", tier.name, "--result", str(file), *(["--coverage"] if is_measured else [])]
        command = [sys.executable, *tier.prefix, *own, "--", *arguments]
        code = outlast(subprocess.Popen(command, cwd=ROOT, env=given))
        result = TierResult.from_json(file.read_text()) if file.exists() else TierResult(tier.name)
    if code not in ORDINARY and not result.counts.failed:
        print(f"{tier.name}: ended with exit code {code}, counted as one failure", flush=True)
        return replace(result, counts=result.counts + Counts(failed=1))
    return result


def run_here(tier: Tier, file: Path, arguments: Sequence[str], *, is_measured: bool) -> int:
    """Run the tests of ``tier`` in this process and write its result to ``file``.

    The output of pytest is shown only when a test failed.
    """
    leave_in_good_order(like_ctrl_c=True)
    progress = Progress(tier.name, screen=sys.stdout)
    colour = "--color=yes" if progress.is_live else "--color=no"
    lines = file.with_name("lines")
    lines.mkdir()
    measuring = (*MEASURING, f"--lines-to={lines}") if is_measured and tier.is_measurable else ()
    command = [*QUIET, colour, *tier.options, *measuring, "-m", tier.marker, *arguments]
    print(f"{tier.name}: collecting", end="" if progress.is_live else "\n", flush=True)
    with redirect_stdout(io.StringIO()) as report:
        code = int(pytest.main(command, plugins=[progress]))
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
    parser.add_argument("tier", nargs="?", default="all", choices=("all", "fast", "thorough", "servers"))
    parser.add_argument("--coverage", action="store_true", help="measure what the fast tier runs")
    parser.add_argument("--result", type=Path, help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
