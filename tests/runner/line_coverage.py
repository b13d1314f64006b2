"""A pytest plugin that notes the lines of the product that the tests run.

``-p tests.runner.line_coverage --lines-to=FOLDER``. SlipCover puts probes into the bytecode and takes out the
probes that were hit; to do so it searches all functions of the product, which it should do rarely. Before Python
3.12 the other way is to trace every line; tracing keeps the interpreter from specialising any code, and the tests
took twice their time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from slipcover import FileMatcher, ImportManager, Slipcover

MOST_HITS = 5000
"""How often a probe is hit before the probes that were hit are taken out. At SlipCover's own 50 the tests took a
quarter more of a processor, at this number a tenth.
"""
ROOT = Path(__file__).parents[2]
PRODUCT = (ROOT / "services", ROOT / "shared")


class LineNotes:
    """The lines that this process runs, of every module in the folders that is imported after ``begin``."""

    def __init__(self, folders: Sequence[Path]) -> None:
        places = [str(folder) for folder in folders]
        self.probes = Slipcover(source=places, d_miss_threshold=MOST_HITS)
        self.imports = ImportManager(self.probes, FileMatcher(sources=places))

    def begin(self) -> None:
        self.imports.__enter__()

    def end(self) -> dict[str, Any]:
        """By file ``executed_lines`` and ``missing_lines``: all lines of a file without an import are missing."""
        self.imports.__exit__()
        files: dict[str, Any] = self.probes.get_coverage()["files"]
        return files


class LineWriter:
    """Writes the notes of each process: what the collecting process imports, what a worker's tests run."""

    def __init__(self, notes: LineNotes) -> None:
        self.notes = notes

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        self.write(session.config.getoption("--lines-to"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_worker_finish(self, session: pytest.Session) -> None:
        self.write(session.config.getoption("--lines-to"))

    def write(self, folder: Path) -> None:
        (folder / f"{os.getpid()}.json").write_text(json.dumps(self.notes.end()))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--lines-to", type=Path, help="the folder in which each process writes the lines that it ran")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Begin before the first conftest.py imports the product.

    The product has a plugin of pytest, for the sake of which pytest would import the product itself, rewrite its
    ``assert``, and leave no place for probes.
    """
    rewriting: Any = early_config.pluginmanager.rewrite_hook
    rewriting._must_rewrite.difference_update(folder.name for folder in PRODUCT)
    rewriting._marked_for_rewrite_cache.clear()
    notes = LineNotes(PRODUCT)
    notes.begin()
    early_config.pluginmanager.register(LineWriter(notes))
