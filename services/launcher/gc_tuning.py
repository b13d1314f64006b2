"""How rarely Python looks for garbage here, and what it need not look through."""

from __future__ import annotations

import gc

RARELY = (100_000, 20, 50)
"""Objects made before the collector looks: a start makes hundreds of thousands that stay, a batch
thousands, and no cycles."""


def look_rarely() -> None:
    """From now on, in this process."""
    gc.set_threshold(*RARELY)


def freeze_what_stays() -> None:
    """What there is now stays (modules, passports, tables, routes) and need not be looked through again."""
    gc.freeze()
