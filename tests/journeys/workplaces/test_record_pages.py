"""Employees fill in the records of steps and choose a result, on the pages alone, as a browser without a script.

The acts: the journal of Akmola (annex 3), the survey (annex 7), the commission's conclusion (Atyrau, annex 2), the
register with its bar code (annex 19), one result of several (Akmola, annex 16).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from shared.bus.http.tls import server_check
from shared.pki.cms import signed_data
from tests.journeys.all_processes import Way
from tests.journeys.kit import EMPLOYEE_PASSWORD, Citizen, RunningCountry, eventually
from tests.journeys.people.acts import PersonStep, steps_of_people
from tests.journeys.people.carriers import CaseCarrier, read_staff
from tests.journeys.portal.portal_visitor import PortalVisitor, read_form, text_of
from tests.journeys.step_records import read_bar_code

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEXT, SIGN = "Далее: что будет подписано", "Подписать"


class DeskVisitor(PortalVisitor):
    """The browser of an employee, at the page of a step."""

    def fault(self, name: str) -> str:
        """The fault that stands beside a field."""
        (fault,) = self.page.findall(f".//*[@id='fault-{name}']")
        return text_of(fault).removeprefix("Ошибка: ")

    @property
    def required(self) -> set[str]:
        return {one.get("name") for one in self.page.iter("input", "textarea") if one.get("required") is not None}


async def carry_to(
    country: RunningCountry, way: Way, part: str, visitor: Citizen | None = None
) -> tuple[CaseCarrier, PersonStep, Any]:
    """A case that waits for the first step with a record to fill in, or with results to choose from."""
    staff = await read_staff(country, {step.instance for step in steps_of_people(way)})
    carrier = CaseCarrier(country, way, staff, visitor.person if visitor else country.stranger())
    await carrier.begin()
    return (carrier, *await carry_on_to(carrier, part))


async def carry_on_to(carrier: CaseCarrier, part: str) -> tuple[PersonStep, Any]:
    """Carry a case on to its next step with this record, or with results to choose from."""
    while True:
        step, todo = await eventually(carrier._find_next, lambda found: found is not None, 20)
        assert step is not None, "the case has come to its end"
        if (todo["record"] or {}).get("kind") == part or (part == "results" and todo["results"]):
            return step, todo
        await carrier._take(step, todo)


@asynccontextmanager
async def at_page(carrier: CaseCarrier, step: PersonStep, path: str) -> AsyncIterator[DeskVisitor]:
    """The employee of a step, logged in by the form, at a page of the case."""
    url = carrier.country.url(step.instance)
    async with httpx.AsyncClient(base_url=url, timeout=30, verify=server_check("http://")) as http:
        visitor = DeskVisitor(http)
        await visitor.open("/login?lang=ru")
        iin = carrier.staff[step.instance, step.office, step.role]
        form = visitor.find_form("password")
        await visitor.send(form, {**read_form(form), "iin": iin, "password": EMPLOYEE_PASSWORD})
        await visitor.open(path.format(case=carrier.case))
        yield visitor


def step_path(todo: Any, answer: str = "") -> str:
    return f"/cases/{{case}}/steps/{todo['step']}" + (f"?answer={answer}" if answer else "")


async def kinds(carrier: CaseCarrier, step: PersonStep) -> list[str]:
    """The documents of the case, as the API lists them."""
    desk = await carrier._person(step)
    return [one["kind"] for one in await desk.get(f"/api/v1/cases/{carrier.case}/documents")]


async def test_result_is_handed_out_with_an_entry_in_the_journal(country: RunningCountry) -> None:
    carrier, step, todo = await carry_to(country, Way("KZ-AKM.3", "provider", "main", is_granted=True), "journal")
    async with at_page(carrier, step, step_path(todo)) as visitor:
        assert {"record-recipient", "record-signature"} <= visitor.required
        await visitor.press(NEXT)
        assert (visitor.status, visitor.fault("record-signature")) == (422, "Заполните это поле")
        await visitor.press(NEXT, **{"record-signature": "by-key"})
        assert visitor.fault("recipient-file") == "Приложите файл с подписью получателя"
        await visitor.press(NEXT, **{"record-signature": "on-paper", "record-recipient": "000000000000"})
        assert visitor.fault("record-recipient")
        chosen = {"record-signature": "on-paper", "record-recipient": carrier.applicant.iin}
        await visitor.press(NEXT, **chosen)
        assert visitor.heading == "Проверьте, что подписываете"
        assert carrier.applicant.iin in visitor.text
        assert "на бумаге" in visitor.text
        assert "journal" not in await kinds(carrier, step), "nothing is done before it is confirmed"
        await visitor.press(SIGN)
        assert visitor.path == f"/cases/{carrier.case}"
        assert (await kinds(carrier, step))[-1] == "journal"
        await visitor.open(f"/cases/{carrier.case}/documents")
        address = next(one.get("href") for one in visitor.page.iter("a") if "/records/" in one.get("href", ""))
        content = (await visitor.http.get(visitor._address(address))).content
        assert signed_data.open_signed(content).content
        await visitor.click("в журнале")
        assert visitor.status == 200
        assert carrier.applicant.iin in text_of(visitor.page)


async def test_recipient_signs_the_journal_with_a_file(country: RunningCountry) -> None:
    citizen = await country.newcomer()
    way = Way("KZ-AKM.3", "provider", "main", is_granted=True)
    carrier, step, todo = await carry_to(country, way, "journal", citizen)
    chosen = {"record-signature": "by-key", "record-recipient": citizen.person.iin}
    async with at_page(carrier, step, step_path(todo)) as visitor:
        form = visitor.find_form("record-signature")
        values = {**read_form(form), **chosen}
        address = visitor.answer.url if visitor.answer else ""
        statement = await visitor.http.post(address, data={**values, "wants": "statement"})
        assert statement.headers["content-disposition"] == 'attachment; filename="hand-over.json"'
        wrong = {"recipient-file": ("taken.p7m", citizen.sign(b"{}"), "application/pkcs7-mime")}
        await visitor.send(form, values, wrong)
        assert visitor.fault("recipient-file")
        right = {"recipient-file": ("taken.p7m", citizen.sign(statement.content), "application/pkcs7-mime")}
        await visitor.send(form, values, right)
        await visitor.press(SIGN)
        assert (await kinds(carrier, step))[-1] == "journal"


async def test_survey_is_written_down_by_the_commission(country: RunningCountry) -> None:
    carrier, step, todo = await carry_to(country, Way("KZ-AKM.7", "provider", "main", is_granted=True), "survey")
    async with at_page(carrier, step, step_path(todo)) as visitor:
        await visitor.press(NEXT, **{"record-need": "perhaps", "record-mood": "good"})
        assert visitor.fault("record-findings") == "Заполните это поле"
        assert visitor.fault("record-need") == "Выберите одно из значений"
        assert "«mood»" in visitor.text
        await visitor.press(NEXT, **{"record-findings": "Доход <b>ниже черты", "record-need": "needed"})
        assert "Доход <b>ниже черты" in visitor.text
        await visitor.press(SIGN)
        assert "survey" in await kinds(carrier, step)


async def test_commission_gives_its_conclusion_with_grounds(country: RunningCountry) -> None:
    way = Way("KZ-ATY.2", "provider", "employer-issue", is_granted=True)
    carrier, step, todo = await carry_to(country, way, "conclusion")
    async with at_page(carrier, step, step_path(todo, "granted")) as visitor:
        await visitor.press(NEXT)
        assert visitor.fault("record-grounds") == "Заполните это поле"
        await visitor.press(NEXT, **{"record-grounds": "Квота не исчерпана"})
        assert "рекомендует выдать" in visitor.text
        await visitor.press(SIGN)
        assert "conclusion" in await kinds(carrier, step)


async def test_register_of_a_centre_goes_and_arrives_by_its_bar_code(country: RunningCountry) -> None:
    carrier, step, _ = await carry_to(country, Way("KZ-ATY.19", "con", "card", is_granted=True), "register")
    async with at_page(carrier, step, "/visits/{case}") as visitor:
        await visitor.click("Заполнить запись")
        await visitor.press(NEXT)
        assert visitor.fault("record-courier") == "Заполните это поле"
        await visitor.press(NEXT, **{"record-courier": "Сериков Арман"})
        await visitor.press(SIGN)
        assert "register" in await kinds(carrier, step)
    desk = await carrier._person(step)
    bar_code = await read_bar_code(desk, carrier.case) or ""
    carrier._strike(step)
    step, todo = await carry_on_to(carrier, "arrival")
    async with at_page(carrier, step, step_path(todo)) as visitor:
        await visitor.press(NEXT, **{"record-bar-code": "12345"})
        assert (visitor.status, bool(visitor.fault("record-bar-code"))) == (422, True)
        await visitor.press(NEXT, **{"record-bar-code": bar_code})
        await visitor.press(SIGN)
        assert "arrival" in await kinds(carrier, step)


async def test_result_is_chosen_among_those_of_the_act(country: RunningCountry) -> None:
    carrier, step, todo = await carry_to(country, Way("KZ-AKM.16", "provider", "main", is_granted=True), "results")
    async with at_page(carrier, step, step_path(todo)) as visitor:
        titles = {
            one.get("value"): text_of(one.getparent()) for one in visitor.page.iterfind(".//input[@name='result']")
        }
        assert set(titles) == {one["code"] for one in todo["results"]}
        await visitor.press("Выполнить", result="palace")
        assert visitor.fault("result")
        await visitor.press("Выполнить", result="certificate-of-not-receiving")
        assert visitor.path == f"/cases/{carrier.case}"
    carrier._strike(step)
    await carrier.carry_on()
    desk = await carrier._person(step)
    output = next(
        one for one in await desk.get(f"/api/v1/cases/{carrier.case}/documents") if one["kind"] == "output"
    )
    chosen = next(one for one in todo["results"] if one["code"] == "certificate-of-not-receiving")
    assert output["title"] == chosen["title"]
