"""Docstrings of the systems: each public part has one, and it is plain English that names its subject."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import Module, modules

ROOMS = ("shared", "services")
VAGUE = re.compile(
    r"\b(?:whoever|whosever|whomever|he|him|his|himself|somebody's|nobody's|everybody's|anybody's)\b", re.I
)
"""Words in whose place the noun can stand: citizen, employee, applicant, caller, sender."""
CITED_FROM_NOWHERE = re.compile(r"(?<!RFC \d{4} )§|wire contract|DESIGN\.md", re.I)
"""References to documents that are not in the project: name the act, the standard, or a page of docs."""


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Docstrings of modules, classes and functions, and the strings below attributes."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.value.value, str)
        ):
            yield node.value


def undocumented(module: Module) -> Iterator[str]:
    """The module, its public classes and its public functions without a docstring."""
    if module.tree.body and ast.get_docstring(module.tree) is None:
        yield module.place
    for node in module.tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not node.name.startswith("_") and not _is_bare(node) and ast.get_docstring(node) is None:
            yield f"{module.place}:{node.lineno} {node.name}"


def find_in_docstrings(room: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """File, line and word of each match in the docstrings of a room."""
    for module in modules(room):
        for text in strings(module.tree):
            for match in pattern.finditer(str(text.value)):
                yield f"{module.place}:{text.lineno}: {match.group()}"


def _is_bare(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether the body is only ``...``: the head of the function says everything."""
    return isinstance(node.body[0], ast.Expr) and getattr(node.body[0].value, "value", None) is ...


@pytest.mark.parametrize("room", ROOMS)
def test_docstring_stands_in_every_public_part(room: str) -> None:
    lacking = [place for module in modules(room) for place in undocumented(module)]
    assert lacking == [], "say in one sentence what it promises: shapes, units, errors, source"


@pytest.mark.parametrize(("room", "most"), [("shared", 5), ("services", 5)])
def test_docstring_repeats_the_noun(room: str, most: int) -> None:
    matches = list(find_in_docstrings(room, VAGUE))
    assert len(matches) <= most, f"repeat the noun; a handful may wait for its turn: {matches}"


@pytest.mark.parametrize(("room", "most"), [("shared", 0), ("services", 0)])
def test_docstring_cites_what_a_reader_can_open(room: str, most: int) -> None:
    matches = list(find_in_docstrings(room, CITED_FROM_NOWHERE))
    assert len(matches) <= most, f"name the act, the standard, or a page of docs: {matches}"


@pytest.mark.parametrize(
    ("pattern", "text"),
    [(VAGUE, "Whoever sends a file"), (VAGUE, "at his workplace"), (CITED_FROM_NOWHERE, "see wire contract §6")],
)
def test_docstring_with_a_vague_word_is_noticed(pattern: re.Pattern[str], text: str) -> None:
    assert pattern.search(text)
    assert not pattern.search("The sender's file; this is theirs (RFC 3161, 2.4.2).")
