"""Participants whose bugs can be switched on: each a small program that is right without them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True)
class SeededBugs:
    """The bugs that a participant has, by their ids of ``bugs.yaml``."""

    ids: Collection[str] = ()

    def has(self, bug: str) -> bool:
        return bug in self.ids
