"""The settings of the register."""

from __future__ import annotations

from shared.people.settings import PopulationSettings


class RegisterSettings(PopulationSettings):
    """The synthetic population: one seed and size give the same people in every system."""
