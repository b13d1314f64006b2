"""The settings of ГЦВП."""

from __future__ import annotations

from shared.people.settings import PopulationSettings


class GcvpSettings(PopulationSettings):
    """The synthetic population, equal to that of НР ИИН; every person has an account."""
