"""A day at a service centre by clicks: ticket, call, intake, расписка, status, hand-out, archive."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from services.is_con.pages.hall.hall_site import PAGES as HALL
from services.is_con.pages.visits.visit_site import PAGES as VISITS
from services.is_con.pages.window.window_site import PAGES as WINDOW
from shared.bus.http.languages import LANGUAGES
from shared.client import ApiError
from shared.web.pages import PageFolder
from tests.journeys.centre import Centre, worked_off
from tests.journeys.centres.test_centre_result import ready, shelved
from tests.journeys.kit import EMPLOYEE_PASSWORD, RunningCountry, eventually
from tests.pages.centre_pages import CENTRE
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage

pytestmark = pytest.mark.servers

SERVICE = "KZ-AKM.5"


def press(browser: PageBrowser, pages: PageFolder, code: str, tag: str) -> None:
    """Click the link or button with this word of the pages, and wait for the next page."""
    browser.run("window.isPageBefore = true")
    browser.click_text(pages.words[code][tag])
    browser.wait_until("!window.isPageBefore && document.querySelector('h1') !== null")


async def operator_iin(country: RunningCountry) -> str:
    staff = await country.operator("is_con").get("/api/v1/employees", limit=1000)
    return str(
        next(
            person["iin"] for person in staff if (person["authority"], person["role"]) == (CENTRE, "centre-worker")
        )
    )


def log_in(browser: PageBrowser, stage: RoomStage, tag: str) -> None:
    """Log in on the page to which a stranger's visit of the window leads."""
    browser.forget()
    browser.open(stage.served.url("is_con", f"/window?lang={tag}"))
    browser.fill(iin=stage.served.wait_for(operator_iin(stage.served.country)), password=EMPLOYEE_PASSWORD)
    browser.click("main form button")
    browser.wait_until("location.pathname.endsWith('/window')")


async def empty_hall(country: RunningCountry) -> None:
    """Let nobody wait or stand at the window of the operator."""
    desk = await country.works_as("is_con", await operator_iin(country))
    screen = (await country.answer("is_con", "GET", f"/api/v1/queue/screens/{CENTRE}")).json()
    for line in sorted(screen, key=lambda line: str(line["state"])):
        if line["state"] == "waiting":
            line = await desk.post("/api/v1/queue/call", {"window": "3"})
        with suppress(ApiError):  # another operator's visitor
            await desk.post(f"/api/v1/queue/{line['number']}/left", {})


async def go_back_to_centre(country: RunningCountry, case: str) -> str:
    """Let the provider decide; the number of the case, whose result is back at the centre."""
    centre = await Centre.of(country, SERVICE)
    await worked_off(country, centre.way, case, "w6:wait", centre)
    return str((await centre.desk.get_case(case))["number"])


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
def test_day_at_the_centre_goes_from_the_ticket_to_the_signature_of_the_recipient(
    browser: PageBrowser, stage: RoomStage, tag: str
) -> None:
    served, person = stage.served, stage.served.country.stranger()
    served.wait_for(empty_hall(served.country))
    browser.forget()
    browser.open(served.url("is_con", f"/hall/{CENTRE}?lang={tag}"))
    browser.click(".kiosk-choice")
    browser.click(f"button[value='{SERVICE}']")
    browser.wait_until("document.querySelector('.ticket-number') !== null")
    ticket = browser.find(".ticket-number").text
    log_in(browser, stage, tag)
    if browser.find_all("[name='window']:not([type='hidden'])"):  # asked until the first visitor is called
        browser.fill(window="3")
    press(browser, WINDOW, "call-next", tag)
    assert ticket in browser.find(".at-window").text
    press(browser, WINDOW, "recall", tag)
    assert WINDOW.words["ticket-recall"][tag] in browser.text
    press(browser, WINDOW, "take-in", tag)
    browser.fill(applicant=person.iin, name=f"{person.surname} {person.name}", form_phone="87252000000")
    browser.click("label:has(#field-consent)")
    browser.click("form.intake > button")
    browser.wait_until("location.pathname.includes('/visits/')")
    case = browser.driver.current_url.rpartition("/")[2].partition("?")[0]
    assert VISITS.words["receipts-none"][tag] in browser.text
    press(browser, VISITS, "answer-complete", tag)
    press(browser, VISITS, "do-step", tag)
    browser.click("a[href*='/api/v1/receipts/']")
    browser.wait_until("document.body.classList.contains('receipt')")
    assert person.iin in browser.text
    number = served.wait_for(go_back_to_centre(served.country, case))
    browser.open(served.url("is_con", "/status"))
    browser.fill(q=number)
    press(browser, VISITS, "ask", tag)
    assert number in browser.find(".facts").text
    assert person.iin not in browser.text  # a visitor who asks learns no personal data
    browser.open(served.url("is_con", f"/shelf?q={number}"))
    browser.click_text(number)
    press(browser, WINDOW, "hand-out", tag)
    assert VISITS.words["handed-over"][tag] in browser.text
    assert VISITS.words["proof-paper"][tag] in browser.text


