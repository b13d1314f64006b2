"""The only module of the tests that reads the environment of this process."""

from __future__ import annotations

import os
from pathlib import Path

STANDARD_FOLDERS = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")


def setting(name: str) -> str | None:
    """The value of an environment variable; None when it is unset or empty."""
    return os.environ.get(name) or None  # noqa: TID251 - where the tests ask which servers are configured


def inherited(**changes: str) -> dict[str, str]:
    """This process's environment with ``changes``, for a command that a person has asked for."""
    return dict(os.environ) | changes  # noqa: TID251 - handed on whole, not read


def inherited_compiling(folder: Path) -> dict[str, str]:
    """This process's environment, with ``folder`` for Python's compiled modules: the tests start many programs,
    and compiling all modules takes longer than most of them run.
    """
    given = inherited(PYTHONPYCACHEPREFIX=str(folder))
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
