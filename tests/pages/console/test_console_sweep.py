"""The console's pages in every language, wide and narrow: accessible, in one language, without raw codes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pages.console_pages import ROOM
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.hostile_walk import find_weak_pages
from tests.pages.kit.rooms import RoomPage, RoomStage, open_room

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomStage]:
    with open_room(ROOM, tmp_path_factory.mktemp(ROOM.name)) as stage:
        yield stage


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
@pytest.mark.parametrize("page", ROOM.pages, ids=lambda page: page.name)
def test_console_page_has_no_fault(sweeper: PageBrowser, stage: RoomStage, page: RoomPage, tag: str) -> None:
    assert stage.faults(sweeper, page, tag) == []


def test_attacker_gains_nothing_at_the_pages_of_the_room(stage: RoomStage) -> None:
    assert find_weak_pages(stage) == []
