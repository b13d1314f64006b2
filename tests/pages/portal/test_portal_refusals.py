"""What the portal refuses a citizen, met by clicks: each in the reader's language, beside what it concerns."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from services.portal_pep.pages.site import WORDS
from services.portal_pep.texts import TEXTS
from shared.texts.catalog import COMMON
from shared.web.formats import format_megabytes
from shared.web.page_sites import WORDS as WEB_WORDS
from tests.journeys.kit import PASSWORD
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage
from tests.pages.portal.citizen_clicks import begin_ncalayer, enter, ncalayer
from tests.pages.portal_pages import SERVICE, PortalContent

pytestmark = pytest.mark.servers

TAGS = ("ru", "kk", "en")
MEGABYTE = 1024 * 1024


def press_submit(browser: PageBrowser) -> None:
    """Press the first button that sends the main form, and wait for the page that answers."""
    browser.run("document.documentElement.dataset.before = 'yes'")
    browser.click("main form button:not([type=button])")
    browser.wait_until("!document.documentElement.dataset.before")


def assert_refused(browser: PageBrowser, texts: Mapping[str, str], tag: str) -> None:
    """The page is in the reader's language and says the refusal once, in this language alone."""
    shown = browser.text
    assert browser.run("return document.documentElement.lang") == tag
    assert texts[tag] in shown
    assert not [other for other in TAGS if texts[other] != texts[tag] and texts[other] in shown]


@pytest.mark.parametrize("tag", TAGS)
def test_wrong_password_is_refused_beside_the_field(browser: PageBrowser, stage: RoomStage, tag: str) -> None:
    country = stage.served.country
    citizen = stage.served.wait_for(country.newcomer())
    browser.forget()
    browser.open(stage.served.url("portal_pep", f"/login?lang={tag}"))
    browser.fill(iin=citizen.person.iin, password=PASSWORD + "?")
    press_submit(browser)
    assert_refused(browser, TEXTS["authorization-refused"], tag)
    assert browser.find("#field-password").get_attribute("aria-invalid") == "true"
    assert browser.find("#field-iin").get_attribute("value") == citizen.person.iin, "asked once"
    assert browser.find("#field-password").get_attribute("value") == ""


@pytest.mark.parametrize("tag", TAGS)
def test_number_that_cannot_be_is_refused_at_the_registration(
    browser: PageBrowser, stage: RoomStage, tag: str
) -> None:
    browser.forget()
    browser.open(stage.served.url("portal_pep", f"/registration?lang={tag}"))
    browser.fill(iin="12345", password=PASSWORD)
    press_submit(browser)
    assert_refused(browser, TEXTS["iin-length"], tag)
    assert browser.find("#field-iin").get_attribute("aria-invalid") == "true"


@pytest.mark.parametrize("tag", TAGS)
def test_answer_that_fails_the_control_is_refused_by_the_server_too(
    browser: PageBrowser, stage: RoomStage, tag: str
) -> None:
    enter(browser, stage, tag)
    browser.open(stage.served.url("portal_pep", f"/apply/{SERVICE}/contact"))
    browser.run("document.addEventListener('htmx:beforeRequest', (event) => event.preventDefault())")
    browser.fill(phone="12a")
    press_submit(browser)
    assert_refused(browser, TEXTS["field-not-numeric"], tag)
    assert browser.run("return document.querySelector('.error-summary a').hash") == "#field-phone"
    assert browser.find("#field-phone").get_attribute("value") == "12a", "what was typed stays"


