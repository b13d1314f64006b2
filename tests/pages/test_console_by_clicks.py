"""The console in a browser while faults run: the map tells of a fault by itself, and the operator acts on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By

from tests.pages.console_pages import ROOM, ConsoleContent
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage, open_room

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomStage]:
    with open_room(ROOM, tmp_path_factory.mktemp("clicks")) as stage:
        yield stage


@pytest.fixture
def content(stage: RoomStage, browser: PageBrowser) -> ConsoleContent:
    """What the country has, for a browser with the operator's login."""
    stage.enter(browser, ROOM.pages[1])
    content: ConsoleContent = stage.content
    return content


def test_map_tells_of_a_new_fault_without_being_loaded_again(
    stage: RoomStage, browser: PageBrowser, content: ConsoleContent
) -> None:
    browser.open(stage.served.url("shep_gateway", "/console?lang=en"))
    browser.driver.execute_script("document.body.dataset.opened = 'once'")
    nuc = stage.served.country.operator("is_nuc")
    stage.served.wait_for(nuc.call("PUT", "/api/v1/faults/ocsp-malformed", json={"percent": 100}))
    browser.wait_until("document.getElementById('faults').innerText.includes('OCSP answers garbage')", 60)
    assert browser.driver.execute_script("return document.body.dataset.opened") == "once"
    stage.served.wait_for(nuc.call("DELETE", "/api/v1/faults/ocsp-malformed"))


def test_operator_replays_a_changed_message_by_clicks(
    stage: RoomStage, browser: PageBrowser, content: ConsoleContent
) -> None:
    gateway = stage.served.country.operator("shep_gateway")
    (question, *_) = stage.served.wait_for(gateway.list_journal(sender="console-asker", event="ACCEPTED"))
    browser.open(stage.served.url("shep_gateway", f"/console/journal?any_id={question['message_id']}&lang=en"))
    browser.driver.find_element(By.LINK_TEXT, str(question["n"])).click()
    browser.wait_until("document.getElementById('again') !== null")
    browser.driver.find_element(By.CSS_SELECTOR, "#again summary").click()
    area = browser.driver.find_element(By.ID, "field-data")
    area.clear()
    area.send_keys('{"iin": "000000000000"}')
    browser.driver.find_element(By.XPATH, "//button[normalize-space()='Send the changed message']").click()
    browser.wait_until("document.querySelector('.notice.good') !== null")
    assert "The new message passed" in browser.driver.find_element(By.TAG_NAME, "main").text
