"""The settings of a regional gateway."""

from __future__ import annotations

from typing import Annotated, Literal

from shared.bus.settings import NOT_IN_ENVIRONMENT, Settings


class RegionalSettings(Settings):
    """The region that this instance serves."""

    region: Annotated[Literal["KZ-AKM", "KZ-ATY", "KZ-SEV", "KZ-YUZ"], NOT_IN_ENVIRONMENT]
