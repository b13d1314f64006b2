"""Settings of the portal."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from shared.bus.settings import Settings


class PortalSettings(Settings):
    """``register_seconds``: how long a registration waits for НР ИИН's answer.

    ``evidence``: whether a time-stamp and an answer about revocation are gathered for every signed document.
    """

    register_seconds: Annotated[float, Field(gt=0, le=60)] = 10.0
    evidence: bool = True
