"""``/status``, ``/shelf``: the status of any case by a visitor's question, and the results of the centre."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from sqlmodel import Session

from services.is_con.pages.visits.case_sights import ShelfLine, describe_shelf, keeps_until, read_status
from services.is_con.pages.visits.visit_site import open_router
from services.is_con.pages.window.window_site import Operator
from shared.bus.errors import Malformed, NotFound
from shared.bus.http.endpoints import ServiceRuntime
from shared.bus.http.lists.cursor import read_cursor, write_cursor
from shared.bus.persistence.list_pages import ListPage, ListPlace
from shared.regulations.passport_book import PassportBook
from shared.web.page_sites import OpenPage
from shared.workplace.records import shelf, storage
from shared.workplace.records.shelf import ShelfRow, ShelfStatus

router = open_router()

ROWS = 25
LIST_NAME = "shelf"
"""The name in the cursors of the pages of this list."""
CaseQuestion = Annotated[str, Query(max_length=100)]
TicketNumber = Annotated[str, Query(max_length=10)]


@router.get("/status")
async def show_status(page: OpenPage, me: Operator, runtime: ServiceRuntime, q: CaseQuestion = "") -> Response:
    """The status of any case that ИС ЦОН knows, by the number or id that a visitor names (clause 9)."""
    question = q.strip()
    if not question:
        return page.show("status.html", q="", answer=None)
    book = runtime.resource(PassportBook)
    try:
        answer = await runtime.read(lambda session: read_status(session, question, me.authority, book, page.tag))
    except NotFound:
        page.errors = {"q": page.say("case-not-found")}
        return page.show("status.html", status=404, q=question, answer=None)
    return page.show("status.html", q=question, answer=answer)


@router.get("/shelf")
async def show_shelf(
    page: OpenPage,
    me: Operator,
    runtime: ServiceRuntime,
    standing: ShelfStatus = ShelfStatus.WAITING,
    q: CaseQuestion = "",
    ticket: TicketNumber = "",
    after: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """The results of the operator's centre: those that wait, the archive, those that were handed over."""
    book = runtime.resource(PassportBook)

    def read_lines(session: Session) -> tuple[list[ShelfLine], str]:
        found = _find_rows(session, me.authority, standing, q.strip(), _read_place(after))
        following = write_cursor(LIST_NAME, found.next, is_backward=False) if found.next else ""
        return describe_shelf(session, found.rows, book, page.tag), following

    lines, following = await runtime.read(read_lines)
    return page.show(
        "shelf.html", lines=lines, standing=standing, standings=tuple(ShelfStatus), q=q, ticket=ticket,
        now=runtime.now, keeps_until=keeps_until, after=after, following=following,
    )  # fmt: skip


def _read_place(after: str) -> ListPlace:
    """The page behind a cursor; the first one for a damaged cursor."""
    try:
        return read_cursor(LIST_NAME, after, ROWS) if after else ListPlace(ROWS)
    except Malformed:
        return ListPlace(ROWS)


def _find_rows(
    session: Session, centre: str, standing: ShelfStatus, question: str, place: ListPlace
) -> ListPage[ShelfRow]:
    """The results of this standing; with a question the one of that case, by its number or id."""
    if not question:
        return shelf.list_results(session, centre, standing, place)
    try:
        row = shelf.find_result(session, storage.get_case(session, question).case_id)
    except NotFound:
        row = None
    return ListPage([row] if row is not None and row.place == centre else [], None, None)
