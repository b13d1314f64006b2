"""How rarely Python looks for garbage here, and what it need not look through."""

from __future__ import annotations

import gc

GC_THRESHOLDS = (100_000, 20, 50)
"""Objects made before the collector looks: a start makes hundreds of thousands that stay, a batch
thousands, and no cycles."""


def relax_thresholds() -> None:
    """From now on, in this process."""
    gc.set_threshold(*GC_THRESHOLDS)


def freeze_survivors() -> None:
    """What there is now stays (modules, passports, tables, routes) and need not be looked through again."""
    gc.freeze()
