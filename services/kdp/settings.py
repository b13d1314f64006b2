"""The settings of КДП."""

from __future__ import annotations

from shared.people.settings import PopulationSettings


class KdpSettings(PopulationSettings):
    """The synthetic population, equal to that of НР ИИН; every living person has a telephone."""
