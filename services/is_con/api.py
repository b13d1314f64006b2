"""The board and the monitoring over HTTP, for the operator of the centres."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, computed_field
from sqlalchemy import func
from sqlmodel import Session

from services.is_con import storage as own
from services.is_con.domain import day_of
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.problems import declare_errors
from shared.contracts.statuses import StatusCode, code_of_status
from shared.workplace.case_words import words_of
from shared.workplace.people.sessions import Employee
from shared.workplace.records import shelf, storage
from shared.workplace.records.storage import CASES

router = APIRouter(prefix="/api/v1", dependencies=[OperatorOnly])
window_router = APIRouter(prefix="/api/v1", tags=["board"])


BOARD_FIELDS = (
    *("case_id", "regulation", "channel", "authority", "number", "status", "received_at", "changed_at"),
)
"""What a case shows on the board."""


class BoardCaseView(BaseModel):
    """A case on the board: without personal data."""

    model_config = ConfigDict(from_attributes=True)

    correlation_id: Annotated[str, Field(validation_alias="case_id")]
    regulation: str
    channel: str
    authority: str
    number: str | None
    status: str
    received_at: datetime
    changed_at: datetime

    @computed_field
    def status_code(self) -> StatusCode | None:
        return code_of_status(self.status) if self.status else None


class CaseWordsView(BaseModel):
    """What an employee wrote with a change of the status."""

    model_config = ConfigDict(from_attributes=True)

    step: str
    author: str
    written_at: datetime
    words: str


class RequestedStatusView(BoardCaseView):
    """The status of a case for a visitor who asks, with what employees wrote to the applicant."""

    words: list[CaseWordsView]


class MonitoringView(BaseModel):
    """«Мониторинг оказания государственных услуг»: counts of cases, without personal data.

    Each field counts cases by the value in its name; ``results`` counts the results of cases taken in at the
    centres: waiting, archived, handed. ``queue`` counts today's tickets by centre and state.
    """

    at: datetime
    statuses: dict[str, int]
    stages: dict[str, int]
    centres: dict[str, int]
    services: dict[str, int]
    channels: dict[str, int]
    outcomes: dict[str, int]
    results: dict[str, int]
    queue: dict[str, dict[str, int]]


@router.get("/monitoring", tags=["board"])
async def show_monitoring(runtime: ServiceRuntime) -> MonitoringView:
    """The counts of this moment; cases of other channels have the centre ``""``."""
    now = runtime.now
    return await runtime.read(lambda session: _count_monitoring(session, now))


def _count_monitoring(session: Session, now: datetime) -> MonitoringView:
    waiting: dict[str, dict[str, int]] = {}
    for centre, state, count in own.queue_counts(session, day_of(now)):
        waiting.setdefault(centre, {})[state] = count
    cases = CASES.table.c
    return MonitoringView(
        at=now,
        statuses=own.case_counts(session, cases.status),
        stages=own.case_counts(session, cases.stage),
        centres=own.case_counts(session, cases.place),
        services=own.case_counts(session, cases.regulation),
        channels=own.case_counts(session, cases.channel),
        outcomes=own.case_counts(session, func.coalesce(cases.outcome, "")),
        results=shelf.count_results(session),
        queue=waiting,
    )


@router.get("/board", tags=["board"])
async def list_board(
    runtime: ServiceRuntime, pager: Paging, status: str | None = None, authority: str | None = None
) -> list[BoardCaseView]:
    """The cases on the board, the latest change first; ``cursor-malformed``."""
    page = await runtime.read(lambda session: storage.latest_cases(session, status, authority, pager.place))
    return [BoardCaseView.model_validate(row) for row in pager.link_page(page)]


@router.get("/board/{case_id}", tags=["board"], responses=declare_errors(not_found="case-unknown"))
async def show_board_case(case_id: str, runtime: ServiceRuntime) -> BoardCaseView:
    """One case; ``case-unknown``."""
    row = await runtime.read(lambda session: storage.find_case(session, case_id))
    if row is None:
        raise NotFound("case-unknown", "no such case on the board")
    return BoardCaseView.model_validate(row)


@window_router.get("/statuses/{case}", responses=declare_errors(not_found="case-unknown"))
async def show_requested_status(case: str, me: Employee, runtime: ServiceRuntime) -> RequestedStatusView:
    """The status of any case that ИС ЦОН knows, by the number or the id that a visitor names at the window of any
    centre (clause 9 of the acts on e-services); ``case-unknown``.
    """

    def read_status(session: Session) -> RequestedStatusView:
        row = storage.get_case(session, case)
        shown = {name: getattr(row, name) for name in BOARD_FIELDS}
        words = [CaseWordsView.model_validate(each) for each in words_of(session, row.case_id)]
        return RequestedStatusView.model_validate({**shown, "words": words})

    return await runtime.read(read_status)
