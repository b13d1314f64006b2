"""Employees of every kind of system take cases to their ends by clicks, each in another language."""

from __future__ import annotations

from typing import Any

import pytest

from shared.workplace.pages.site import WORDS
from tests.journeys.kit import EMPLOYEE_PASSWORD
from tests.pages.desk_pages import EMPLOYMENT, DeskContent, arrives, employee_iin, enter, file_application
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage

pytestmark = pytest.mark.servers
MOST_CLICKS = 5
"""The employee's share of the sixty-second walk, from the link of the start page on."""


def say(code: str, tag: str) -> str:
    return WORDS[code][tag]


def apply_at_mio(stage: RoomStage) -> tuple[Any, str]:
    """A new citizen and an application of the citizen that has arrived at ИС МИО."""
    country, content = stage.served.country, stage.content
    citizen = stage.served.wait_for(country.newcomer())
    case = stage.served.wait_for(citizen.apply())
    stage.served.wait_for(arrives(country, "is_mio", case, content.iins["is_mio", "employee"]))
    return citizen, case


def sees_outcome(stage: RoomStage, citizen: Any, case: str) -> Any:
    return stage.served.wait_for(citizen.is_served(case))


def enter_as(stage: RoomStage, browser: PageBrowser, instance: str, iin: str) -> str:
    """Give the browser an employee's session; returns the address of the system."""
    browser.forget()
    url = stage.served.url(instance, "")
    browser.sign_in(url, instance, stage.served.wait_for(enter(stage.served.country, instance, iin)))
    return url


def play_role(stage: RoomStage, instance: str, role: str) -> tuple[Any, str, str]:
    """A citizen's application at a system where clerks take the steps of all roles but one; with that employee."""
    country = stage.served.country
    rule = {"rules": [{"policy": "instant", "played_roles": [role]}]}
    stage.served.wait_for(country.operator(instance).call("PUT", "/api/v1/clerks", json=rule))
    citizen = stage.served.wait_for(country.newcomer())
    office = "kz-akm.employment.01" if instance.startswith("arm") else "kz-aty.employment.01"
    iin = stage.served.wait_for(employee_iin(country, instance, office, role))
    case = stage.served.wait_for(file_application(citizen, EMPLOYMENT[instance]))
    stage.served.wait_for(arrives(country, instance, case, iin))
    return citizen, case, iin


def confirm(browser: PageBrowser, case: str) -> None:
    """Confirm what the page asks for, and wait for the case."""
    browser.click("main form .actions button")
    browser.wait_until(f"location.pathname.endsWith('/cases/{case}')")


def test_employee_logs_in_grants_and_signs_with_five_clicks(browser: PageBrowser, stage: RoomStage) -> None:
    citizen, case = apply_at_mio(stage)
    content: DeskContent = stage.content
    browser.forget()
    clicks = 0
    browser.open(stage.served.url("is_mio", f"/login?lang=ru&iin={content.iins['is_mio', 'employee']}"))
    browser.fill(password=EMPLOYEE_PASSWORD)
    for selector in ("main form button", f"a[href$='{case}']", "a[href$='decision/granted']", ".actions button"):
        browser.click(selector)
        browser.wait_until("document.querySelector('main') !== null")
        clicks += 1
    browser.wait_until(f"location.pathname.endsWith('/cases/{case}')")
    assert clicks + 1 <= MOST_CLICKS  # the link of the start page is a click too
    assert say("decided-granted", "ru") in browser.text
    assert sees_outcome(stage, citizen, case)["outcome"] == "positive"


def test_employee_refuses_from_a_template_and_changes_its_words(browser: PageBrowser, stage: RoomStage) -> None:
    citizen, case = apply_at_mio(stage)
    url = enter_as(stage, browser, "is_mio", stage.content.iins["is_mio", "employee"])
    browser.open(f"{url}/cases/{case}?lang=kk")
    browser.click("a[href$='decision/refused']")
    browser.wait_until("document.querySelector('[name=template]') !== null")
    browser.click("[name=template][value=expired]")
    assert browser.find("[name=reason-kk]").get_attribute("value") == "Құжаттардың қолданылу мерзімі өткен"
    browser.find("[name=reason]").send_keys(" 1 марта <b>&")
    confirm(browser, case)
    assert sees_outcome(stage, citizen, case)["reason"] == "Срок действия документов истёк 1 марта <b>&"
    assert browser.find_all("main b") == [] or "<b>&" in browser.text


