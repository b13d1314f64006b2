"""Settings of the gateway."""

from __future__ import annotations

from shared.bus.settings import Settings


class GatewaySettings(Settings):
    """Nothing beyond what every service has."""
