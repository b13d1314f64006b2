"""The settings of the temporary storage."""

from __future__ import annotations

from shared.bus.settings import Settings


class TempFilesSettings(Settings):
    """The settings of every system, and no others."""
