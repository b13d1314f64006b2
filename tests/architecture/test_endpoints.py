"""The cost of every request."""

from __future__ import annotations

import ast

from tests.architecture.source import Module, modules


def test_endpoint_dependency_costs_no_thread() -> None:
    """A plain function runs in a thread of the pool on each request of its endpoint."""
    named = {module: _depended_on(module) for module in modules("services") + modules("shared")}
    assert sum(map(len, named.values())) > 5, "they are not found any more: mend this test"
    found = [
        f"{module.place} {one.name}"
        for module, names in named.items()
        for one in module.functions
        if isinstance(one, ast.FunctionDef) and one.name in names
    ]
    assert found == [], "make it async, although it waits for nothing"


def _depended_on(module: Module) -> set[str]:
    """The names of the functions in ``Depends(…)``."""
    return {
        call.args[0].id
        for call in module.nodes
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "Depends"
        and isinstance(call.args[0], ast.Name)
    }
