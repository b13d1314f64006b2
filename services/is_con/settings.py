"""Settings of the service centres' system."""

from __future__ import annotations

from shared.bus.settings import Settings


class ConSettings(Settings):
    """Nothing beyond what every service has."""
