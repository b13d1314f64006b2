"""The check of НУЦ's time-stamps over the journal: a chain that was written anew does not fit them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.archive.segment_rows import count_archived
from services.shep_gateway.proof.case_records import HeadStampRow
from services.shep_gateway.storage import JournalRow
from shared.bus.errors import BusError
from shared.evidence.sealed_token import open_sealed_token
from shared.pki.certificates.chain import ChainCache, TrustAnchors


@dataclass(frozen=True)
class StampSummary:
    """The number of time-stamps, the last entry and moment that they cover, and the first entry whose time-stamp
    does not fit.
    """

    count: int
    entries: int
    at: datetime | None
    first_broken: int | None


def check_stamps(session: Session, anchors: TrustAnchors) -> StampSummary:
    """Compare every time-stamp with the hash of its entry, and prove it by ``anchors``; where the entry is in the
    archive, the file of its segment holds the stamp and proves the hash.
    """
    archived = count_archived(session)
    cache, count, entries, at, first_broken = ChainCache(), 0, 0, None, None
    query = select(HeadStampRow, col(JournalRow.hash)).outerjoin(
        JournalRow, col(JournalRow.n) == col(HeadStampRow.n)
    )
    for stamp, entry_hash in session.execute(query.order_by(col(HeadStampRow.n))):
        count, entries, at = count + 1, stamp.n, stamp.at
        if first_broken is None and not _fits_entry(
            stamp, stamp.hash if stamp.n <= archived else entry_hash, anchors, cache
        ):
            first_broken = stamp.n
    return StampSummary(count, entries, at, first_broken)


def _fits_entry(stamp: HeadStampRow, entry_hash: str | None, anchors: TrustAnchors, cache: ChainCache) -> bool:
    if entry_hash is None:
        return False
    try:
        moment = open_sealed_token(stamp.token, entry_hash.encode(), anchors, cache).moment
    except (BusError, ValueError):
        return False
    return moment == stamp.at
