"""The settings of the synthetic population, for every system that makes it for itself, and of accounts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from shared.bus.settings import Settings

PasswordWork = Literal["full", "little"]
"""How much work a hash of a password takes."""


class PopulationSettings(Settings):
    """One seed and size give the same people in every system."""

    population_seed: int = 1
    """The seed of the synthetic population: one seed gives the same people in every system."""
    population_size: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """The number of people in the synthetic population, equal in every system."""


class AccountSettings(PopulationSettings):
    """The accounts of a system where people log in with a password."""

    password_work: PasswordWork = "full"  # noqa: S105 - no password
    """How much work the hash of a password takes: as OWASP advises, or little (in the sandbox only)."""
