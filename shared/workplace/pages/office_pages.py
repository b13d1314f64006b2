"""The head's view of an office: who has how much, what is late, and the indicators of quality; for everybody the
deadlines of what waits.
"""

from __future__ import annotations

from typing import Any

from fastapi import Response
from sqlmodel import Session

from shared.bus.errors import Refused
from shared.bus.http.endpoints import ServiceRuntime
from shared.regulations.passport_book import PassportBook
from shared.regulations.quality import measure_quality
from shared.regulations.translations import text_in, title_in
from shared.web.page_sites import OpenPage
from shared.workplace.assignments import office_load
from shared.workplace.pages.site import PageEmployee, make_router, name_role
from shared.workplace.quality.questionnaire_rows import count_visitor_answers
from shared.workplace.steps.work.assigning import HEADS

router = make_router()


@router.get("/office")
async def show_office(page: OpenPage, me: PageEmployee, runtime: ServiceRuntime) -> Response:
    """The load of the office by employee; ``head-only``."""
    if me.role not in HEADS:
        raise Refused("head-only", "the load of an office is for its head")
    now, book = runtime.now, runtime.resource(PassportBook)

    def read_office(session: Session) -> dict[str, Any]:
        load = office_load.measure_office(session, me.authority, now)
        return {"load": load, "counts": count_visitor_answers(session)}

    values = await runtime.read(read_office)
    load = values["load"]
    return page.show(
        "office.html",
        organisation=text_in(page.tag, me.organisation),
        load=load,
        roles={row.iin: name_role(row.role, page.tag) for row in load.employees},
        indicators=[
            (title_in(page.tag, book.get_passport(item.regulation)), item)
            for item in measure_quality(book, values["counts"])
            if item.answered
        ],
        words=page.tag,
    )
