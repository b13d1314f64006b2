"""Two employees at one case, and an employee at the files of another office's case."""

from __future__ import annotations

import pytest

from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.workplace.pages.site import WORDS
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.records.step_files import StepFileRow
from tests.pages.desk.test_desk_attacks import client_of, form_token
from tests.pages.desk.test_desk_journeys import apply_at_mio, enter_as
from tests.pages.desk_pages import enter
from tests.pages.kit.browser import PageBrowser
from tests.pages.kit.rooms import RoomStage

pytestmark = pytest.mark.servers

SURNAME = "Вторая"


def hire_colleague(stage: RoomStage) -> str:
    """The ИИН of one more employee of the same office and role, with the same password."""
    iin = stage.served.country.stranger().iin

    def hire(uow: UnitOfWork) -> None:
        me = uow.session.get(EmployeeRow, stage.content.iins["is_mio", "employee"])
        assert me is not None
        uow.session.add(EmployeeRow(**{**me.model_dump(), "iin": iin, "surname": SURNAME}))

    stage.served.wait_for(stage.served.country.runtime("is_mio").write(hire))
    return iin


@pytest.mark.parametrize("tag", ["ru", "kk", "en"])
def test_second_employee_is_told_who_has_the_case(browser: PageBrowser, stage: RoomStage, tag: str) -> None:
    _, case = apply_at_mio(stage)
    url = enter_as(stage, browser, "is_mio", hire_colleague(stage))
    stage.served.wait_for(_accept(stage, case))
    browser.open(f"{url}/cases/{case}?lang={tag}")
    take(stage, stage.content.token, case)
    browser.click_text(WORDS["take"][tag])
    browser.wait_until("document.querySelector('.notice.doubtful')")
    row = stage.served.wait_for(_read_employee(stage))
    shown = browser.text
    assert WORDS["conflict-taken"][tag] in shown
    assert WORDS["absent-taken"][tag].partition("{")[0] in shown
    assert row.surname in shown
    assert browser.find_all("a[href*='/decision/']") == [], "nothing that only the first employee may do"


def take(stage: RoomStage, token: str, case: str) -> None:
    """Take a case as the employee with this session, on its page."""
    with client_of(stage, token) as client:
        form = {"form-token": form_token(client, f"/cases/{case}")}
        assert client.post(f"/cases/{case}/take", data=form).status_code == 303


async def _accept(stage: RoomStage, case: str) -> None:
    clerk = await stage.served.country.works_as("is_mio", stage.content.iins["is_mio", "employee"])
    await clerk.accept_case(case)


async def _read_employee(stage: RoomStage) -> EmployeeRow:
    iin = stage.content.iins["is_mio", "employee"]
    row: EmployeeRow | None = await stage.served.country.runtime("is_mio").read(
        lambda session: session.get(EmployeeRow, iin)
    )
    assert row is not None
    return row


def test_decision_of_the_slower_employee_is_not_made(stage: RoomStage) -> None:
    _, case = apply_at_mio(stage)
    country, colleague = stage.served.country, hire_colleague(stage)
    stage.served.wait_for(_accept(stage, case))
    with client_of(stage, stage.content.token) as slower:
        path = f"/cases/{case}/decision/refused"
        token = form_token(slower, path)
        take(stage, stage.served.wait_for(enter(country, "is_mio", colleague)), case)
        answer = slower.post(path, data={"form-token": token, "reason": "Поздно", "reason-kk": "Кеш"})
        assert (answer.status_code, answer.headers["location"].endswith(case)) == (303, True)
        shown = slower.get(f"/cases/{case}").text
        assert SURNAME in shown
    desk = stage.served.wait_for(country.works_as("is_mio", colleague))
    assert stage.served.wait_for(desk.get_case(case))["outcome"] is None


@pytest.mark.parametrize("part", ["documents/application", "records/1", "attachments/0", "files/of-others"])
def test_file_of_another_offices_case_is_refused(stage: RoomStage, part: str) -> None:
    other, own = stage.content.of_other_office, stage.content.decided
    stage.served.wait_for(stage.served.country.runtime("is_mio").write(lambda uow: _add_file(uow, other)))
    with client_of(stage, stage.content.token) as client:
        refused = client.get(f"/cases/{other}/{part}")
        assert (refused.status_code, "other-authority" in refused.text) == (403, True)
        assert client.get(f"/cases/{own}/files/of-others").status_code == 404, "by the address of an own case"
    with client_of(stage) as stranger:
        assert stranger.get(f"/cases/{other}/{part}").status_code == 303


def _add_file(uow: UnitOfWork, case: str) -> None:
    """A colleague's file in a case."""
    if uow.session.get(StepFileRow, "of-others") is None:
        uow.session.add(
            StepFileRow(
                id="of-others",
                case_id=case,
                step="t5",
                name="a.pdf",
                media_type="application/pdf",
                employee="910815186789",
                added_at=uow.now,
                content=b"%PDF-1.7",
            )
        )