def test_refusal_without_a_reason_comes_back_with_its_fault(browser: PageBrowser, stage: RoomStage) -> None:
    url = enter_as(stage, browser, "is_mio", stage.content.iins["is_mio", "employee"])
    browser.open(f"{url}/cases/{stage.content.free}/decision/refused?lang=en")
    browser.click("main form .actions button")
    browser.wait_until("document.querySelector('.error-summary') !== null")
    assert "A refusal must be reasoned" in browser.text
    assert browser.find("[name=reason]").get_attribute("aria-invalid") == "true"


def test_back_offices_executor_examines_and_decides_among_clerks(browser: PageBrowser, stage: RoomStage) -> None:
    citizen, case, iin = play_role(stage, "is_rynok_truda", "executor")
    url = enter_as(stage, browser, "is_rynok_truda", iin)
    browser.open(f"{url}/cases/{case}?lang=en")
    for title in ("op-review", "answer-met"):
        browser.click_text(say(title, "en"))
        browser.wait_until("location.pathname.includes('/steps/')")
        confirm(browser, case)
    assert sees_outcome(stage, citizen, case)["outcome"] == "positive"


def test_executor_of_the_gateways_workplace_extends_a_deadline(browser: PageBrowser, stage: RoomStage) -> None:
    _, case, iin = play_role(stage, "arm_shep", "executor")
    url = enter_as(stage, browser, "arm_shep", iin)
    browser.open(f"{url}/cases/{case}?lang=ru")
    browser.click_text(say("extend", "ru"))
    browser.wait_until("document.querySelector('[name=extension]') !== null")
    browser.click("[name=extension]")
    browser.fill(reason="Нет справки о составе семьи")
    confirm(browser, case)
    browser.click_text(say("tab-history", "ru"))
    browser.wait_until("location.pathname.endsWith('/history')")
    assert "Нет справки о составе семьи" in browser.text


def test_head_at_the_regional_workplace_resolves_and_signs(browser: PageBrowser, stage: RoomStage) -> None:
    citizen, case, iin = play_role(stage, "arm_rshep", "head")
    url = enter_as(stage, browser, "arm_rshep", iin)
    browser.open(f"{url}/cases/{case}?lang=kk")
    browser.click_text(say("op-resolve", "kk"))
    browser.wait_until("document.querySelector('[name=words]') !== null")
    browser.fill(words="Қарауға беремін")
    confirm(browser, case)
    assert "Қарауға беремін" in browser.text
    browser.click_text(say("op-approve", "kk"))
    browser.wait_until("location.pathname.includes('/steps/')")
    confirm(browser, case)
    assert sees_outcome(stage, citizen, case)["outcome"] == "positive"


def test_employee_of_another_role_reads_why_there_is_no_button(browser: PageBrowser, stage: RoomStage) -> None:
    url = enter_as(stage, browser, "is_esobes", stage.content.iins["is_esobes", "executor"])
    browser.open(f"{url}/cases/{stage.content.at_head}?lang=ru")
    assert browser.find_all(".action-list a") == []
    own = say("role-executor", "ru")
    assert say("absent-role", "ru").format(roles=say("role-office", "ru"), own=own) in browser.text


def test_second_tab_learns_that_the_case_has_moved_on(browser: PageBrowser, stage: RoomStage) -> None:
    _, case = apply_at_mio(stage)
    url = enter_as(stage, browser, "is_mio", stage.content.iins["is_mio", "employee"])
    browser.open(f"{url}/cases/{case}/decision/granted?lang=ru")
    first = browser.driver.current_window_handle
    browser.driver.switch_to.new_window("tab")
    browser.open(f"{url}/cases/{case}/decision/granted?lang=ru")
    confirm(browser, case)
    browser.driver.close()
    browser.driver.switch_to.window(first)
    confirm(browser, case)
    assert say("conflict-moved", "ru") in browser.text


def test_list_shows_a_new_case_without_loading_the_page_again(browser: PageBrowser, stage: RoomStage) -> None:
    url = enter_as(stage, browser, "is_mio", stage.content.iins["is_mio", "employee"])
    browser.open(f"{url}/work?work_list=free&lang=ru")
    browser.run("window.isSamePage = true")
    _, case = apply_at_mio(stage)
    browser.wait_until(f"document.querySelector(\"a[href$='{case}']\") !== null")
    assert browser.run("return window.isSamePage")
