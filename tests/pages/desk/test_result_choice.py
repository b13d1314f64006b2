"""An act gives one of several results: the employee chooses it by a click, and the citizen's document says it."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.keys import Keys

from shared.workplace.pages.site import WORDS
from tests.journeys.all_processes import Way
from tests.journeys.people.acts import PersonStep, steps_of_people
from tests.journeys.people.carriers import CaseCarrier, read_staff
from tests.journeys.workplaces.test_record_pages import carry_on_to
from tests.pages.desk.test_desk_journeys import confirm, enter_as
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage

pytestmark = pytest.mark.servers
HOLDS = "справка о том, что в текущем квартале заявитель"
RECIPIENTS = "к получателям адресной социальной помощи"
RESULTS = {
    "certificate-of-receiving": f"{HOLDS} принадлежит {RECIPIENTS}",
    "certificate-of-not-receiving": f"{HOLDS} {RECIPIENTS} не принадлежит",
}
"""Akmola, annex 16: the two certificates in the words of the act."""


def bring_to_choice(stage: RoomStage) -> tuple[CaseCarrier, PersonStep, str]:
    """A case of Akmola, annex 16, at the step whose employee says which certificate it is to be."""

    async def carry() -> tuple[CaseCarrier, PersonStep, str]:
        country, way = stage.served.country, Way("KZ-AKM.16", "provider", "main", is_granted=True)
        staff = await read_staff(country, {step.instance for step in steps_of_people(way)})
        carrier = CaseCarrier(country, way, staff, country.stranger())
        await carrier.begin()
        step, todo = await carry_on_to(carrier, "results")
        return carrier, step, str(todo["step"])

    return stage.served.wait_for(carry())


@pytest.mark.parametrize(("tag", "result"), [*zip(["kk", "en"], RESULTS, strict=True)])
def test_result_is_chosen_by_a_click_and_stands_in_the_signed_document(
    browser: PageBrowser, stage: RoomStage, tag: str, result: str
) -> None:
    carrier, step, node = bring_to_choice(stage)
    url = enter_as(stage, browser, step.instance, carrier.staff[step.instance, step.office, step.role])
    browser.open(f"{url}/cases/{carrier.case}/steps/{node}?lang={tag}")
    assert {one.get_attribute("value") for one in browser.find_all("[name=result]")} == set(RESULTS)
    assert WORDS["result-label"][tag] in browser.find("fieldset.choices legend").text
    browser.click(f"label:has([name=result][value={result}])")
    confirm(browser, carrier.case)
    assert WORDS["step-done"][tag] in browser.text
    assert read_title(stage, carrier, step) == RESULTS[result]


def read_title(stage: RoomStage, carrier: CaseCarrier, step: PersonStep) -> str:
    """The title of the output document, once people have taken the rest of the steps."""

    async def read() -> str:
        carrier._strike(step)
        await carrier.carry_on()
        desk = await carrier._person(step)
        documents = await desk.get(f"/api/v1/cases/{carrier.case}/documents")
        return str(next(one["title"] for one in documents if one["kind"] == "output"))

    return stage.served.wait_for(read())


def test_choice_is_made_with_the_arrow_keys_alone(browser: PageBrowser, stage: RoomStage) -> None:
    carrier, step, node = bring_to_choice(stage)
    url = enter_as(stage, browser, step.instance, carrier.staff[step.instance, step.office, step.role])
    browser.open(f"{url}/cases/{carrier.case}/steps/{node}?lang=ru")
    browser.run("document.querySelector('[name=result]').focus()")
    browser.press(Keys.SPACE, Keys.ARROW_DOWN)
    chosen = browser.find("[name=result]:checked").get_attribute("value")
    assert chosen == browser.find_all("[name=result]")[1].get_attribute("value")
