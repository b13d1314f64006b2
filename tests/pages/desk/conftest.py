"""One country for all tests of the employees' pages that a worker runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pages.desk_pages import ROOM
from tests.pages.kit.rooms import RoomStage, open_room


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomStage]:
    with open_room(ROOM, tmp_path_factory.mktemp(ROOM.name)) as stage:
        yield stage