@pytest.mark.parametrize(
    ("name", "content"), [("program.exe", b"MZ\x90\0"), ("letter.pdf", b"PK\x03\x04 which is no PDF")]
)
def test_file_that_is_no_scan_is_refused_beside_its_field(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    enter(browser, stage, "kk")
    for tag in TAGS:
        attach(browser, stage, tmp_path / name, tag)
        assert_refused(browser, TEXTS["file-not-scan"], tag)
        assert browser.find("#field-file").get_attribute("aria-invalid") == "true"
        assert WORDS["files-none"][tag] in browser.text, "nothing of it is kept"


@pytest.mark.parametrize("tag", TAGS)
def test_file_too_large_is_refused_beside_its_field_before_it_is_sent(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path, tag: str
) -> None:
    enter(browser, stage, tag, f"apply/{SERVICE}/papers")
    most = int(str(browser.find("#field-file").get_attribute("data-most")))
    size = format_megabytes(most, tag)
    assert WEB_WORDS["files-limit"][tag].format(size=size) in browser.text, "the limit is told before one chooses"
    browser.find("#field-file").send_keys(str(write_sparse(tmp_path / "scan.pdf", most + 1)))
    sentence = WEB_WORDS["files-over"][tag].format(size=size)
    assert sentence in browser.find("#fault-file[role=alert]").text
    browser.run("document.documentElement.dataset.before = 'yes'")
    browser.click("main form[enctype] button")
    assert browser.run("return document.documentElement.dataset.before") == "yes", "nothing was sent"
    assert browser.run("return document.activeElement.id") == "field-file"
    assert browser.find("#field-file").get_attribute("aria-invalid") == "true"
    browser.run("document.querySelector('#field-file').value = ''")
    browser.run("document.querySelector('#field-file').dispatchEvent(new Event('change', {bubbles: true}))")
    assert browser.find_all("#fault-file") == []


@pytest.mark.parametrize("tag", TAGS)
def test_form_too_large_is_answered_with_a_page_in_the_readers_language(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path, tag: str
) -> None:
    """A browser that still sends reads no answer: the whole form arrives before it is refused."""
    scan = write_sparse(tmp_path / "scan.pdf", 20 * MEGABYTE)
    enter(browser, stage, tag, f"apply/{SERVICE}/papers")
    browser.find("#field-file").send_keys(str(scan))
    send_without_script(browser)
    browser.wait_until("document.querySelector('.code, code')")
    assert_refused(browser, COMMON["request-too-large"], tag)


@pytest.mark.parametrize("tag", TAGS)
def test_empty_file_is_refused_beside_its_field_with_and_without_the_script(
    browser: PageBrowser, stage: RoomStage, tmp_path: Path, tag: str
) -> None:
    scan = write_sparse(tmp_path / "scan.pdf", 0)
    enter(browser, stage, tag, f"apply/{SERVICE}/papers")
    browser.find("#field-file").send_keys(str(scan))
    assert COMMON["file-empty"][tag] in browser.find("#fault-file[role=alert]").text
    send_without_script(browser)
    browser.wait_until("document.querySelector('.error-summary')")
    assert_refused(browser, COMMON["file-empty"], tag)
    assert browser.find("#field-file").get_attribute("aria-invalid") == "true"


def write_sparse(path: Path, size: int) -> Path:
    """A file that begins as a PDF does and is ``size`` bytes long."""
    path.write_bytes(b"%PDF-1.7"[:size])
    os.truncate(path, size)
    return path


def send_without_script(browser: PageBrowser) -> None:
    """Send the form with the file as a browser without scripts does."""
    browser.run("document.querySelector('main form[enctype]').submit()")


def attach(browser: PageBrowser, stage: RoomStage, file: Path, tag: str) -> None:
    """Choose a file for the application, and press the button that adds it."""
    browser.open(stage.served.url("portal_pep", f"/apply/{SERVICE}/papers?lang={tag}"))
    browser.find("#field-file").send_keys(str(file))
    before = browser.find("html")
    browser.click("main form[enctype] button")
    browser.wait_until("true")
    assert before != browser.find("html")


@pytest.mark.parametrize("tag", TAGS)
def test_case_of_another_citizen_is_not_there(browser: PageBrowser, stage: RoomStage, tag: str) -> None:
    content: PortalContent = stage.content
    enter(browser, stage, tag)
    browser.open(stage.served.url("portal_pep", content.granted))
    assert_refused(browser, TEXTS["application-unknown"], tag)
    assert browser.find_all("main a[href]"), "a way on"


@pytest.mark.parametrize("tag", TAGS)
def test_signature_of_another_citizen_is_refused_on_the_page_that_signs(
    browser: PageBrowser, stage: RoomStage, tag: str
) -> None:
    begin_ncalayer(browser, stage, tag)
    with ncalayer(stage, stage.served.country.stranger().iin):
        browser.click("[data-sign]")
        browser.wait_until("document.querySelector('.notice.bad')")
    assert_refused(browser, TEXTS["eds-iin-mismatch"], tag)
    assert browser.find_all("[data-sign]"), "signing can be tried again"


@pytest.mark.parametrize("tag", TAGS)
def test_wrong_code_is_refused_beside_the_field(browser: PageBrowser, stage: RoomStage, tag: str) -> None:
    enter(browser, stage, tag)
    browser.open(stage.served.url("portal_pep", f"/apply/{SERVICE}/check"))
    browser.click_text(WORDS["by-cloud"][tag])
    browser.wait_until("document.querySelector('#field-code')")
    browser.fill(code="12")
    press_submit(browser)
    assert_refused(browser, TEXTS["code-wrong"], tag)


@pytest.mark.parametrize("tag", TAGS)
def test_session_that_ended_leads_to_the_login_and_then_back(
    browser: PageBrowser, stage: RoomStage, tag: str
) -> None:
    enter(browser, stage, tag)
    browser.set_cookie(stage.served.url("portal_pep"), "egov-portal_pep", "a-session-of-before")
    browser.open(stage.served.url("portal_pep", "/cabinet/account"))
    assert WORDS["login-title"][tag] == browser.find("h1").text
    assert "next=cabinet%2Faccount" in browser.driver.current_url
