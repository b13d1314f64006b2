"""What breaks a pair of systems between two versions of its pact.

The reader may rely on less at any time. What the reader relies on anew breaks senders of before; an interaction
that is gone is a message or an answer that nobody reads any longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]


def list_pact_changes(old: Json, new: Json) -> Iterator[str]:
    """The breaking changes between two texts of one pact, each as a sentence."""
    before, after = _by_description(old), _by_description(new)
    for description, interaction in before.items():
        if description not in after:
            yield f"{description}: removed"
        elif interaction["type"] == "Asynchronous/Messages":
            yield from _list_message_changes(description, interaction, after[description])
        elif interaction != after[description]:
            yield f"{description}: changed"


def _list_message_changes(description: str, old: Json, new: Json) -> Iterator[str]:
    before, after = (one["matchingRules"]["body"] for one in (old, new))
    for path, rule in after.items():
        if path not in before:
            yield f"{description}: {path} is relied on anew"
        elif before[path] != rule:
            yield f"{description}: {path} is matched by another rule"


def _by_description(pact: Json) -> dict[str, Json]:
    return {interaction["description"]: interaction for interaction in pact["interactions"]}
