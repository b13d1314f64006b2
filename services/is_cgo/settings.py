"""The settings of ИС ЦГО."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from services.is_cgo.domain import LONGEST_SECONDS, ConductMode
from shared.people.settings import PopulationSettings


class CgoSettings(PopulationSettings):
    """The synthetic population, equal to that of НР ИИН, and the conduct where the operator has set no rule."""

    cgo_mode: ConductMode = ConductMode.ANSWER
    """How ИС ЦГО answers queries."""
    cgo_percent: Annotated[int, Field(ge=0, le=100)] = 100
    """The share of people to whom the mode applies, in percent."""
    cgo_seconds: Annotated[float, Field(ge=0, le=LONGEST_SECONDS, allow_inf_nan=False)] = 5
    """The delay of a slow answer, in seconds."""
