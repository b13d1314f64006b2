"""Settings of every system with a workplace."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.bus.settings import Settings


class Clerks(StrEnum):
    """Who does the human steps: people at the workplace, or the system at once."""

    MANUAL = "manual"
    INSTANT = "instant"


class WorkplaceSettings(Settings):
    """``employee_password`` is everyone's first password; made at the first start when not given.

    ``population_seed`` and ``population_size`` are the synthetic country's, for a register of people.
    """

    clerks: Clerks = Clerks.MANUAL
    employee_password: str | None = None
    population_seed: int = 1
    population_size: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
