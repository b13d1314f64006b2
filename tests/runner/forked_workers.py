"""A pytest plugin that runs the tests in forked workers: ``-p tests.runner.forked_workers --forks=N``.

One process collects the tests and then forks the workers, which have every module, test and parameter already:
importing and collecting all tests takes a process a quarter of a minute. A worker takes a piece of the tests at a
time (`tests.runner.work_order`) and sends back the reports. A worker that ends before its tests (a signal,
``os._exit``) fails the test that it ran, by name, and a new worker takes the rest.
"""

from __future__ import annotations

import ctypes
import gc
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from pathlib import Path
from typing import Any

import pytest

from tests.runner.work_order import pieces_in_order
from tests.servers.commands import PATIENCE_SECONDS, leave_in_good_order

LOOK_SECONDS = 1.0
"""The longest time until the end of a worker is seen whose own child keeps the connection open."""
CRASHED = "worker {number} ended with {ending} while it ran this test"
SIGNAL_AT_THE_END_OF_THE_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""

_FORKING = multiprocessing.get_context("fork")


class WorkerHooks:
    """The hook that this plugin adds to pytest's own."""

    @pytest.hookspec
    def pytest_worker_finish(self, session: pytest.Session) -> None:
        """A worker has run its tests and is about to end; called in the worker."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--forks", type=int, default=0, help="run the tests in this number of forked workers")


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(WorkerHooks)


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    """Run the tests in workers; pytest itself tells of --collect-only and of what could not be collected."""
    option = session.config.option
    if not option.forks or option.collectonly or session.testsfailed:
        return None
    leave_in_good_order(like_ctrl_c=True)
    run = ForkedRun(session)
    try:
        run.run(option.forks)
    finally:
        run.end()
    return True


@dataclass(eq=False)
class ForkedWorker:
    """A worker as the collecting process knows it. Tests are told by their number in ``session.items``."""

    number: int
    process: ForkProcess
    line: Connection
    piece: deque[int]
    """The tests that the worker has to run yet; the first of them is running."""
    is_dismissed: bool = False
    """Whether the worker has been told that there is nothing more to run."""


@dataclass(eq=False)
class ForkedRun:
    """A run of all tests of ``session`` by workers."""

    session: pytest.Session
    pieces: deque[deque[int]] = field(init=False)
    workers: list[ForkedWorker] = field(default_factory=list)
    forked: int = 0

    def __post_init__(self) -> None:
        number_of = {item: number for number, item in enumerate(self.session.items)}
        ordered = pieces_in_order(self.session.items)
        self.pieces = deque(deque(number_of[item] for item in piece) for piece in ordered)

    def run(self, most: int) -> None:
        """Run all tests with at most this number of workers, until the last one has ended."""
        temporary_folders(self.session.config).getbasetemp()  # made before there are several who would make it
        for _ in range(min(most, len(self.pieces))):
            self.fork(self.pieces.popleft())
        while self.workers:
            ready = wait([worker.line for worker in self.workers], LOOK_SECONDS)
            for worker in list(self.workers):
                # looked at before its last words are read: a worker that has ended says nothing afterwards
                has_ended = not worker.process.is_alive()
                if worker.line in ready or has_ended:
                    self.listen(worker, has_ended=has_ended)

    def fork(self, piece: deque[int]) -> None:
        """Start a worker on this piece."""
        ours, theirs = _FORKING.Pipe()
        others = [worker.line for worker in self.workers]
        process = _FORKING.Process(target=serve, args=(self.session, self.forked, theirs, [ours, *others]))
        process.start()
        theirs.close()
        worker = ForkedWorker(self.forked, process, ours, piece)
        self.forked += 1
        self.workers.append(worker)
        self.say(worker, list(piece))

    def say(self, worker: ForkedWorker, numbers: list[int] | None) -> None:
        worker.is_dismissed = numbers is None
        with suppress(OSError):  # the end of the worker is seen where it is listened to
            worker.line.send(numbers)

    def listen(self, worker: ForkedWorker, *, has_ended: bool) -> None:
        """Take what the worker has sent; when it has ended, see how."""
        try:
            while worker.line.poll():
                self.hear(worker, *worker.line.recv())
        except (EOFError, OSError):
            has_ended = True
        if has_ended:
            self.bury(worker)

    def hear(self, worker: ForkedWorker, kind: str, content: Any) -> None:
        hook = self.session.config.hook
        if kind == "report":
            report = hook.pytest_report_from_serializable(config=self.session.config, data=content)
            if report.when == "setup":
                hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
            hook.pytest_runtest_logreport(report=report)
            return
        item = self.session.items[worker.piece.popleft()]
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)
        if not worker.piece:
            worker.piece = self.pieces.popleft() if self.pieces else deque()
            self.say(worker, list(worker.piece) or None)

    def bury(self, worker: ForkedWorker) -> None:
        """The worker has ended: fail the test that it ran, and let a new one run the rest."""
        worker.process.join(PATIENCE_SECONDS)
        self.workers.remove(worker)
        worker.line.close()
        if worker.is_dismissed and worker.process.exitcode == 0:
            return
        kill_group(worker)
        words = CRASHED.format(number=worker.number, ending=ending_of(worker.process.exitcode))
        name = end_name(worker.number)
        location: tuple[str, int | None, str] = ("", None, "")
        if worker.piece:
            item = self.session.items[worker.piece.popleft()]
            name, location = item.nodeid, item.location
        report = pytest.TestReport(name, location, {}, "failed", words, "call")
        self.session.config.hook.pytest_runtest_logreport(report=report)
        rest = worker.piece or (self.pieces.popleft() if self.pieces else None)
        if rest:
            self.fork(rest)

    def end(self) -> None:
        """End the workers that still run, after an interruption: as Ctrl-C would, and by force after a minute."""
        for worker in self.workers:
            worker.line.close()
            with suppress(ProcessLookupError):
                os.kill(pid_of(worker), signal.SIGINT)
        last_moment = time.monotonic() + PATIENCE_SECONDS
        try:
            for worker in self.workers:
                worker.process.join(max(0.0, last_moment - time.monotonic()))
        finally:
            for worker in self.workers:
                kill_group(worker)


def ending_of(code: int | None) -> str:
    """How a process ended, in words."""
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def pid_of(worker: ForkedWorker) -> int:
    assert worker.process.pid is not None
    return worker.process.pid


def kill_group(worker: ForkedWorker) -> None:
    """End what is left of a worker and of the programs that it started, at once."""
    with suppress(ProcessLookupError):
        os.killpg(pid_of(worker), signal.SIGKILL)


def end_name(number: int) -> str:
    """How reports name the end of a worker."""
    return f"end of worker {number}"


def temporary_folders(config: pytest.Config) -> Any:
    """The factory behind ``tmp_path`` (pytest gives it to fixtures only)."""
    return config._tmp_path_factory  # type: ignore[attr-defined]


# in the worker --------------------------------------------------------------------------------------------------


def serve(session: pytest.Session, number: int, line: Connection, foreign: Sequence[Connection]) -> None:
    """Be a worker: run the tests whose numbers come by the line, until None comes."""
    for other in foreign:
        other.close()
    become_worker(session.config, number)
    sender = ReportSender(session.config, line)
    session.config.pluginmanager.register(sender)
    try:
        while (numbers := line.recv()) is not None:
            run_piece(session, [session.items[one] for one in numbers], line)
        sender.is_for_failures = True
        end = PieceEnd.from_parent(session, name=end_name(number))
        session.config.hook.pytest_runtest_protocol(item=end, nextitem=None)
        session.config.hook.pytest_worker_finish(session=session)
    except (KeyboardInterrupt, EOFError, OSError):  # interrupted, or there is nobody who would listen
        leave(session)
    except BaseException:  # a test's time-out may hit pytest itself: the collecting process tells of it
        leave(session)
        raise


def leave(session: pytest.Session) -> None:
    """End what the fixtures began: servers, countries, programs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(Exception):
        session._setupstate.teardown_exact(None)


