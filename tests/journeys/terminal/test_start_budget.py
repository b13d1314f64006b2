"""What a command may import before a person sees an answer: nothing that a system is made of, and few modules."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs_commands import ROOT
from tests.servers import environment

pytestmark = pytest.mark.thorough

SYSTEMS_PARTS = {"fastapi", "sqlalchemy", "uvicorn", "lxml", "asn1crypto", "fpdf", "cryptography.x509", "uvloop"}
"""Packages that a command which starts nothing must not import: each takes a tenth of a second."""
MOST_SECONDS = 0.7
"""The processor time until the answer. The quickest of three starts counts: the machine is shared."""
SCRIPT = """
import json, sys
sys.argv[1:] = json.loads(sys.argv[1])
from services.__main__ import main
try:
    main()
finally:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""
COMMANDS: tuple[tuple[tuple[str, ...], int], ...] = (
    (("--version",), 270),
    (("--help",), 410),
    (("open", "--print"), 420),
    (("logs",), 420),
    (("clock", "--help"), 500),
    (("join", "--help"), 550),
)
"""What is typed, and how many modules may be there afterwards (measured, and a tenth more)."""


def start(folder: Path, typed: tuple[str, ...]) -> tuple[set[str], float]:
    """The modules of a start, and its processor time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        (sys.executable, "-c", SCRIPT, json.dumps(typed)),
        cwd=folder,
        env=environment.inherited(PYTHONPATH=str(ROOT), EGOV_LANG="en"),
        capture_output=True,
        text=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return set(json.loads(done.stderr.splitlines()[-1])), seconds


@pytest.mark.parametrize(("typed", "most_modules"), COMMANDS, ids=[" ".join(typed) for typed, _ in COMMANDS])
def test_command_starts_with_few_imports_and_within_its_time(
    tmp_path: Path, typed: tuple[str, ...], most_modules: int
) -> None:
    modules, seconds = start(tmp_path, typed)
    assert sorted(SYSTEMS_PARTS & modules) == []
    assert len(modules) <= most_modules
    if seconds >= MOST_SECONDS:
        seconds = min(start(tmp_path, typed)[1] for _ in range(2))
    assert seconds < MOST_SECONDS
