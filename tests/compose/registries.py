"""The way to PyPI and Debian from this machine, passed to a build through mounts, so that no image keeps it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from configparser import ConfigParser
from pathlib import Path

from tests.compose.commands import ComposeFailure, run

DEBIAN_MIRROR = "http://deb.debian.org/debian"
SUITE = "bookworm"

_PIP_OPTIONS = {
    "index-url",
    "extra-index-url",
    "proxy",
    "cert",
    "client-cert",
    "trusted-host",
    "timeout",
    "retries",
}
_APT_PREFIXES = ("Acquire::http", "Acquire::https", "Acquire::Check-", "Acquire::Retries")
_ASK_SECONDS = 30.0


def pip_mounts(folder: Path) -> list[str]:
    """Build arguments with which pip finds this machine's index; a file of ours goes to ``folder``."""
    settings = _pip_settings()
    parser = ConfigParser(interpolation=None)
    parser["global"] = settings
    written = folder / "pip.conf"
    with written.open("w", encoding="utf-8") as file:
        parser.write(file)
    certificates = [settings[name] for name in ("cert", "client-cert") if name in settings]
    return [_mount(written, "/etc/pip.conf"), *(_mount(Path(path), path) for path in certificates)]


def apt_mounts(folder: Path) -> list[str]:
    """Build arguments with which apt reaches the mirror through this machine's proxy."""
    written = folder / "apt.conf"
    written.write_text(_apt_settings(), encoding="utf-8")
    return [_mount(written, "/etc/apt/apt.conf.d/90-host")]


def debian_mirror() -> str:
    """The mirror for the stand-ins' suite on this machine, or Debian's own."""
    try:
        asked = ["apt-get", "indextargets", "--format", "$(CODENAME) $(REPO_URI)", "Created-By: Packages"]
        targets = [line.split() for line in run(asked, seconds=_ASK_SECONDS).splitlines()]
    except ComposeFailure:
        return DEBIAN_MIRROR
    return next((target[1] for target in targets if target[0] == SUITE), DEBIAN_MIRROR)


def reach_of_pip(listed: Sequence[str]) -> dict[str, str]:
    """The lines of `pip config list` that say how to reach an index; the environment's value comes last.

    Local folders that pip reads as an index are left out: the index itself has every pinned file.
    """
    strongest_last = sorted(listed, key=lambda line: line.startswith(":env:"))
    pairs = [line.partition("=")[::2] for line in strongest_last]
    settings = {name.rpartition(".")[2]: str(ast.literal_eval(value)) for name, value in pairs}
    remote = {name: " ".join(filter(_is_remote, value.split())) for name, value in settings.items()}
    return {name: value for name, value in remote.items() if name in _PIP_OPTIONS and value}


def _is_remote(word: str) -> bool:
    return not word.startswith("file:")


def _pip_settings() -> dict[str, str]:
    return reach_of_pip(run([sys.executable, "-m", "pip", "config", "list"], seconds=_ASK_SECONDS).splitlines())


def _apt_settings() -> str:
    try:
        listed = run(["apt-config", "dump"], seconds=_ASK_SECONDS).splitlines()
    except ComposeFailure:
        return ""
    return "".join(f"{line}\n" for line in listed if line.startswith(_APT_PREFIXES))


def _mount(source: Path, target: str) -> str:
    return f"--volume={source}:{target}:ro"
