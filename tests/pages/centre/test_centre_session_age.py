"""A session that becomes too old at a window: the visitor's words stay, and the operator is told what did not."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.is_con.pages.visits.visit_site import PAGES as VISITS
from shared.web.page_sites import WORDS as WEB_WORDS
from shared.workplace.records.storage import Base
from tests.journeys.kit import EMPLOYEE_PASSWORD
from tests.pages.centre.test_centre_day import log_in, operator_iin, press
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.ended_sessions import end_by_age
from tests.pages.kit.rooms import RoomStage

pytestmark = pytest.mark.servers
SERVICE = "KZ-AKM.5"


def end_session(browser: PageBrowser, stage: RoomStage) -> None:
    """Let the operator's session become too old while the page is open."""
    token = browser.driver.get_cookie("egov-is_con")["value"]
    end_by_age(stage.served, "is_con", Base.metadata, token)


def log_in_again(browser: PageBrowser, stage: RoomStage, path: str, tag: str) -> None:
    """Come in by the form to which the ended session led; it leads back to ``path``."""
    browser.wait_until("location.pathname.endsWith('/login')")
    assert WEB_WORDS["session-over"][tag] in browser.text
    browser.fill(iin=stage.served.wait_for(operator_iin(stage.served.country)), password=EMPLOYEE_PASSWORD)
    browser.click("main form button")
    browser.wait_until(f"location.pathname.endsWith({path!r})")


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
def test_intake_that_a_sessions_end_interrupts_goes_on_with_what_was_typed(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path, tag: str
) -> None:
    person, path = stage.served.country.stranger(), f"/intake/{SERVICE}"
    (scan := tmp_path / "scan.pdf").write_bytes(b"%PDF-1.4")
    typed = {"applicant": person.iin, "name": f"{person.surname} {person.name}", "form_phone": "87252000000"}
    log_in(browser, stage, tag)
    browser.open(stage.served.url("is_con", f"{path}?lang={tag}"))
    browser.fill(missing="справка", **typed)
    browser.find("[name=papers]").send_keys(str(scan))
    browser.click("label:has(#field-consent)")
    end_session(browser, stage)
    browser.click("form.intake > button")
    log_in_again(browser, stage, path, tag)
    assert {name: browser.find(f"[name={name}]").get_attribute("value") for name in typed} == typed
    assert browser.find("[name=missing]").get_attribute("value") == "справка"
    assert browser.find("#field-consent").is_selected()
    assert f"{WEB_WORDS['files-again'][tag]} (scan.pdf)" in browser.text
    browser.find("[name=papers]").send_keys(str(scan))
    browser.click("form.intake > button")
    browser.wait_until("location.pathname.includes('/visits/')")
    assert person.iin in browser.text


def test_step_that_a_sessions_end_interrupts_is_not_taken_and_waits(
    browser: PageBrowser, stage: RoomStage
) -> None:
    person = stage.served.country.stranger()
    log_in(browser, stage, "ru")
    browser.open(stage.served.url("is_con", f"/intake/{SERVICE}?lang=ru"))
    browser.fill(applicant=person.iin, name="Ким Ольга", form_phone="87252000000")
    browser.click("label:has(#field-consent)")
    browser.click("form.intake > button")
    browser.wait_until("location.pathname.includes('/visits/')")
    path = browser.run("return location.pathname")
    end_session(browser, stage)
    browser.click_text(VISITS.words["answer-complete"]["ru"])
    log_in_again(browser, stage, path, "ru")
    press(browser, VISITS, "answer-complete", "ru")
    assert VISITS.words["step-taken"]["ru"] in browser.text
