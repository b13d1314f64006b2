"""Settings of every system with a workplace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from shared.bus.settings import Settings
from shared.workplace.clerks.rules import ClerkPolicy


class WorkplaceSettings(Settings):
    """``employee_password`` is everyone's first password; made at the first start when not given.

    ``clerks`` do the human steps where no rule says otherwise; ``clerks_file`` are rules to begin with (YAML or
    JSON), until the operator writes others. ``employee_keys`` is what employees sign with.
    ``population_seed`` and ``population_size`` are the synthetic country's, for a register of people.
    """

    clerks: ClerkPolicy = ClerkPolicy.MANUAL
    clerks_file: Path | None = None
    employee_password: str | None = None
    employee_keys: Literal["rsa", "ec"] = "rsa"
    population_seed: int = 1
    population_size: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
