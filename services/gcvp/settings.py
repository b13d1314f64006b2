"""The settings of ГЦВП."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.bus.settings import Settings


class GcvpSettings(Settings):
    """The synthetic population, equal to that of НР ИИН; every person has an account."""

    population_seed: int = 1
    population_size: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
