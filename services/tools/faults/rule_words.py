"""A rule in a line: what happens, and to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCOPE = ("system", "place", "door", "path", "service", "region", "message_type", "step", "case", "iin", "ends")


def describe_effect(effect: Mapping[str, Any]) -> str:
    """``slow seconds=2 shape=normal``."""
    further = " ".join(f"{name}={value}" for name, value in effect.items() if name != "kind" and value is not None)
    return f"{effect['kind']} {further}".strip()


def describe_scope(rule: Mapping[str, Any]) -> str:
    """``is_mio KZ-ATY 20 % of people``; ``everything`` for a rule without a scope."""
    words = [str(rule[name]) for name in SCOPE if rule.get(name) is not None]
    if rule.get("share", 100) != 100:
        words.append(f"{rule['share']:g} % of people")
    if rule.get("occasions", 100) != 100:
        words.append(f"{rule['occasions']} % of occasions")
    if rule.get("count") is not None:
        words.append(f"{rule['count']} times")
    return " ".join(words) or "everything"
