"""Links between the documents: every link has a target, and the index leads to every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.papers import ROOT, papers

LINK = re.compile(r"\]\s?\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+?)\s*$", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
INDEX = ROOT / "docs" / "index.md"
REGULATIONS = ROOT / "docs" / "reference" / "regulations.md"


def read_prose(paper: Path) -> str:
    """The paper without its blocks of code."""
    return FENCE.sub("", paper.read_text(encoding="utf-8"))


def list_links(paper: Path) -> list[tuple[Path, str]]:
    """File and anchor of every link to a place in the project."""
    links = [link for link in LINK.findall(read_prose(paper)) if not re.match(r"[a-z]+:", link)]
    parts = [link.partition("#") for link in links]
    return [((paper.parent / file).resolve() if file else paper, anchor) for file, _, anchor in parts]


def list_anchors(paper: Path) -> set[str]:
    """The anchors that a reader's browser gives the headings: lower case, no punctuation, hyphens for spaces."""
    titles = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in HEADING.findall(read_prose(paper))]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


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
