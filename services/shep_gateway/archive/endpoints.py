"""The archive of the journal over HTTP, for the operator: its segments, and the cases that must not leave."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.archive.archived_entries import JournalArchive
from services.shep_gateway.archive.segment_rows import LegalHoldRow, SegmentRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.media import declare_bytes
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RequestModel, RowNumber
from shared.bus.persistence.list_pages import ListOrder, ListPage, select_rows
from shared.bus.runtime.unit_of_work import UnitOfWork

router = APIRouter(prefix="/api/v1", tags=["journal"], dependencies=[OperatorOnly])

SEGMENT_TYPE = "application/gzip"
_NEWEST = ListOrder((col(SegmentRow.first),))
_BY_CASE = ListOrder((col(LegalHoldRow.case_id),), is_ascending=True)

CaseId = Annotated[str, Path(min_length=1, max_length=100)]


class JournalSegmentView(BaseModel):
    """A segment of the journal in the archive; ``is_there`` is whether its file is in the folder."""

    model_config = ConfigDict(from_attributes=True)

    first: int
    last: int
    previous: str
    head: str
    began_at: datetime
    ended_at: datetime
    file_name: str
    file_digest: str
    size: int
    is_there: bool = True


class LegalHoldView(BaseModel):
    """A case whose entries stay in the database whatever their age."""

    model_config = ConfigDict(from_attributes=True)

    case_id: str
    reason: str
    since: datetime


class LegalHoldRequest(RequestModel):
    """Why the entries of a case must stay."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


@router.get("/journal-segments")
async def list_segments(runtime: ServiceRuntime, pager: Paging) -> list[JournalSegmentView]:
    """The segments of the journal that have left the database, the newest first; ``cursor-malformed``.

    ``head`` of a segment is ``previous`` of the next.
    """
    archive = runtime.resource(JournalArchive)

    def view(row: SegmentRow) -> JournalSegmentView:
        shown = JournalSegmentView.model_validate(row)
        return shown.model_copy(update={"is_there": archive.path_of(row).is_file()})

    def read_segments(session: Session) -> ListPage[JournalSegmentView]:
        return _NEWEST.read_page(select(SegmentRow), pager.place, select_rows(session)).convert_rows(view)

    return pager.link_page(await runtime.read(read_segments))


@router.get(
    "/journal-segments/{n}/file",
    response_class=FileResponse,
    responses={**declare_bytes(SEGMENT_TYPE), **declare_errors(not_found="segment-unknown segment-missing")},
)
async def download_segment(n: RowNumber, runtime: ServiceRuntime) -> FileResponse:
    """The file of the segment that begins with this entry: ``egov-bus verify`` proves it.

    ``segment-unknown``; ``segment-missing`` where the file is not in the folder.
    """
    row = await runtime.read(lambda session: session.get(SegmentRow, n))
    if row is None:
        raise NotFound("segment-unknown", "no segment of the archive begins with this entry")
    path = runtime.resource(JournalArchive).path_of(row)
    if not path.is_file():
        raise NotFound("segment-missing", "the file of the segment is not in the folder", file=row.file_name)
    return FileResponse(path, media_type=SEGMENT_TYPE, filename=row.file_name)


@router.get("/legal-holds")
async def list_legal_holds(runtime: ServiceRuntime, pager: Paging) -> list[LegalHoldView]:
    """The cases under a legal hold, ordered by id; ``cursor-malformed``."""

    def read_holds(session: Session) -> ListPage[LegalHoldView]:
        return _BY_CASE.read_page(select(LegalHoldRow), pager.place, select_rows(session)).convert_rows(
            LegalHoldView.model_validate
        )

    return pager.link_page(await runtime.read(read_holds))


@router.put("/legal-holds/{case_id}")
async def put_legal_hold(case_id: CaseId, request: LegalHoldRequest, runtime: ServiceRuntime) -> LegalHoldView:
    """Keep the entries of a case in the database from now on; a second call changes the reason."""

    def put(uow: UnitOfWork) -> LegalHoldView:
        row = uow.session.get(LegalHoldRow, case_id) or LegalHoldRow(case_id=case_id, reason="", since=uow.now)
        row.reason = request.reason
        uow.session.add(row)
        return LegalHoldView.model_validate(row)

    return await runtime.write(put)


@router.delete("/legal-holds/{case_id}", status_code=204, responses=declare_errors(not_found="hold-unknown"))
async def lift_legal_hold(case_id: CaseId, runtime: ServiceRuntime) -> None:
    """Let the entries of a case leave with the others again; ``hold-unknown``."""

    def lift(uow: UnitOfWork) -> None:
        row = uow.session.get(LegalHoldRow, case_id)
        if row is None:
            raise NotFound("hold-unknown", "no legal hold is on this case")
        uow.session.delete(row)

    await runtime.write(lift)
