"""Settings of the portal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.bus.settings import Settings


class PortalSettings(Settings):
    """``register_seconds``: how long a registration waits for НР ИИН's answer."""

    register_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
