"""The settings of ГБД ЮЛ."""

from __future__ import annotations

from shared.people.settings import PopulationSettings


class GbdUlSettings(PopulationSettings):
    """The synthetic population, equal to that of НР ИИН: from among its people come the heads of organisations."""
