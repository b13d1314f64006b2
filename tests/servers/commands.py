"""Running a command that needs time to clean up, for every kind of end."""

from __future__ import annotations

import signal
import subprocess
from types import FrameType

PATIENCE_SECONDS = 60


def leave_in_good_order(*, like_ctrl_c: bool = False) -> None:
    """From now on SIGTERM and SIGHUP raise SystemExit once, so that contexts end and servers stop.

    ``like_ctrl_c`` raises KeyboardInterrupt instead, which pytest takes for an interruption and not for a failed
    test. A second such signal is ignored, because it would cut the cleanup short. A SIGHUP that is already ignored
    (nohup) stays ignored.
    """

    def leave(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt if like_ctrl_c else SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)


def outlast(process: subprocess.Popen[bytes]) -> int:
    """Wait for ``process`` and return its exit code as a shell would.

    If a signal ends this process first, the child gets the signal too and has a minute to clean up; then the
    signal's exception is raised again.
    """
    try:
        code = process.wait()
    except (KeyboardInterrupt, SystemExit) as told:
        _finish(process, is_told=isinstance(told, KeyboardInterrupt))
        raise
    return code if code >= 0 else 128 - code


def _finish(process: subprocess.Popen[bytes], *, is_told: bool) -> None:
    """End the command; ``is_told``: the terminal has already sent it Ctrl-C."""
    if not is_told:
        process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()
