"""The order of a run's tests: both kinds by turns, and whole files where the tests share servers."""

from __future__ import annotations

from tests.runner.work_order import by_turns


def test_work_order_spreads_both_kinds_and_ends_with_the_tests_without_servers() -> None:
    order = by_turns(["S1", "S2", "S3"], ["t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8"])
    assert order == ["S1", "t1", "t2", "S2", "t3", "t4", "S3", "t5", "t6", "t7", "t8"]


def test_work_order_of_one_kind_alone_is_its_own() -> None:
    assert by_turns(["S1", "S2"], []) == ["S1", "S2"]
    assert by_turns([], ["t1"]) == ["t1"]
