"""ШЭП's journal over HTTP, for the operator: searched, read as it came, verified."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlmodel import Session

from services.shep_gateway.archive.archived_entries import JournalArchive
from services.shep_gateway.archive.segment_rows import count_archived
from services.shep_gateway.proof.journal_check import verify_journal
from services.shep_gateway.proof.journal_search import JournalSearch, search_journal
from services.shep_gateway.proof.stamp_check import check_stamps
from services.shep_gateway.storage import JournalRow
from shared.bus.errors import NotFound
from shared.bus.http.endpoints import OperatorOnly, ServiceRuntime
from shared.bus.http.lists.paging import Paging
from shared.bus.http.media import declare_bytes
from shared.bus.http.problems import declare_errors
from shared.bus.http.requests.plain_input import RowNumber
from shared.bus.persistence.list_pages import ListPage
from shared.pki.client.nuc import CertificationCentre

router = APIRouter(prefix="/api/v1/journal", tags=["journal"], dependencies=[OperatorOnly])

BYTES_TYPE = "application/octet-stream"


class JournalEntryView(BaseModel):
    """One entry of the journal, without the bytes of the message."""

    model_config = ConfigDict(from_attributes=True)

    n: int
    at: datetime
    event: str
    sender: str | None
    message_id: str | None
    correlation_id: Annotated[str | None, Field(validation_alias="case_id")]
    service_id: str | None
    region: str | None
    message_type: str | None
    channel: str | None
    step: str | None
    session_id: str | None
    recipients: str
    code: str | None
    digest: str | None
    hash: str


class JournalVerificationView(BaseModel):
    """The result of verifying the journal with its archive: ``entries`` counts both, ``archived_entries`` have
    left the database, and ``missing_segments`` are files that are not in the archive's folder.
    """

    entries: int
    is_whole: bool
    first_broken: int | None
    stamped_entries: int
    stamped_at: datetime | None
    stamps: int
    archived_entries: int
    missing_segments: list[str]


async def read_search(
    correlation_id: str | None = None,
    message_id: str | None = None,
    any_id: Annotated[str | None, Query(max_length=100)] = None,
    sender: str | None = None,
    system: Annotated[str | None, Query(max_length=100)] = None,
    service_id: str | None = None,
    region: str | None = None,
    event: str | None = None,
    code: str | None = None,
    since: Annotated[AwareDatetime | None, Query(description="The first moment (the bus's time).")] = None,
    until: Annotated[AwareDatetime | None, Query(description="The moment before which entries stand.")] = None,
    after: RowNumber = 0,
) -> JournalSearch:
    """The search that the query asks for."""
    columns = {
        "case_id": correlation_id,
        "message_id": message_id,
        "sender": sender,
        "service_id": service_id,
        "region": region,
        "event": event,
        "code": code,
    }
    return JournalSearch(columns, any_id, system, since, until, after)


@router.get("")
async def list_journal(
    runtime: ServiceRuntime, pager: Paging, search: Annotated[JournalSearch, Depends(read_search)]
) -> list[JournalEntryView]:
    """The journal, the newest entry first; only those ``after`` the entry with this number, and every given value
    is a filter; ``cursor-malformed``.

    ``any_id`` is an id of a message, of a session, or of a case with the questions asked for it. ``system`` is the
    sender or a recipient. ``since`` and ``until`` (itself left out) are moments of the bus's time.
    """

    def read_entries(session: Session) -> ListPage[JournalEntryView]:
        page = search_journal(session, search, pager.place)
        return page.convert_rows(JournalEntryView.model_validate)

    return pager.link_page(await runtime.read(read_entries))


@router.get("/verification", responses=declare_errors(unavailable="segment-missing"))
async def get_verification(runtime: ServiceRuntime) -> JournalVerificationView:
    """Verify the hash chain of the whole journal with its archive, and НУЦ's time-stamps over it; ``first_broken``
    is the number of the first altered entry. ``segment-missing`` while a file cannot be read.
    """
    anchors, archive = runtime.resource(CertificationCentre).anchors, runtime.resource(JournalArchive)

    def verify_all(session: Session) -> JournalVerificationView:
        (count, broken), stamps = verify_journal(session), check_stamps(session, anchors)
        faults = [n for n in (archive.find_altered(session), broken, stamps.first_broken) if n is not None]
        return JournalVerificationView(
            entries=count,
            is_whole=not faults,
            first_broken=min(faults, default=None),
            stamped_entries=stamps.entries,
            stamped_at=stamps.at,
            stamps=stamps.count,
            archived_entries=count_archived(session),
            missing_segments=archive.list_missing(session),
        )

    return await runtime.read(verify_all)


@router.get(
    "/{n}/message",
    response_class=Response,
    responses={**declare_bytes(BYTES_TYPE), **declare_errors(not_found="entry-unknown message-not-kept")},
)
async def download_message(n: RowNumber, runtime: ServiceRuntime) -> Response:
    """The bytes of a message as ШЭП received them; the headers ``Message-Signature`` and ``Message-Hop`` hold the
    signatures of its sender and of the gateway that brought it.

    ``entry-unknown``; ``message-not-kept`` for an entry without an accepted message.
    """
    row = await runtime.read(lambda session: session.get(JournalRow, n))
    if row is None:
        raise NotFound("entry-unknown", "the journal has no entry with this number")
    if row.body is None:
        raise NotFound("message-not-kept", "the journal keeps the bytes of accepted messages only")
    headers = {"Message-Signature": row.signature, "Message-Hop": row.hop}
    return Response(
        row.body, media_type=BYTES_TYPE, headers={name: value for name, value in headers.items() if value}
    )
