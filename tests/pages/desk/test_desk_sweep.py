"""The employees' pages in every language, wide and narrow: accessible, in one language, without raw codes."""

from __future__ import annotations

import pytest

from tests.pages.desk_pages import ROOM, prepare_records
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.hostile_walk import find_weak_pages
from tests.pages.kit.rooms import RoomPage, RoomStage

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def filled_stage(stage: RoomStage) -> RoomStage:
    """The room with the pages that fill in records, which no other test looks at."""
    stage.content.records = stage.served.wait_for(prepare_records(stage.served.country))
    return stage


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
@pytest.mark.parametrize("page", ROOM.pages, ids=lambda page: page.name)
def test_employees_page_has_no_fault(
    sweeper: PageBrowser, filled_stage: RoomStage, page: RoomPage, tag: str
) -> None:
    assert filled_stage.faults(sweeper, page, tag) == []


def test_attacker_gains_nothing_at_the_pages_of_the_room(filled_stage: RoomStage) -> None:
    assert find_weak_pages(filled_stage) == []
