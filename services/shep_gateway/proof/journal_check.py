"""The check of the journal's hash chain, in slices: a journal may be larger than the memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import RowMapping, func, select
from sqlmodel import Session

from services.shep_gateway.archive.segment_rows import last_segment
from services.shep_gateway.storage import JournalRow, read_journal_ends
from shared.bus.messages.gate import body_digest
from shared.evidence.journal_chain import GENESIS, chain_hash, entry_bytes, entry_digest

MOST_ROWS = 500
MOST_BYTES = 8 * 1024 * 1024
"""The bodies of one slice have so many bytes at most; a slice of one entry may have more."""

_JOURNAL: Any = JournalRow.__table__  # type: ignore[attr-defined]


def verify_journal(session: Session) -> tuple[int, int | None]:
    """The number of entries with those in the archive, and the number of the first altered entry, or None.

    The check begins behind the archive, whose files prove themselves. The journal is that of the moment of the
    call: entries written meanwhile are not read.
    """
    ends, archived = read_journal_ends(session), last_segment(session)
    last, count = (GENESIS, 0) if archived is None else (archived.head, archived.last)
    for entry in read_entries(session, count or None, None if ends is None else ends.last):
        count += 1
        last = chain_hash(last, entry_digest(entry_bytes(dict(entry))))
        if entry["hash"] != last or entry["n"] != count or not _has_its_bytes(entry):
            return count, entry["n"]
    is_whole = ends is None or (ends.head, ends.kept) == (count, last)
    return count, None if is_whole else count + 1


def read_entries(session: Session, after: int | None, last: int | None) -> Iterator[RowMapping]:
    """The entries behind ``after`` up to ``last`` in the order of their numbers, in bounded memory."""
    while (end := _find_end_of_slice(session, after, last)) is not None:
        query = select(_JOURNAL).where(_JOURNAL.c.n <= end).order_by(_JOURNAL.c.n)
        yield from session.execute(query if after is None else query.where(_JOURNAL.c.n > after)).mappings().all()
        after = end


def _find_end_of_slice(session: Session, after: int | None, last: int | None) -> int | None:
    """The number of the last entry of the slice behind ``after``; None when there is none."""
    query = select(_JOURNAL.c.n, func.coalesce(func.length(_JOURNAL.c.body), 0)).order_by(_JOURNAL.c.n)
    if after is not None:
        query = query.where(_JOURNAL.c.n > after)
    if last is not None:
        query = query.where(_JOURNAL.c.n <= last)
    end, size = None, 0
    for n, length in session.execute(query.limit(MOST_ROWS)):
        size += length
        if end is not None and size > MOST_BYTES:
            break
        end = n
    return end


def _has_its_bytes(entry: RowMapping) -> bool:
    """Whether the stored bytes have the digest that the hash covers; only accepted messages have bytes."""
    body: bytes | None = entry["body"]
    return bool(entry["event"] != "ACCEPTED" if body is None else entry["digest"] == body_digest(body))
