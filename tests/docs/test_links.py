"""Links between the documents: every link has a target, and the index leads to every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs_commands import ROOT, list_anchors, list_links, papers, read_prose

INDEX = ROOT / "docs" / "index.md"
REGULATIONS = ROOT / "docs" / "reference" / "regulations.md"
PATH = re.compile(r"`((?:services|shared|tests|docs)/[\w./-]+)`")


@pytest.mark.parametrize("paper", papers(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_link_in_docs_arrives(paper: Path) -> None:
    dead = [
        f"{file.relative_to(ROOT)}#{anchor}"
        for file, anchor in list_links(paper)
        if not file.exists() or (anchor and anchor not in list_anchors(file))
    ]
    assert dead == []


def test_index_leads_to_every_page_of_docs() -> None:
    """The pages of single regulations are reached by the table of regulations."""
    reached = {file for page in (INDEX, REGULATIONS) for file, _ in list_links(page)}
    pages = {paper for paper in papers() if (ROOT / "docs") in paper.parents} - {INDEX}
    assert sorted(page.relative_to(ROOT).as_posix() for page in pages - reached) == []


@pytest.mark.parametrize("entrance", ["README.md", "README.ru.md"])
def test_entrance_leads_to_the_index(entrance: str) -> None:
    assert INDEX in {file for file, _ in list_links(ROOT / entrance)}


@pytest.mark.parametrize("paper", papers(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_path_that_docs_name_is_there(paper: Path) -> None:
    assert [path for path in PATH.findall(read_prose(paper)) if not (ROOT / path).exists()] == []
