"""docs/reference/glossary.md: each identifier in the last column exists, and our words are on the page."""

from __future__ import annotations

import ast
import functools
import re

import pytest
import yaml

from tests.architecture.source import modules
from tests.docs_commands import ROOT

GLOSSARY = ROOT / "docs" / "reference" / "glossary.md"
ROW = re.compile(r"^\|.*\| (?P<identifiers>[^|]*`[^|]*) \|$", re.MULTILINE)
CLASS = re.compile(r"[A-Z][A-Za-z0-9]+(\.\w+)?")
ELLIPSIS = re.compile(r"(?:…|NN|\.NN)$")


def list_identifiers() -> list[str]:
    """Everything in code marks in the last cells of the tables."""
    text = GLOSSARY.read_text(encoding="utf-8")
    cells = (row["identifiers"] for row in ROW.finditer(text))
    return sorted({token for cell in cells for token in re.findall(r"`([^`]+)`", cell)})


@functools.cache
def read_classes() -> dict[str, set[str]]:
    """Every class of what runs, with the names that its body defines."""
    nodes = [node for module in modules("services") + modules("shared") for node in module.nodes]
    return {node.name: _defined_names(node) for node in nodes if isinstance(node, ast.ClassDef)}


def _defined_names(node: ast.ClassDef) -> set[str]:
    targets = [line.target for line in node.body if isinstance(line, ast.AnnAssign)]
    functions = {line.name for line in node.body if isinstance(line, ast.FunctionDef | ast.AsyncFunctionDef)}
    return functions | {target.id for target in targets if isinstance(target, ast.Name)}


@functools.cache
def read_names() -> str:
    """Every name of what runs, one a line: names in the code, and strings, keys and values without white space.

    Comments, docstrings and sentences are left out: an English word in them is not an identifier.
    """
    nodes = [node for module in modules("services") + modules("shared") for node in module.nodes]
    names = {name for node in nodes for name in _names_in(node)}
    files = [path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.yaml")]
    fast = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    for path in files:
        tokens = yaml.scan(path.read_text(encoding="utf-8"), fast)
        names |= {token.value for token in tokens if isinstance(token, yaml.ScalarToken)}
    return "\n".join(sorted(name for name in names if name and not re.search(r"\s", name)))


def _names_in(node: ast.AST) -> list[str]:
    names = [getattr(node, field, None) for field in ("id", "attr", "arg", "name", "module")]
    names.append(node.value if isinstance(node, ast.Constant) else None)
    return [name for name in names if isinstance(name, str)]


@pytest.mark.parametrize("identifier", list_identifiers())
def test_glossary_identifier_is_in_the_code(identifier: str) -> None:
    if CLASS.fullmatch(identifier) and identifier != identifier.upper():
        name, _, attribute = identifier.partition(".")
        assert name in read_classes(), f"no class {name} any more"
        assert not attribute or attribute in read_classes()[name], f"{name} has no {attribute} any more"
    elif identifier.startswith(("shared/", "services/")):
        assert (ROOT / identifier).exists()
    else:
        stem = ELLIPSIS.sub("", identifier)
        end = "" if stem != identifier else r"(?![\w-])"
        assert re.search(rf"(?<![\w-]){re.escape(stem)}{end}", read_names()), f"{identifier} is not in the code"


def test_glossary_spells_each_word_of_the_house_once() -> None:
    house = GLOSSARY.read_text(encoding="utf-8").partition("## The house's own words")[2]
    words = [row.split("|")[1].strip() for row in house.splitlines() if row.startswith("| ")][1:]
    assert len(words) > 30
    assert len(words) == len(set(words))
