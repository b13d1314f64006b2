"""Tuning of Python's garbage collector for long-running systems."""

from __future__ import annotations

import gc

GC_THRESHOLDS = (100_000, 20, 50)
"""The number of new objects before a collection: a start makes hundreds of thousands that stay, a batch thousands,
and none in cycles.
"""


def relax_thresholds() -> None:
    """Collect garbage rarely from now on, in this process."""
    gc.set_threshold(*GC_THRESHOLDS)


def freeze_survivors() -> None:
    """Exempt all present objects (modules, passports, tables, routes) from garbage collection."""
    gc.freeze()
