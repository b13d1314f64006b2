"""Modules that import each other cannot be read, tested or moved apart: there are none, and no such layers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

import pytest

from tests.architecture.source import Module, modules, subfolders

SOURCE: Mapping[str, Module] = {module.name: module for module in modules("services") + modules("shared")}
WITH_LAYERS = ("shared/workplace",)
"""Folders whose layers stand one on another, never in a ring."""


def known_imports(module: Module) -> frozenset[str]:
    """The modules that a module needs, for its types too; ``from a import b`` needs a module ``a.b``
    where there is one, and ``a`` where there is none."""
    named = {name for name in module.imports if name in SOURCE}
    parents = {name.rpartition(".")[0] for name in named}
    return frozenset(name for name in named - {module.name} if name not in parents or not _is_package(name))


def _is_package(name: str) -> bool:
    return SOURCE[name].path.name == "__init__.py"


def test_module_never_imports_itself_by_way_of_others() -> None:
    arrows = {name: known_imports(module) for name, module in SOURCE.items()}
    assert list(circles(arrows)) == [], "what both need belongs in a third module"


@pytest.mark.parametrize("folder", WITH_LAYERS)
def test_layer_never_imports_itself_by_way_of_others(folder: str) -> None:
    package, layers = folder.replace("/", "."), subfolders(folder)
    arrows: dict[str, set[str]] = defaultdict(set)
    for name, module in SOURCE.items():
        for needed in known_imports(module):
            if name.startswith(f"{package}.") and needed.startswith(f"{package}."):
                arrows[_layer_of(name, package, layers)].add(_layer_of(needed, package, layers))
    assert list(circles({layer: frozenset(needed - {layer}) for layer, needed in arrows.items()})) == []


def _layer_of(name: str, package: str, layers: tuple[str, ...]) -> str:
    """The layer of a module; a module that lies beside the layers is one of its own."""
    first = name.removeprefix(f"{package}.").partition(".")[0]
    return f"{first}/" if first in layers else first


def test_circle_of_two_or_more_is_found() -> None:
    arrows = {"a": frozenset({"b"}), "b": frozenset({"c"}), "c": frozenset({"b"}), "d": frozenset({"a"})}
    assert list(circles(arrows)) == [["b", "c"]]


def circles(arrows: Mapping[str, frozenset[str]]) -> Iterator[list[str]]:
    """The groups that reach themselves, each in the order of its names."""
    reached = {name: _reach(name, arrows) for name in arrows}
    yielded: set[str] = set()
    for name in sorted(arrows):
        if name in reached[name] and name not in yielded:
            ring = sorted(other for other in reached[name] if name in reached.get(other, set()))
            yielded |= set(ring)
            yield ring


def _reach(start: str, arrows: Mapping[str, frozenset[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = list(arrows[start])
    while ahead:
        name = ahead.pop()
        if name not in reached:
            reached.add(name)
            ahead += arrows.get(name, frozenset())
    return reached
