"""Every test asserts something."""

from __future__ import annotations

import ast
from functools import cache

from tests.architecture.source import Module, modules

EXPECTING = {"raises", "warns", "fail", "wait_for", "verify_directly_issued_by"}
"""Calls that fail a test by themselves: pytest's own, a time limit, the library's check of a certificate."""


def test_tests_are_never_without_an_assertion() -> None:
    tests = modules("tests")
    helpers = asserting_helpers(tests)
    hollow = [
        f"{module.place} {one.name}"
        for module in tests
        for one in module.functions
        if one.name.startswith("test_") and not asserts(one, helpers)
    ]
    assert hollow == []


def test_markers_of_tiers_stand_in_test_files_and_conftests_alone() -> None:
    """``tests/conftest.py`` reads there which files a tier needs."""
    elsewhere = [
        module.place
        for module in modules("tests")
        if any(f"mark.{tier}" in module.text for tier in ("servers", "thorough"))
        and not module.path.name.startswith(("test_", "conftest"))
    ]
    assert elsewhere == []


def asserting_helpers(tests: tuple[Module, ...]) -> set[str]:
    """The names of test helpers that assert, directly or by calling another one."""
    functions = [one for module in tests for one in module.functions]
    found: set[str] = set()
    while more := {one.name for one in functions if one.name not in found and asserts(one, found)}:
        found |= more
    return found


def asserts(function: ast.AST, helpers: set[str]) -> bool:
    is_asserting, called = contents(function)
    return is_asserting or not called.isdisjoint(EXPECTING | helpers)


@cache
def contents(function: ast.AST) -> tuple[bool, frozenset[str]]:
    """Whether a function asserts, and the names of all functions that the function calls."""
    nodes = list(ast.walk(function))
    called = frozenset(_called(node) for node in nodes if isinstance(node, ast.Call))
    return any(isinstance(node, ast.Assert) for node in nodes), called


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_tests_of_a_file_have_different_names() -> None:
    for module in modules("tests"):
        names = [one.name for one in module.functions if one.name.startswith("test_")]
        assert len(names) == len(set(names)), f"{module.place}: one of two tests of a name never runs"


def test_tests_are_named_by_a_sentence() -> None:
    short = [
        f"{module.place} {one.name}"
        for module in modules("tests")
        for one in module.functions
        if one.name.startswith("test_") and one.name.count("_") < 3
    ]
    assert short == []
