"""Countries prepared once for a whole run of tests, by whichever worker needs them first."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import pytest

from services.launcher.prepared import CountryPlan, PreparedCountry
from shared.bus.clocks.clock import Clock


class PreparedShelf:
    """The folder in which a run keeps its prepared countries; the first worker that needs a country makes it."""

    folder: Path | None = None

    @classmethod
    async def fetch(cls, environment: Mapping[str, str], clock: Clock | None) -> PreparedCountry:
        """The country to copy for a start with these settings."""
        assert cls.folder is not None, "tests/conftest.py sets the folder"
        plan = CountryPlan.from_environment(environment, clock)
        home = cls.folder / plan.folder_name
        with await asyncio.to_thread(_open_locked, home.with_suffix(".lock")):
            return await PreparedCountry.prepare(home, plan)


def shelf_of(config: pytest.Config, factory: pytest.TempPathFactory) -> Path:
    """The folder that all workers of this run share, and that pytest removes with its other temporary folders."""
    own = factory.getbasetemp()
    shelf = (own.parent if hasattr(config, "workerinput") else own) / "prepared-countries"
    shelf.mkdir(exist_ok=True)
    return shelf


def _open_locked(file: Path) -> IO[str]:
    """The open file, locked against other processes until closed."""
    lock = file.open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock
