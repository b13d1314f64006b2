"""An employee's work over HTTP: lists, search, taking a case and giving it back, the load of the office."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from shared.bus.errors import Refused
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.bus.persistence.list_pages import ListPage
from shared.regulations.model import EmployeeRole
from shared.workplace.assignments import office_load, work_lists
from shared.workplace.assignments.work_lists import WorkList
from shared.workplace.http import case_errors
from shared.workplace.http.actions.case_actions import perform_return, perform_taking
from shared.workplace.http.case_views import WorkplaceCaseView
from shared.workplace.people.sessions import Employee
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records.storage import EmployeeRow
from shared.workplace.steps.work import assigning

router = APIRouter(prefix="/api/v1", tags=["work"])


class WorkCountsView(BaseModel):
    """The numbers of cases in the employee's lists, each at most 1000."""

    model_config = ConfigDict(from_attributes=True)

    mine: int
    free: int
    overdue: int


class CaseCountsView(BaseModel):
    """The number of open cases, of those due within a day, and of late ones."""

    model_config = ConfigDict(from_attributes=True)

    open: int
    soon: int
    late: int


class EmployeeLoadView(BaseModel):
    """An employee with the cases that the employee has taken, and the free ones of the employee's role."""

    model_config = ConfigDict(from_attributes=True)

    iin: str
    name: str
    role: EmployeeRole
    taken: CaseCountsView
    free: CaseCountsView


class OfficeLoadView(BaseModel):
    """The load of an office; ``elsewhere`` counts the cases in which others act now."""

    model_config = ConfigDict(from_attributes=True)

    employees: list[EmployeeLoadView]
    total: CaseCountsView
    elsewhere: CaseCountsView


@router.get("/work")
async def list_own_work(
    me: Employee,
    runtime: ServiceRuntime,
    pager: Paging,
    work_list: WorkList = WorkList.MINE,
) -> list[WorkplaceCaseView]:
    """The employee's cases: taken (``mine``), free for the employee's role, overdue of both, by deadline with the
    nearest first; or done by the office, the newest first; ``cursor-malformed``.
    """
    now = runtime.now

    def find_cases(session: Session) -> ListPage[WorkplaceCaseView]:
        page = work_lists.list_work(session, me, work_list, pager.place, now)
        return WorkplaceCaseView.from_page(page, session, now)

    return pager.link_page(await runtime.read(find_cases))


@router.get("/work/counts")
async def count_own_work(me: Employee, runtime: ServiceRuntime) -> WorkCountsView:
    """The numbers of cases in the employee's lists."""
    now = runtime.now
    return WorkCountsView.model_validate(
        await runtime.read(lambda session: work_lists.count_work(session, me, now))
    )


@router.get("/work/search")
async def search_work(
    me: Employee, runtime: ServiceRuntime, pager: Paging, search: Annotated[str, Query(max_length=100)]
) -> list[WorkplaceCaseView]:
    """The cases of the employee's office by number (or the last digits of this or the last year's number), by the
    ИИН of the applicant, or by a part of the applicant's name; in the order of the names. ``cursor-malformed``.
    """
    now, mark = runtime.now, runtime.resource(WorkplaceProfile).mark

    def find_cases(session: Session) -> ListPage[WorkplaceCaseView]:
        page = work_lists.search_cases(session, me.authority, search, mark, pager.place, now)
        return WorkplaceCaseView.from_page(page, session, now)

    return pager.link_page(await runtime.read(find_cases))


@router.get("/work/office", responses=declare_errors(refused="head-only"))
async def measure_own_office(me: Employee, runtime: ServiceRuntime) -> OfficeLoadView:
    """The load of the employee's office, by employee; ``head-only``."""
    check_head(me)
    now = runtime.now
    return OfficeLoadView.model_validate(
        await runtime.read(lambda session: office_load.measure_office(session, me.authority, now))
    )


@router.post(
    "/cases/{case}/take",
    responses=declare_errors(
        case_errors.OWN_CASE,
        conflict="case-taken nothing-to-take",
        malformed="message-too-large",
        unavailable="directory-unavailable",
    ),
)
async def take_case(case: str, me: Employee, runtime: ServiceRuntime) -> WorkplaceCaseView:
    """Take a case: nobody else of the same role acts in it until it is given back or goes to another role;
    ``nothing-to-take``, ``case-taken``.
    """
    return await perform_taking(case, me, runtime)


@router.post(
    "/cases/{case}/give-back",
    responses=declare_errors(
        case_errors.OWN_CASE,
        conflict="case-not-taken",
        malformed="message-too-large",
        unavailable="directory-unavailable",
    ),
)
async def give_case_back(case: str, me: Employee, runtime: ServiceRuntime) -> WorkplaceCaseView:
    """Give a case back, or as the head of the office free a case that another employee has taken;
    ``case-not-taken``.
    """
    return await perform_return(case, me, runtime)


def check_head(employee: EmployeeRow) -> None:
    """Refused ``head-only`` for an employee who does not answer for the office."""
    if employee.role not in assigning.HEADS:
        raise Refused("head-only", "the load of an office is for its head")
