"""Where things are: the pages of a country, and the files that a country in the background leaves."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

START = "start"
PAGES: Mapping[str, tuple[str, str]] = {
    START: ("shep_gateway", "/"),
    "portal": ("portal_pep", "/"),
    "check": ("portal_pep", "/check"),
    "desk": ("is_mio", "/"),
    "centre": ("is_con", "/"),
    "console": ("shep_gateway", "/console"),
    "coverage": ("shep_gateway", "/coverage"),
    "api": ("shep_gateway", "/docs"),
}
"""The pages that ``open`` knows by name: the instance, and the path there."""


def log_file(data_dir: Path) -> Path:
    """The log of a country in the background: JSON lines."""
    return data_dir / "country.log"
