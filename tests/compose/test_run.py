"""The run on an engine that records its calls."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from tests.compose.__main__ import keep_logs, only_run, running, wait_until_healthy
from tests.compose.commands import ComposeFailure
from tests.compose.compose_file import Services, start_order
from tests.compose.engines.engine import Engine, Steps
from tests.compose.progress import Progress


class RememberingEngine:
    """An engine whose services are healthy after ``patience`` checks; those of ``ill`` never."""

    name = "remembering"

    def __init__(self, patience: int = 1, ill: frozenset[str] = frozenset()) -> None:
        self.asked: list[str] = []
        self._questions: dict[str, int] = {}
        self._patience = patience
        self._ill = ill

    def prepare(self, steps: Steps) -> None:
        self.asked.append("prepare")

    def waves(self) -> list[list[str]]:
        return [["server"], ["system"]]

    def start(self, services: Sequence[str], environment: Path) -> None:
        self.asked.append(f"start {' '.join(services)}")

    def health(self, service: str) -> str:
        self._questions[service] = self._questions.get(service, 0) + 1
        is_healthy = self._questions[service] >= self._patience and service not in self._ill
        return "healthy" if is_healthy else "running"

    def logs(self, service: str) -> str:
        return f"the last words of {service}"

    def stop(self, environment: Path) -> None:
        self.asked.append("stop")

    def leftovers(self) -> list[str]:
        return []


@pytest.fixture
def written() -> StringIO:
    return StringIO()


@pytest.fixture
def progress(written: StringIO) -> Progress:
    return Progress(Console(file=written))


def test_services_start_wave_by_wave_and_are_gone_afterwards(progress: Progress) -> None:
    engine = RememberingEngine()
    with running(engine, Path("unused"), progress, need_room=lambda: None):
        engine.asked.append("used")
    assert engine.asked == ["stop", "start server", "start system", "used", "stop"]


def test_services_are_all_brought_down_whatever_fails_inside(progress: Progress, written: StringIO) -> None:
    engine = RememberingEngine()
    with pytest.raises(KeyboardInterrupt), running(engine, Path("unused"), progress, need_room=lambda: None):
        raise KeyboardInterrupt
    assert engine.asked[-1] == "stop"
    assert "✓ bring it down" in written.getvalue()


def test_service_is_asked_until_it_is_healthy() -> None:
    engine: Engine = RememberingEngine(patience=3)
    wait_until_healthy(engine, ["server", "system"], seconds=5, pause=0.01)
    assert engine.health("server") == "healthy"


def test_service_that_stays_ill_is_named_with_the_end_of_its_log() -> None:
    engine = RememberingEngine(ill=frozenset({"system"}))
    with pytest.raises(ComposeFailure, match="not healthy in 0 s: system \\(running\\)") as failure:
        wait_until_healthy(engine, ["server", "system"], seconds=0, pause=0.01)
    assert failure.value.detail == "the last words of system"


def test_services_logs_are_kept(tmp_path: Path, progress: Progress, written: StringIO) -> None:
    keep_logs(RememberingEngine(), tmp_path / "logs", progress)
    assert (tmp_path / "logs" / "portal_pep.log").read_text() == "the last words of portal_pep"
    assert "logs of all services" in written.getvalue()


def test_second_run_at_the_same_time_is_refused(tmp_path: Path) -> None:
    with only_run(tmp_path), pytest.raises(ComposeFailure, match="another run"), only_run(tmp_path):
        pass
    with only_run(tmp_path):
        pass


def test_service_starts_after_those_it_depends_on() -> None:
    services: Services = {
        "c": {"depends_on": {"a": {}, "b": {}}},
        "b": {"depends_on": {"a": {}}},
        "a": {},
        "z": {},
    }
    assert start_order(services) == [["a", "z"], ["b"], ["c"]]


def test_progress_step_says_how_it_ended(progress: Progress, written: StringIO) -> None:
    with progress.step("walk"):
        pass
    with pytest.raises(OSError, match="lame"), progress.step("run [fast]"):
        raise OSError("lame")
    lines = [line.rsplit("  ", 1)[0] for line in written.getvalue().splitlines()]
    assert lines == ["✓ walk", "✗ run [fast]"]
