"""The settings of a regional gateway."""

from __future__ import annotations

from typing import Literal

from shared.bus.settings import Settings


class RegionalSettings(Settings):
    """The region that this instance serves."""

    region: Literal["KZ-AKM", "KZ-ATY", "KZ-SEV", "KZ-YUZ"]
