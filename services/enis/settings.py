"""The settings of the notarial register."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.people.settings import PopulationSettings


class EnisSettings(PopulationSettings):
    """The synthetic population, equal to that of НР ИИН; every tenth person gave a power of attorney."""

    population_size: Annotated[int, Field(ge=2, le=1_000_000)] = 1000
    """A power of attorney needs two people."""
