"""One process at a time works with a data folder: a lock on a file in the folder, which ends with the process."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from shared.bus.errors import Conflict

LOCK = "lock"
"""The name of the file: its first line is the number of the process that holds it or held it last."""
LEAST_FREE_BYTES = 16 * 1024 * 1024
"""The room on the disk without which no system starts: it would fail in the middle of its first tables."""
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class FolderLock:
    """A folder that this process has for itself, until ``release`` or the end of the process."""

    file: int

    @classmethod
    def take(cls, folder: Path, note: str = "") -> FolderLock:
        """Lock a folder, which is made where it is missing; ``note`` stands in the file below the number.

        Conflict ``folder-in-use``. OSError where the folder cannot be made or written, where a file is in its
        place, or where the disk has less than ``LEAST_FREE_BYTES``.
        """
        _make_folder(folder)
        file = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(file, 0)
            os.pwrite(file, f"{os.getpid()}\n{note}".encode(), 0)
        except BlockingIOError:
            holder, _, _ = os.pread(file, MOST_BYTES, 0).decode(errors="replace").partition("\n")
            os.close(file)
            message = f"process {holder} works with {folder}"
            raise Conflict("folder-in-use", message, path=str(folder), process=holder or "?") from None
        except BaseException:
            os.close(file)
            raise
        return cls(file)

    def release(self) -> None:
        """Leave the folder to others."""
        os.close(self.file)


def read_note(folder: Path) -> tuple[int, str] | None:
    """The process that holds the folder, and its note; None where nobody holds it."""
    try:
        file = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        holder, _, note = os.pread(file, MOST_BYTES, 0).decode(errors="replace").partition("\n")
        return (int(holder), note) if holder.isdigit() else None
    finally:
        os.close(file)
    return None


def _make_folder(folder: Path) -> None:
    blocking = next((path for path in (folder, *folder.parents) if path.exists() and not path.is_dir()), None)
    if blocking is not None:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(blocking))
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