def test_screen_in_the_hall_shows_a_call_without_being_loaded_again(
    browser: PageBrowser, stage: RoomStage
) -> None:
    served = stage.served

    async def call_somebody() -> str:
        country = served.country
        request = {"centre": CENTRE, "purpose": "result"}
        await country.answer("is_con", "POST", "/api/v1/queue/tickets", json=request)
        desk = (await Centre.of(country, "KZ-ATY.6")).desk  # another operator than that of the other tests
        called = await desk.post("/api/v1/queue/call", {"window": "17", "purpose": "result"})
        return str(called["number"])

    browser.forget()
    browser.open(served.url("is_con", f"/hall/{CENTRE}/screen?lang=kk"))
    browser.run("window.isStillHere = true")
    number = served.wait_for(call_somebody())
    browser.wait_until(f"document.querySelector('.latest')?.textContent.includes({number!r})")
    assert browser.find(".latest").text.split() == [number, "17"]
    assert browser.run("return window.isStillHere")


def test_screen_in_the_hall_goes_on_to_its_next_language_by_itself(browser: PageBrowser, stage: RoomStage) -> None:
    browser.forget()
    browser.open(stage.served.url("is_con", f"/hall/{CENTRE}/screen"))
    spoken = "document.querySelector('.board')?.lang"  # each turn has a new board
    browser.wait_until(spoken)
    first = browser.run(f"return {spoken}")
    browser.wait_until(f"({spoken} ?? {first!r}) !== {first!r}")
    following = LANGUAGES[(LANGUAGES.index(str(first)) + 1) % len(LANGUAGES)]
    browser.wait_until(f"{spoken} === {following!r}", 2)
    assert HALL.words["board-waiting"][following] in browser.text


def test_result_that_nobody_collects_for_a_month_is_shown_in_the_archive_and_handed_out_still(
    browser: PageBrowser, stage: RoomStage
) -> None:
    served, person = stage.served, stage.served.country.stranger()
    centre, case = served.wait_for(ready(served.country, person))
    log_in(browser, stage, "ru")
    browser.open(served.url("is_con", f"/visits/{case}"))
    assert VISITS.words["standing-waiting"]["ru"] in browser.text

    async def pass_a_month() -> None:
        month = timedelta(days=32).total_seconds()
        await served.country.operator("is_nuc").post("/api/v1/clock/advance", {"by": month})
        await centre.desk.log_in(await operator_iin(served.country), EMPLOYEE_PASSWORD)
        await eventually(lambda: shelved(centre, case), lambda row: row["standing"] == "archived")

    served.wait_for(pass_a_month())
    log_in(browser, stage, "ru")
    browser.open(served.url("is_con", "/shelf"))
    press(browser, VISITS, "standing-archived", "ru")
    browser.click(f"a[href*='{case}']")
    browser.wait_until("location.pathname.includes('/visits/')")
    assert VISITS.words["standing-archived"]["ru"] in browser.text
    press(browser, WINDOW, "hand-out", "ru")
    assert VISITS.words["handed-over"]["ru"] in browser.text
