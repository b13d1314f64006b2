"""The job that lets old entries leave the journal, in segments that end at an entry that НУЦ has stamped."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hashlib import file_digest
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import Session, col

from services.shep_gateway.archive.archived_entries import JournalArchive
from services.shep_gateway.archive.segment_rows import (
    ARCHIVED_CHAIN,
    SegmentRow,
    count_archived,
    last_segment,
    list_held_cases,
)
from services.shep_gateway.console.journal_tally import TallyHeadRow
from services.shep_gateway.proof.case_records import CaseQuestionRow, HeadStampRow
from services.shep_gateway.proof.journal_check import read_entries
from services.shep_gateway.storage import JournalRow
from shared.bus.errors import BusError, Conflict
from shared.bus.logs import log
from shared.bus.persistence.database import Database
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.evidence.archived_segment import (
    SUFFIX,
    SegmentFault,
    SegmentHead,
    SegmentStamp,
    check_segment,
    write_segment_file,
)
from shared.evidence.journal_chain import GENESIS
from shared.pki.certificates.chain import TrustAnchors
from shared.pki.client.nuc import CertificationCentre

LOOK_SECONDS = 600.0
LEAST_ENTRIES, MOST_ENTRIES = 1_000, 20_000
"""The entries of a segment; a day's few entries leave together."""
BATCH = 500
"""How many entries one transaction deletes: a long one would keep messages waiting."""
DAY = timedelta(days=1)


@dataclass(frozen=True)
class SegmentPlan:
    """The entries that leave next, and the chain's hash before them."""

    first: int
    last: int
    previous: str

    @property
    def file_name(self) -> str:
        return f"{self.first:012d}-{self.last:012d}{SUFFIX}"


async def archive_journal(runtime: Runtime) -> None:
    """A background job: let the entries leave that are old enough, for ever; after a failure the next look tries
    again.
    """
    archive = runtime.resource(JournalArchive)
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if archive.days is None:
            continue
        try:
            await archive_old_entries(runtime)
        except (BusError, OSError) as error:
            log("journal.not-archived", error=str(error))


async def archive_old_entries(runtime: Runtime) -> int:
    """Archive what is old enough by the bus's time, and delete it from the database; the number of new segments.

    The entries of a case that is under a legal hold, or that had a message within these days, stay in the database
    too. Conflict ``journal-broken`` for an entry that is not as it was: nothing leaves from there on. OSError
    where the folder cannot be written.
    """
    archive = runtime.resource(JournalArchive)
    if archive.days is None:
        return 0
    anchors = runtime.resource(CertificationCentre).anchors
    oldest, count = runtime.now - timedelta(days=archive.days), 0
    while (plan := await runtime.read(lambda session: plan_segment(session, oldest))) is not None:
        row = await runtime.read(partial(write_segment, plan=plan, archive=archive, anchors=anchors))
        if not await runtime.write(partial(_record_segment, row=row)):
            break
        count += 1
    await _delete_archived(runtime, oldest)
    return count


def plan_segment(session: Session, oldest: datetime) -> SegmentPlan | None:
    """The next segment: it ends at the last time-stamp before ``oldest`` within its size; None when there is none,
    or too little and not yet a day old.
    """
    before = last_segment(session)
    first, previous = (1, GENESIS) if before is None else (before.last + 1, before.head)
    counted = session.execute(select(col(TallyHeadRow.n))).scalar() or 0
    newest = session.execute(select(func.max(col(JournalRow.n)))).scalar() or 0
    bound = min(counted, newest - 1)
    is_fit = (col(HeadStampRow.n) >= first, col(HeadStampRow.n) <= bound, col(HeadStampRow.at) < oldest)
    within = func.max(col(HeadStampRow.n)).filter(col(HeadStampRow.n) < first + MOST_ENTRIES)
    last = session.execute(select(func.coalesce(within, func.min(col(HeadStampRow.n)))).where(*is_fit)).scalar()
    if last is None:
        return None
    began_at = session.execute(select(col(JournalRow.at)).where(col(JournalRow.n) == first)).scalar()
    is_late = began_at is not None and began_at < oldest - DAY
    return SegmentPlan(first, last, previous) if is_late or last - first + 1 >= LEAST_ENTRIES else None


