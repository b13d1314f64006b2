"""A session that becomes too old while a page is open: the citizen is told, and returns after the login."""

from __future__ import annotations

import pytest

from services.portal_pep.pages.site import WORDS
from services.portal_pep.storage import Base
from shared.web.page_sites import WORDS as WEB_WORDS
from tests.journeys.kit import PASSWORD
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.ended_sessions import end_by_age
from tests.pages.kit.rooms import RoomStage
from tests.pages.portal_pages import SERVICE

pytestmark = pytest.mark.servers


def log_in(browser: PageBrowser, stage: RoomStage, page: str, tag: str) -> str:
    """Come in with a password, at a page of the portal; returns the ИИН."""
    citizen = stage.served.wait_for(stage.served.country.newcomer())
    browser.forget()
    browser.open(stage.served.url("portal_pep", f"/login?lang={tag}&next={page}"))
    log_in_again(browser, citizen.person.iin, page)
    return str(citizen.person.iin)


def log_in_again(browser: PageBrowser, iin: str, page: str) -> None:
    browser.fill(iin=iin, password=PASSWORD)
    browser.click("main form.stacked button")
    browser.wait_until(f"location.pathname.endsWith('/{page}')")


@pytest.mark.parametrize(("tag", "page"), [("ru", "cabinet"), ("kk", "cabinet/notifications")])
def test_page_left_open_leads_to_the_login_says_that_the_session_is_over_and_leads_back(
    browser: PageBrowser, stage: RoomStage, tag: str, page: str
) -> None:
    iin = log_in(browser, stage, page, tag)
    end_by_age(stage.served, "portal_pep", Base.metadata)
    browser.wait_until("location.pathname.endsWith('/login')")
    assert WEB_WORDS["session-over"][tag] in browser.text
    log_in_again(browser, iin, page)


def test_form_of_an_ended_session_leads_to_the_login_and_back_to_the_form(
    browser: PageBrowser, stage: RoomStage
) -> None:
    page = f"apply/{SERVICE}/contact"
    iin = log_in(browser, stage, page, "en")
    end_by_age(stage.served, "portal_pep", Base.metadata)
    browser.click("main form.stacked button")
    browser.wait_until("location.pathname.endsWith('/login')")
    assert browser.find("h1").text == WORDS["login-title"]["en"]
    assert WEB_WORDS["session-over"]["en"] in browser.text
    log_in_again(browser, iin, page)


def test_visitor_who_never_had_a_session_is_not_told_of_its_end(browser: PageBrowser, stage: RoomStage) -> None:
    browser.forget()
    browser.open(stage.served.url("portal_pep", "/cabinet?lang=ru"))
    assert browser.find("h1").text == WORDS["login-title"]["ru"]
    assert WEB_WORDS["session-over"]["ru"] not in browser.text
