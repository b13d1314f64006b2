"""The folder of a simulation: in memory, and removed by the next simulation if its own was killed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made there
"""Linux's folder of files in memory: the databases of a simulation need no disk."""
PREFIX = "egov-simulation."
LOCK = "running.lock"
"""The file that a running simulation holds locked; the lock goes with the process, however the process ends."""


def choose_parent() -> Path:
    """The folder in memory where present; else the system's temporary folder."""
    return MEMORY if MEMORY.is_dir() else Path(tempfile.gettempdir())


@contextmanager
def open_work_folder(parent: Path) -> Iterator[Path]:
    """A new folder in ``parent`` for one simulation, removed at its end; those of killed simulations go first."""
    remove_abandoned(parent)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=parent) as name:
        folder = Path(name)
        lock = os.open(folder / f"{LOCK}.new", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / f"{LOCK}.new").rename(folder / LOCK)  # nobody sees the file before it is locked
            yield folder
        finally:
            os.close(lock)


def remove_abandoned(parent: Path) -> None:
    """Remove the folders of simulations whose processes are gone; others' folders stay."""
    for file in parent.glob(f"{PREFIX}*/{LOCK}"):
        with suppress(OSError):  # locked by a running simulation, or another user's
            lock = os.open(file, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(file.parent, ignore_errors=True)
            finally:
                os.close(lock)