def write_segment(
    session: Session, plan: SegmentPlan, archive: JournalArchive, anchors: TrustAnchors
) -> SegmentRow:
    """Write the file of a segment and read it back: it must prove itself before anything leaves the database.

    Conflict ``journal-broken`` with the number of an entry that is not as it was; then no file stays.
    """
    archive.folder.mkdir(parents=True, exist_ok=True)
    path = archive.folder / plan.file_name
    moments = {n: (at, head) for n, at, head in _read_ends(session, plan)}
    began_at, (ended_at, head) = moments[plan.first][0], moments[plan.last]
    place = SegmentHead(
        first=plan.first, last=plan.last, previous=plan.previous, head=head, stamps=_read_stamps(session, plan)
    )
    entries = read_entries(session, plan.first - 1, plan.last)
    write_segment_file(path, place, map(dict, entries))
    try:
        check_segment(path, anchors)
    except SegmentFault as fault:
        path.unlink()
        raise Conflict("journal-broken", str(fault), n=fault.n) from fault
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return SegmentRow(
        first=plan.first,
        last=plan.last,
        previous=plan.previous,
        head=head,
        began_at=began_at,
        ended_at=ended_at,
        file_name=path.name,
        file_digest=digest,
        size=path.stat().st_size,
    )


def _read_ends(session: Session, plan: SegmentPlan) -> Sequence[Any]:
    columns = (col(JournalRow.n), col(JournalRow.at), col(JournalRow.hash))
    return session.execute(select(*columns).where(col(JournalRow.n).in_((plan.first, plan.last)))).all()


def _read_stamps(session: Session, plan: SegmentPlan) -> list[SegmentStamp]:
    rows = session.execute(
        select(HeadStampRow)
        .where(col(HeadStampRow.n).between(plan.first, plan.last))
        .order_by(col(HeadStampRow.n))
    ).scalars()
    return [SegmentStamp(n=row.n, at=row.at, token=b64encode(row.token)) for row in rows]


def _record_segment(uow: UnitOfWork, row: SegmentRow) -> bool:
    """Note that a segment is in the archive, and its cases; False where another replica was first."""
    if count_archived(uow.session) != row.first - 1:
        return False
    chains = select(col(JournalRow.case_id)).where(
        col(JournalRow.n).between(row.first, row.last), col(JournalRow.case_id).is_not(None)
    )
    rows = [
        {"chain_id": chain, "segment": row.first} for chain in uow.session.execute(chains.distinct()).scalars()
    ]
    uow.session.add(row)
    uow.resource(Database).write_many(uow.session, ARCHIVED_CHAIN, rows)
    return True


async def _delete_archived(runtime: Runtime, oldest: datetime) -> None:
    after: int | None = 0
    while after is not None:
        after = await runtime.write(partial(_delete_batch, after=after, oldest=oldest))


def _delete_batch(uow: UnitOfWork, after: int, oldest: datetime) -> int | None:
    """Delete the next archived entries that nothing keeps; the number of the last one looked at, None at the
    end.
    """
    session = uow.session
    is_archived = (col(JournalRow.n) > after, col(JournalRow.n) <= count_archived(session))
    query = select(col(JournalRow.n), col(JournalRow.case_id)).where(*is_archived).order_by(col(JournalRow.n))
    rows = session.execute(query.limit(BATCH)).all()
    if not rows:
        return None
    cases = _find_cases(session, {chain for _, chain in rows if chain is not None})
    kept = _list_kept(session, sorted({*cases, *cases.values()}), oldest)
    leaving = [n for n, chain in rows if not {chain, cases.get(chain)} & kept]
    session.execute(delete(JournalRow).where(col(JournalRow.n).in_(leaving)))
    return int(rows[-1].n)


def _find_cases(session: Session, chains: set[str]) -> dict[str, str]:
    """The case of each chain: a question's, else its own."""
    questions = select(col(CaseQuestionRow.correlation_id), col(CaseQuestionRow.case_id))
    rows = session.execute(questions.where(col(CaseQuestionRow.correlation_id).in_(chains)))
    return {chain: chain for chain in chains} | {row.correlation_id: row.case_id for row in rows}


def _list_kept(session: Session, chains: Sequence[str], oldest: datetime) -> set[str]:
    """Those of these chains that had a message since, or that are cases under a legal hold."""
    is_recent = (col(JournalRow.case_id).in_(chains), col(JournalRow.at) >= oldest)
    recent = session.execute(select(col(JournalRow.case_id)).where(*is_recent).distinct()).scalars()
    return {*recent, *list_held_cases(session, chains)} - {None}