def run_piece(session: pytest.Session, items: Sequence[pytest.Item], line: Connection) -> None:
    """Run neighbours, and clean up all but what the session keeps."""
    end = PieceEnd.from_parent(session, name="end of piece")
    for item, following in zip(items, [*items[1:], end], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        line.send(("finished", None))


class PieceEnd(pytest.Item):
    """A test of nothing, of no file. After a piece, it tells pytest to clean up the last file. Run at the end of a
    worker, its report holds what went wrong when the session's fixtures ended, or in the garbage.
    """

    def runtest(self) -> None:
        gc.collect()

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.config.rootpath, None, self.name


def become_worker(config: pytest.Config, number: int) -> None:
    """Take apart what both processes would share: the group of Ctrl-C, captured output, temporary folders."""
    os.setpgid(0, 0)  # the collecting process tells of an interruption, once
    leave_in_good_order(like_ctrl_c=True)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SIGNAL_AT_THE_END_OF_THE_PARENT, int(signal.SIGTERM))
    # plugins of pytest look for these to learn that they are in a worker of xdist, and write no reports
    config.workerinput = {"workerid": f"fork{number}"}  # type: ignore[attr-defined]
    config.workeroutput = {}  # type: ignore[attr-defined]
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    capture.stop_global_capturing()
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    capture.start_global_capturing()
    capture.suspend_global_capture()
    factory = temporary_folders(config)
    factory._basetemp = factory.getbasetemp() / f"fork{number}"
    factory._basetemp.mkdir(mode=0o700)


@dataclass(eq=False)
class ReportSender:
    """A plugin of a worker that sends each report to the collecting process; in the end, failures only."""

    config: pytest.Config
    line: Connection
    is_for_failures: bool = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if self.is_for_failures and not report.failed:
            return
        data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        self.line.send(("report", data))
