"""The profiles of the systems with a workplace."""

from __future__ import annotations

from pathlib import Path

from services.catalog import find_instance
from shared.bus.clocks.clock import SystemClock
from shared.bus.service import WiringContext
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.settings import WorkplaceSettings

WORKPLACES = ("is_mio", "is_con", "is_esobes", "is_rynok_truda", "gbd_elicense", "arm_shep", "arm_rshep")
"""The systems at which people work on cases."""


def profile(name: str) -> WorkplaceProfile:
    """The profile of the system ``name``."""
    instance = find_instance(name)
    assert instance is not None
    around = WiringContext(WorkplaceSettings(), SystemClock(), None, None, Path())
    things = instance.load_service().resources(around)
    return next(thing for thing in things if isinstance(thing, WorkplaceProfile))
