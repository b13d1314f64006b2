"""Tuning of the memory of long-running systems: Python's garbage collector, and the allocator of the C library."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

GC_THRESHOLDS = (100_000, 20, 50)
"""The number of new objects before a collection: a start makes hundreds of thousands that stay, a batch thousands,
and none in cycles.
"""


M_MMAP_THRESHOLD = -3
LARGE_BLOCK = 1024 * 1024


def relax_thresholds() -> None:
    """Collect garbage rarely from now on, in this process."""
    gc.set_threshold(*GC_THRESHOLDS)


def freeze_survivors() -> None:
    """Exempt all present objects (modules, passports, tables, routes) from garbage collection."""
    gc.freeze()


def return_large_blocks() -> None:
    """Have the C library give a freed block of a megabyte or more back to the machine at once.

    glibc else takes blocks of up to 32 MiB from its heap once such a block was freed, and keeps the heap: 20
    messages of ten megabytes left ШЭП with 680 MiB instead of 330. Another C library has no such call.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
