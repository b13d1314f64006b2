"""The settings of every system with a workplace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from shared.bus.settings import Settings
from shared.workplace.clerks.rules import ClerkPolicy


class WorkplaceSettings(Settings):
    """``employee_password`` is the first password of all employees; made at the first start when not given.

    ``clerks`` take the human steps where no rule applies; ``clerks_file`` holds the initial rules (YAML or JSON),
    until the operator sets others. ``employee_keys`` is the algorithm of employees' keys. ``population_seed`` and
    ``population_size`` give the synthetic population, for a register of people.
    """

    clerks: ClerkPolicy = ClerkPolicy.MANUAL
    clerks_file: Path | None = None
    employee_password: str | None = None
    employee_keys: Literal["rsa", "ec"] = "rsa"
    population_seed: int = 1
    population_size: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
