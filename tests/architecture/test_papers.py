"""Documents and packaging: no local paths, no addresses of registries, every requirement pinned."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FILES = sorted([*PAPERS, *ROOT.glob("*.toml"), *ROOT.glob("*.yml"), *ROOT.glob("Dockerfile"), ROOT / "Makefile"])
LOCKS = sorted(ROOT.glob("requirements*.txt"))
MACHINE_PATH = re.compile(r"(?<![\w./:}-])/(?:home|root|work|Users|mnt|media|srv)/[\w.-]+")
ADDRESS = re.compile(r"https?://|--(?:extra-)?index-url|--find-links|--trusted-host")
PINNED = re.compile(r"^(?P<name>[\w.-]+(?:\[[\w,.-]+\])?)==(?P<version>[\w.+!-]+)(?: *;[^\\]*)? *\\?$")


@pytest.mark.parametrize("paper", FILES, ids=lambda path: path.name)
def test_docs_name_no_path_of_a_machine(paper: Path) -> None:
    assert MACHINE_PATH.findall(paper.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_requirements_are_pinned_with_hashes_and_name_no_registry(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert ADDRESS.findall(text) == []
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    pins = [n for n, line in enumerate(lines) if not line.startswith(" ")]
    assert len(pins) > 20
    for n in pins:
        assert PINNED.match(lines[n]), lines[n]
        assert lines[n + 1].lstrip().startswith("--hash=sha256:"), lines[n]


def test_requirements_lock_every_package_that_is_asked_for() -> None:
    for asked in sorted(ROOT.glob("requirements*.in")):
        lines = asked.read_text(encoding="utf-8").splitlines()
        wanted = {line.partition("[")[0].strip().lower() for line in lines if line and line[0] not in "#-"}
        locked = re.findall(r"^([\w.-]+)", asked.with_suffix(".txt").read_text(encoding="utf-8"), re.MULTILINE)
        assert sorted(wanted - {name.lower() for name in locked}) == [], "make lock"
