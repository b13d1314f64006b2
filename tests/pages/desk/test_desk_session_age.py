"""A session that becomes too old at a workplace: the employee is told, comes back, has lost no typed word, and is
told which files to choose again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.web.page_sites import WORDS as WEB_WORDS
from shared.workplace.pages.site import WORDS
from shared.workplace.records.storage import Base
from tests.journeys.kit import EMPLOYEE_PASSWORD, OTHER_AUTHORITY
from tests.pages.desk.test_desk_journeys import apply_at_mio, confirm, enter_as, play_role
from tests.pages.desk_pages import employee_iin
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.ended_sessions import end_by_age
from tests.pages.kit.rooms import RoomStage

pytestmark = pytest.mark.servers
LARGE = 200_000
"""Bytes of a file that no system reads before it knows the sender."""


def end_session(browser: PageBrowser, stage: RoomStage, instance: str) -> None:
    """Let the browser's session become too old."""
    token = browser.driver.get_cookie(f"egov-{instance}")["value"]
    end_by_age(stage.served, instance, Base.metadata, token)


def log_in_again(browser: PageBrowser, iin: str, tag: str) -> None:
    """Come in by the form to which the ended session led."""
    browser.wait_until("location.pathname.endsWith('/login')")
    assert WEB_WORDS["session-over"][tag] in browser.text
    browser.fill(iin=iin, password=EMPLOYEE_PASSWORD)
    browser.click("main form.stacked button")
    browser.wait_until("!location.pathname.endsWith('/login')")


def read_values(browser: PageBrowser, *names: str) -> dict[str, str]:
    return {name: str(browser.find(f"[name={name}]").get_attribute("value")) for name in names}


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
def test_refusal_that_was_typed_comes_back_after_the_login_and_is_sent(
    browser: PageBrowser, stage: RoomStage, tag: str
) -> None:
    _, case = apply_at_mio(stage)
    iin = stage.content.iins["is_mio", "employee"]
    url = enter_as(stage, browser, "is_mio", iin)
    browser.open(f"{url}/cases/{case}/decision/refused?lang={tag}")
    browser.click("[name=template][value=expired]")
    browser.find("[name=reason]").send_keys(" и ещё причина")
    typed = read_values(browser, "reason", "reason-kk")
    end_session(browser, stage, "is_mio")
    browser.click("main form .actions button")
    log_in_again(browser, iin, tag)
    browser.wait_until(f"location.pathname.endsWith('/cases/{case}/decision/refused')")
    assert read_values(browser, *typed) == typed
    assert browser.find("[name=template][value=expired]").is_selected()
    confirm(browser, case)
    assert typed["reason-kk" if tag == "kk" else "reason"] in browser.text


def test_large_file_of_an_ended_session_leads_to_the_login_and_the_words_come_back(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path
) -> None:
    _, case, iin = play_role(stage, "arm_rshep", "head")
    (scan := tmp_path / "scan.pdf").write_bytes(b"%PDF-1.4\n".ljust(LARGE))
    url = enter_as(stage, browser, "arm_rshep", iin)
    browser.open(f"{url}/cases/{case}?lang=ru")
    browser.click_text(WORDS["op-resolve"]["ru"])
    browser.wait_until("document.querySelector('[name=files]') !== null")
    browser.fill(words="К исполнению")
    browser.find("[name=files]").send_keys(str(scan))
    end_session(browser, stage, "arm_rshep")
    browser.click("main form .actions button")
    log_in_again(browser, iin, "ru")
    browser.wait_until("document.querySelector('[name=files]') !== null")
    assert browser.find("[name=words]").get_attribute("value") == "К исполнению"
    assert f"{WEB_WORDS['files-again']['ru']} (scan.pdf)" in browser.text
    browser.find("[name=files]").send_keys(str(scan))
    assert WEB_WORDS["files-again"]["ru"] not in browser.text
    confirm(browser, case)
    assert "К исполнению" in browser.text


def test_words_of_one_employee_are_shown_to_no_other(browser: PageBrowser, stage: RoomStage) -> None:
    _, case = apply_at_mio(stage)
    url = enter_as(stage, browser, "is_mio", stage.content.iins["is_mio", "employee"])
    other = stage.served.wait_for(employee_iin(stage.served.country, "is_mio", OTHER_AUTHORITY, "employee"))
    browser.open(f"{url}/cases/{case}/decision/refused?lang=ru")
    browser.find("[name=reason]").send_keys("личное")
    end_session(browser, stage, "is_mio")
    browser.click("main form .actions button")
    log_in_again(browser, other, "ru")
    assert "личное" not in browser.run("return document.documentElement.innerHTML")
    browser.open(f"{url}/work")
    assert browser.run("return sessionStorage.getItem('typed')") is None
