"""The wiring of the rules: what ШЭП knows of the processes that follow, and the job that keeps its own book."""

from __future__ import annotations

from collections.abc import Iterable

from services.shep_gateway.sandbox.followers import RuleFollowers
from services.shep_gateway.sandbox.ordered_outcomes import keep_orders
from services.shep_gateway.sandbox.rule_keeping import FollowersBoards, keep_rules
from shared.bus.service import WiringContext

BACKGROUND_JOBS = (keep_rules, keep_orders)


def make_resources(context: WiringContext) -> Iterable[object]:
    """The followers of this process of ШЭП."""
    assert context.identity is not None  # noqa: S101 - ШЭП is a member of its own bus
    return (RuleFollowers(context.identity), FollowersBoards())
