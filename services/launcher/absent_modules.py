"""Packages that other packages ask for again and again though they are not installed."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.util import find_spec

ASKED_FOR_EVERY_TIME = ("sniffio",)
"""httpcore imports sniffio four times in a request. Python looks for a missing package in every folder of its path
each time, which took a third of the time of a request's client.
"""


def remember_absent_modules(names: Iterable[str] = ASKED_FOR_EVERY_TIME) -> None:
    """Have the import of those of ``names`` that are not installed fail at once from now on, in this process."""
    for name in names:
        if name not in sys.modules and find_spec(name) is None:
            sys.modules[name] = None  # type: ignore[assignment]
