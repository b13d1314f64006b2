"""The employees' pages in every language, wide and narrow: accessible, in one language, without raw codes."""

from __future__ import annotations

import pytest

from tests.pages.desk_pages import ROOM
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomPage, RoomStage

pytestmark = pytest.mark.servers


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
@pytest.mark.parametrize("page", ROOM.pages, ids=lambda page: page.name)
def test_employees_page_has_no_fault(browser: PageBrowser, stage: RoomStage, page: RoomPage, tag: str) -> None:
    assert stage.faults(browser, page, tag) == []
