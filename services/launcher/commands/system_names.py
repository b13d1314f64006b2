"""The names of systems that a person types: checked, and completed by the shell."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from services.catalog import INSTANCES
from shared.bus.errors import NotFound

NAMES = tuple(instance.name for instance in INSTANCES)


def check_systems(names: Iterable[str]) -> frozenset[str]:
    """The names; NotFound ``system-unknown`` for the first that is no system's."""
    typed = tuple(names)
    for name in typed:
        if name not in NAMES:
            nearest = ", ".join(get_close_matches(name, NAMES)) or "—"
            raise NotFound("system-unknown", f"no system {name}", name=name, nearest=nearest)
    return frozenset(typed)


def complete_systems(incomplete: str) -> list[str]:
    """The systems whose names begin so, for the shell's completion."""
    return [name for name in NAMES if name.startswith(incomplete)]
