"""A workplace for cases that employees take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.workplace.steps.desk import Workplace


@pytest.fixture
def mio(tmp_path: Path) -> Iterator[Workplace]:
    """ИС МИО, where applications for KZ-YUZ.3 (the certificate of the unemployed) come from the portal."""
    workplace = Workplace.open(tmp_path, "is_mio", "KZ-YUZ.3")
    yield workplace
    workplace.database.dispose()
