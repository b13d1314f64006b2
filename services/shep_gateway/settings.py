"""The settings of ШЭП."""

from __future__ import annotations

from shared.bus.settings import Settings


class GatewaySettings(Settings):
    """The settings of ШЭП: only those of every service."""
