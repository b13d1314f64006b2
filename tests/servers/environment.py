"""The only module of the tests that reads the environment of this process."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of an unguessable name is made in it
ROOM = 4 * 1024**3
"""Bytes that must be free in memory: a run with both servers keeps about a quarter of them."""
SERVERS = ("AMQP_URL", "EGOV_TESTS_BROKER_MANAGEMENT", "DATABASE_URL")
STANDARD_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")

_withheld: dict[str, str] = {}


def setting(name: str) -> str | None:
    """The value of an environment variable; None when it is unset or empty."""
    return _withheld.get(name) or os.environ.get(name) or None  # noqa: TID251 - where the tests ask for servers


def withhold_servers() -> None:
    """From now on only `setting` tells which servers are configured: a command that a test starts must not move
    its country to the servers.
    """
    for name in SERVERS:
        if name in os.environ:  # noqa: TID251 - as above
            _withheld[name] = os.environ.pop(name)  # noqa: TID251 - as above


def inherited(**changes: str) -> dict[str, str]:
    """This process's environment with ``changes``, for a command that a person has asked for."""
    return dict(os.environ) | changes  # noqa: TID251 - handed on whole, not read


def roomy_memory() -> Path | None:
    """The folder of this machine whose files are in memory, if all tests' files fit there.

    A commit there waits for no disk: a commit takes a thousandth of the time on a busy disk.
    """
    is_there = MEMORY.is_dir() and os.access(MEMORY, os.W_OK)
    return MEMORY if is_there and shutil.disk_usage(MEMORY).free > ROOM and _free_memory() > ROOM else None


def _free_memory() -> int:
    """Bytes of free memory; 0 where the system does not give the number."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), 0)


def run_prefix(pid: int) -> str:
    """The beginning of the name of the folder of a run, which process ``pid`` keeps."""
    return f"egov-tests-{pid}-"


def sweep(place: Path) -> None:
    """Remove from ``place`` the folders of runs that were killed before they could."""
    for folder in place.glob("egov-tests-*-*"):
        pid = folder.name.split("-")[2]
        if pid.isdecimal() and not Path("/proc", pid).exists():
            shutil.rmtree(folder, ignore_errors=True)


def inherited_in(folder: Path) -> dict[str, str]:
    """This environment, with temporary files in ``folder`` and with Python's compiled files kept: the tests start
    many programs, and the compilation of all modules takes longer than most programs run.
    """
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    for place in (folder, temporary):
        place.chmod(0o755)  # user postgres must be able to enter
    given = inherited(TMPDIR=str(temporary))
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    return given


def program_folders() -> list[Path]:
    """The folders of PATH and then the usual ones, which a bare environment may lack."""
    configured = (setting("PATH") or "").split(os.pathsep)
    return [Path(folder) for folder in dict.fromkeys((*configured, *STANDARD_FOLDERS)) if folder]


def clean(home: Path, **settings: str) -> dict[str, str]:
    """The environment of a private server: without the person's own variables, with ``home`` as HOME."""
    path = os.pathsep.join(str(folder) for folder in program_folders())
    return {"PATH": path, "HOME": str(home), "LC_ALL": "C.UTF-8", **settings}
