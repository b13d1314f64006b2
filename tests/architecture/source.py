"""The project's source as text: read, never imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Module:
    """A Python file and its text."""

    path: Path

    @property
    def name(self) -> str:
        """The dotted name by which the module is imported."""
        parts = self.path.relative_to(ROOT).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def place(self) -> str:
        """The path of the file in the project."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the syntax tree, walked once."""
        return tuple(ast.walk(self.tree))

    @property
    def lines(self) -> int:
        return len(self.text.splitlines())

    @cached_property
    def imports(self) -> frozenset[str]:
        """Every module that this module imports, at any place; ``from a import b`` gives both a and a.b."""
        found: set[str] = set()
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        return frozenset(found)

    @cached_property
    def functions(self) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef, ...]:
        return tuple(node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


GENERATED = ROOT / "shared" / "client" / "models"
"""The types of the APIs' answers, as ``make models`` writes them: excepted from the limits on modules a folder and
lines a file, and from every rule on how code is written here.
"""


@cache
def modules(folder: str) -> tuple[Module, ...]:
    """Every module under a folder of the project; what a generator wrote is left out."""
    paths = sorted(path for path in (ROOT / folder).rglob("*.py") if GENERATED not in path.parents)
    assert paths, f"no source under {folder}"
    return tuple(Module(path) for path in paths)


def everywhere() -> tuple[Module, ...]:
    return modules("services") + modules("shared") + modules("tests")


@cache
def reachable(name: str) -> tuple[Module, ...]:
    """Every module of the project that an import of ``name`` loads, with ``name``."""
    known = {module.name: module for folder in ("services", "shared") for module in modules(folder)}
    assert name in known, f"{name} is no module"
    reached: dict[str, Module] = {}
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current in known and current not in reached:
            reached[current] = known[current]
            waiting += [*known[current].imports, current.rpartition(".")[0]]
    return tuple(reached.values())


BESIDE_THE_SYSTEMS = ("launcher", "tools")
"""Folders under ``services`` that are not systems: the launcher, and the commands for people."""


@cache
def subfolders(folder: str) -> tuple[str, ...]:
    """The names of the packages directly in a folder of the project."""
    return tuple(sorted(place.name for place in (ROOT / folder).iterdir() if (place / "__init__.py").exists()))


def services() -> tuple[str, ...]:
    """The names of the services: every folder of ``services`` that is a system."""
    return tuple(name for name in subfolders("services") if name not in BESIDE_THE_SYSTEMS)


def tools() -> tuple[str, ...]:
    """The names of the tools that have their own folders."""
    return subfolders("services/tools")


def layer(module: Module) -> str:
    """The dotted name of a module's package."""
    return module.name if module.path.name == "__init__.py" else module.name.rpartition(".")[0]


def is_of(name: str, *packages: str) -> bool:
    """Whether an imported name is one of these packages or is inside one of them."""
    return any(name == package or name.startswith(f"{package}.") for package in packages)
