"""The settings of the register."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.bus.settings import Settings


class RegisterSettings(Settings):
    """The synthetic population: one seed and size give the same people in every system."""

    population_seed: int = 1
    population_size: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
