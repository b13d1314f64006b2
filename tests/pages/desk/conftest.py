"""One country for the tests of each file of the employees' pages.

It ends with the file: a country that nobody asks takes a twentieth of a processor.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pages.desk_pages import ROOM
from tests.pages.kit.rooms import RoomStage, open_room


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomStage]:
    with open_room(ROOM, tmp_path_factory.mktemp(ROOM.name)) as stage:
        yield stage
