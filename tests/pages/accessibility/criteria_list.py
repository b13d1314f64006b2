"""The list of the criteria of WCAG 2.2, A and AA."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Criterion:
    """A success criterion: ``means`` says what holds it, empty for one that no test holds."""

    number: str
    level: str
    name: str
    means: str
    bad_page: str
    """The body of a page that must fail; the whole page where it begins with ``<!DOCTYPE``."""


def read_criteria() -> Sequence[Criterion]:
    """The 55 criteria, in their order."""
    rows = yaml.safe_load((HERE / "criteria.yaml").read_text(encoding="utf-8"))
    return [Criterion(number=number, **row) for number, row in rows.items()]
