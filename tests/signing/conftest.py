"""A separate НУЦ, and the signing commands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from services.cli import app
from tests.journeys.kit import RunningCountry, running

PASSWORD = "Qwerty12"


@dataclass(frozen=True)
class Ended:
    """The exit code and the outputs of a command."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Terminal:
    """A folder for commands, with a running НУЦ."""

    folder: Path
    country: RunningCountry

    async def types(self, *arguments: str, **settings: str) -> Ended:
        """Run `egov-bus` with these arguments; the folder has a file `password` for --password-file."""
        (self.folder / "password").write_text(f"{PASSWORD}\n")
        own = {
            "EGOV_NUC_URL": self.country.url("is_nuc"),
            "EGOV_DATA_DIR": str(self.country.folder),
            "COLUMNS": "200",
        }
        return await asyncio.to_thread(self._run, arguments, {**own, **settings})

    def _run(self, arguments: tuple[str, ...], settings: dict[str, str]) -> Ended:
        """Run in this process, in a thread with its own loop: starting an interpreter takes two seconds."""
        root = logging.getLogger()
        handlers, level = list(root.handlers), root.level
        try:
            with chdir(self.folder):
                told = CliRunner().invoke(app, arguments, env=settings)
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
        if told.exception is not None and not isinstance(told.exception, SystemExit):
            raise told.exception
        return Ended(told.exit_code, told.stdout, told.stderr)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def nuc(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RunningCountry]:
    """A deployment of НУЦ alone."""
    async with running(tmp_path_factory.mktemp("nuc"), names=("is_nuc",)) as country:
        yield country


@pytest.fixture
def terminal(tmp_path: Path, nuc: RunningCountry) -> Terminal:
    return Terminal(tmp_path, nuc)
