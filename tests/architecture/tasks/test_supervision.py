"""Nothing runs unseen: tasks and threads are made by the supervisor, which logs and restarts what dies."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.source import Module, modules

SUPERVISOR = "shared/bus/runtime/supervised_tasks.py"
MAKERS = {"create_task", "ensure_future", "Thread", "TaskGroup", "run_coroutine_threadsafe"}
MAY = {
    (SUPERVISOR, "create_task"),
    ("services/tools/simulation/nuc_process.py", "Thread"),  # a loop of its own, joined by the block that began it
    ("services/tools/simulation/nuc_process.py", "run_coroutine_threadsafe"),  # awaited at the place of its start
}


def tasks_made(module: Module) -> Iterator[tuple[str, str]]:
    """The calls of a module that make a task or a thread, by the module's place and the call's name."""
    for node in module.nodes:
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if name in MAKERS:
                yield module.place, str(name)


def test_task_is_made_by_the_supervisor_and_nowhere_else() -> None:
    made = {call for module in modules("services") + modules("shared") for call in tasks_made(module)}
    assert made - MAY == set(), f"use SupervisedTasks of {SUPERVISOR}: a bare task dies unseen"
    assert made >= MAY, "what no longer makes a task needs no exception"


def waits_for(module: Module) -> bool:
    """Whether a module uses ``asyncio.wait_for``, under any name; other objects may have a method of this name."""
    return any(
        (isinstance(node, ast.Attribute) and ast.unparse(node) == "asyncio.wait_for")
        or (isinstance(node, ast.ImportFrom) and node.module == "asyncio" and "wait_for" in names_of(node))
        for node in module.nodes
    )


def names_of(statement: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in statement.names}


def test_wait_that_can_lose_a_cancellation_is_used_nowhere() -> None:
    """In Python 3.11 ``asyncio.wait_for`` returns, cancelled or not, if its task is done by then."""
    places = [module.place for module in modules("services") + modules("shared") if waits_for(module)]
    assert places == [], "use asyncio.timeout: asyncio.wait_for may swallow a cancellation"
