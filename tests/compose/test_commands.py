"""Programs run for a bounded time and report why they failed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.compose.commands import ComposeFailure, run, succeeds


def test_command_that_ends_well_gives_its_output() -> None:
    assert run(["echo", "done"], seconds=10) == "done\n"


def test_command_that_fails_is_named_with_what_it_printed() -> None:
    with pytest.raises(ComposeFailure, match="ended with 3") as failure:
        run(["sh", "-c", "echo reason >&2; exit 3"], seconds=10)
    assert failure.value.detail == "reason"


def test_command_that_is_not_there_is_named() -> None:
    with pytest.raises(ComposeFailure, match="no-such-program is not installed"):
        run(["no-such-program"], seconds=10)
    assert not succeeds(["no-such-program"], seconds=10)


def test_command_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    late = tmp_path / "late"
    with pytest.raises(ComposeFailure, match="did not finish in 0 s"):
        run(["sh", "-c", f"(sleep 0.5; touch {late}) & wait"], seconds=0.2)
    time.sleep(0.6)
    assert not late.exists()


def test_command_that_leaves_something_running_does_not_hold_us_up() -> None:
    began = time.monotonic()
    assert run(["sh", "-c", "sleep 2 & echo started"], seconds=10) == "started\n"
    assert time.monotonic() - began < 1.5
