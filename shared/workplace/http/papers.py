"""What is handed to people at a window, and what the registers answered for a case, over HTTP."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response, status
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from shared.bus.errors import NotFound
from shared.bus.http.endpoints import Bus
from shared.bus.runtime.unit_of_work import Work
from shared.contracts.documents import Representative
from shared.web.pages import Chosen
from shared.workplace.http.cases import CMS, CaseOut, Employee, act, own
from shared.workplace.http.receipt_page import HEADERS, page
from shared.workplace.records import shelf, storage
from shared.workplace.records.documents import SUPPLEMENT, Documents
from shared.workplace.records.shelf import Proof, Standing
from shared.workplace.records.storage import CASES, QueryRow
from shared.workplace.steps import handing, intake, receipts
from shared.workplace.steps.case_session import Desk
from shared.workplace.steps.handing import HandOverIn
from shared.workplace.steps.receipts import Line

router = APIRouter(prefix="/api/v1")

Limit = Annotated[int, Query(ge=1, le=1000)]


class AnswerOut(BaseModel):
    """A question to a register; ``answer`` is None while none has come."""

    register_: Annotated[str, Field(serialization_alias="register")]
    step: str
    asked_at: datetime
    answered_at: datetime | None
    answer: dict[str, Any] | None

    @classmethod
    def of(cls, row: QueryRow) -> AnswerOut:
        answer = None if row.answer is None else json.loads(row.answer)
        return cls(
            register_=row.register_,
            step=row.step,
            asked_at=row.asked_at,
            answered_at=row.answered_at,
            answer=answer,
        )


class ReceiptOut(BaseModel):
    """A расписка; ``lines`` is what stands on it, in the order of the act."""

    number: str
    case: str
    kind: str
    step: str
    regulation: str
    title: str
    title_kk: str
    service: str
    service_kk: str
    clause: str
    made_at: datetime
    lines: tuple[Line, ...]


class ShelfOut(BaseModel):
    """A result at a centre: since when, until when, and who took it."""

    model_config = ConfigDict(from_attributes=True)

    case: str
    regulation: str
    standing: Standing
    ready_at: datetime
    keep_until: datetime
    archived_at: datetime | None
    handed_at: datetime | None
    recipient: str | None
    power_number: str | None
    proof: Proof | None
    employee: str | None


@router.get("/cases/{case}/answers", tags=["cases"])
async def answers(case: str, me: Employee, bus: Bus) -> list[AnswerOut]:
    """What the registers were asked for a case and what they answered, for the comparison with the originals;
    ``case-unknown``, ``other-authority``."""
    row = await own(case, me, bus)
    rows = await bus.read(lambda session: storage.queries_of(session, row.correlation_id))
    return [AnswerOut.of(one) for one in rows]


@router.get("/cases/{case}/receipts", tags=["papers"])
async def receipts_of(case: str, me: Employee, bus: Bus) -> list[ReceiptOut]:
    """The расписки that were handed out for a case."""
    row = await own(case, me, bus)
    rows = await bus.read(lambda session: receipts.of_case(session, row.correlation_id))
    return [ReceiptOut.model_validate(receipts.told(one)) for one in rows]


@router.get("/cases/{case}/supplement", tags=["cases"], response_class=Response)
async def supplement(case: str, me: Employee, bus: Bus) -> Response:
    """The papers that the applicant sent later, as he signed them (CMS, DER); ``case-unknown``,
    ``other-authority``, ``no-supplement``."""
    row = await own(case, me, bus)
    found = await bus.read(lambda session: storage.document(session, row.correlation_id, SUPPLEMENT))
    if found is None:
        raise NotFound("no-supplement", "nothing was sent after the application")
    return Response(found, media_type=CMS)


@router.get("/receipts/{number}", tags=["papers"])
async def receipt(number: str, bus: Bus) -> ReceiptOut:
    """A расписка for whoever holds its number, which cannot be guessed; ``receipt-unknown``."""
    return ReceiptOut.model_validate(receipts.told(await bus.read(lambda session: receipts.get(session, number))))


@router.get("/receipts/{number}/page", tags=["papers"], response_class=HTMLResponse)
async def receipt_page(number: str, bus: Bus, tag: Chosen) -> Response:
    """The same to print, in Russian or Kazakh (``lang``, else Accept-Language)."""
    row = await bus.read(lambda session: receipts.get(session, number))
    return HTMLResponse(page(row, tag), headers=HEADERS)


@router.get("/shelf", tags=["papers"])
async def on_shelf(me: Employee, bus: Bus, standing: Standing | None = None, limit: Limit = 100) -> list[ShelfOut]:
    """The results at the employee's centre: those that wait, the archive, what was handed out."""
    rows = await bus.read(lambda session: shelf.listed(session, me.authority, standing, limit))
    return [ShelfOut.model_validate(row) for row in rows]


@router.get("/cases/{case}/hand-over/{iin}", tags=["papers"], response_class=Response)
async def statement(case: str, iin: str, me: Employee, bus: Bus) -> Response:
    """What this recipient signs for the result."""
    row = await own(case, me, bus)

    def read(work: Work) -> bytes:
        found = work.rows(CASES).get(row.correlation_id)
        assert found is not None  # noqa: S101 - found just now
        return handing.statement(Desk(work, found, Documents(work, found.correlation_id)), iin)

    return Response(await bus.write(read), media_type="application/json")


@router.post("/cases/{case}/hand-over", tags=["papers"])
async def hand_over(case: str, given: HandOverIn, me: Employee, bus: Bus) -> CaseOut:
    """Hand the result to whoever came. ``nothing-to-hand-over``; ``wrong-recipient``, ``power-unconfirmed``,
    ``power-not-in-force``; the codes of «условие 2» and ``other-document`` for a signature."""

    def run(desk: Desk) -> None:
        handing.hand_over(desk, me, given)
        intake.serve_ticket(desk.work, me, given.ticket, desk.case.correlation_id)

    return await act(case, me, bus, run)


@router.post("/cases/{case}/powers", tags=["papers"], status_code=status.HTTP_202_ACCEPTED)
async def ask_power(case: str, agent: Representative, me: Employee, bus: Bus) -> CaseOut:
    """Ask ЕНИС about the power of attorney of somebody who comes for the result; see ``answers``."""
    return await act(case, me, bus, lambda desk: _asked(desk, agent))


def _asked(desk: Desk, agent: Representative) -> None:
    handing.ask_power(desk, agent)
