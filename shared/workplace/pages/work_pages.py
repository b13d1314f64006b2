"""The lists of an employee's work: mine, free, overdue, done; and the search."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import Response
from sqlmodel import Session

from shared.bus.errors import Malformed
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.cursor import read_cursor, write_cursor
from shared.bus.persistence.list_pages import ListPage, ListPlace
from shared.bus.runtime.service_runtime import Runtime
from shared.regulations.passport_book import PassportBook
from shared.regulations.translations import text_in
from shared.web.page_sites import OpenPage
from shared.workplace.assignments import work_lists
from shared.workplace.assignments.work_lists import MOST_COUNTED, WorkList
from shared.workplace.pages.site import PageEmployee, make_router, name_role
from shared.workplace.pages.work_rows import WorkRow, describe_rows
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.storage import EmployeeRow

router = make_router()
ROWS = 20
LONGEST_SEARCH = 100
SEARCH = "search"


@router.get("/")
async def lead_in(page: OpenPage, me: PageEmployee) -> Response:
    """The system's root leads to the work."""
    return page.lead_to("work")


@router.get("/work")
async def show_work(
    page: OpenPage, me: PageEmployee, runtime: ServiceRuntime, work_list: str = "", after: str = ""
) -> Response:
    """One of the employee's lists, by default the taken cases, or the free ones where none is taken."""
    now = runtime.now

    def read_list(session: Session) -> dict[str, Any]:
        counts = work_lists.count_work(session, me, now)
        chosen = WorkList(work_list) if work_list in set(WorkList) else _first_list(counts.mine)
        page_of_cases = work_lists.list_work(session, me, chosen, _read_place(chosen, after), now)
        return {
            "work_list": chosen.value,
            "counts": {name: _show_count(count) for name, count in asdict(counts).items()},
            **_describe_page(session, chosen, page_of_cases, runtime, me, page.tag),
        }

    values = await runtime.read(read_list)
    name = "work_list.html" if page.is_part else "work.html"
    role = name_role(me.role, page.tag)
    organisation = text_in(page.tag, me.organisation)
    return page.show(name, **values, now=now, after=after, search="", role=role, organisation=organisation)


@router.get("/search")
async def search_work(
    page: OpenPage, me: PageEmployee, runtime: ServiceRuntime, search: str = "", after: str = ""
) -> Response:
    """The cases of the office that the words find."""
    now, mark = runtime.now, runtime.resource(WorkplaceProfile).mark

    def find_cases(session: Session) -> dict[str, Any]:
        words = search[:LONGEST_SEARCH]
        place = _read_place(SEARCH, after)
        page_of_cases = work_lists.search_cases(session, me.authority, words, mark, place, now)
        return _describe_page(session, SEARCH, page_of_cases, runtime, me, page.tag)

    values = await runtime.read(find_cases)
    return page.show("search.html", **values, now=now, search=search[:LONGEST_SEARCH], after=after)


def _first_list(taken_count: int) -> WorkList:
    return WorkList.MINE if taken_count else WorkList.FREE


def _read_place(list_name: str, after: str) -> ListPlace:
    """The page behind a cursor; the first one for a damaged cursor."""
    try:
        return read_cursor(list_name, after, ROWS) if after else ListPlace(ROWS)
    except Malformed:
        return ListPlace(ROWS)


def _show_count(count: int) -> str:
    return f"{count}+" if count >= MOST_COUNTED else str(count)


def _describe_page(
    session: Session,
    list_name: str,
    page_of_cases: ListPage[WorkplaceCase],
    runtime: Runtime,
    me: EmployeeRow,
    tag: str,
) -> dict[str, Any]:
    names = {row.iin: f"{row.surname} {row.name}" for row in storage.employees_of(session, me.authority)}
    next_key = page_of_cases.next
    next_place = write_cursor(list_name, next_key, is_backward=False) if next_key else ""
    rows: list[WorkRow] = describe_rows(
        page_of_cases.rows, runtime.resource(PassportBook), names, me.iin, tag, runtime.now
    )
    return {"rows": rows, "next_place": next_place}
