"""The portal's pages in every language, wide and narrow: accessible, in one language, without raw codes."""

from __future__ import annotations

import pytest

from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.hostile_walk import find_weak_pages
from tests.pages.kit.rooms import RoomPage, RoomStage
from tests.pages.portal_pages import ROOM

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
@pytest.mark.parametrize("page", ROOM.pages, ids=lambda page: page.name)
def test_portal_page_has_no_fault(sweeper: PageBrowser, stage: RoomStage, page: RoomPage, tag: str) -> None:
    assert stage.faults(sweeper, page, tag) == []


def test_attacker_gains_nothing_at_the_pages_of_the_room(stage: RoomStage) -> None:
    assert find_weak_pages(stage) == []
