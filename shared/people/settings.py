"""The settings of the synthetic population, for every system that makes the population for itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.bus.settings import Settings


class PopulationSettings(Settings):
    """One seed and size give the same people in every system."""

    population_seed: int = 1
    """The seed of the synthetic population: one seed gives the same people in every system."""
    population_size: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """The number of people in the synthetic population, equal in every system."""
