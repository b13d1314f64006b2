"""Which folders belong to the second tier: what is held thoroughly there takes longer than the first may last."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
THOROUGH = ("architecture", "compose", "journeys", "pki", "simulation")
"""``make check`` runs the architecture's tests by themselves."""
FAST_ALL_THE_SAME = ("journeys/test_instant_clerk.py",)
"""The main job, end to end."""


def pytest_configure() -> None:
    """A busy machine makes no test fail: how long a thing may take is asserted where it matters."""
    settings.register_profile("unhurried", deadline=None, max_examples=50)
    settings.load_profile("unhurried")


@pytest.hookimpl(tryfirst=True)  # before the tier's ``-m`` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(HERE)
        if place.parts[0] in THOROUGH and place.as_posix() not in FAST_ALL_THE_SAME:
            item.add_marker(pytest.mark.thorough)
