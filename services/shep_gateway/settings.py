"""The settings of ШЭП."""

from __future__ import annotations

from shared.bus.settings import Settings


class GatewaySettings(Settings):
    """No settings beyond those of every service."""
