"""The entries in the archive, read where a case or a chain asks for them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import file_digest
from itertools import islice
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session, col

from services.shep_gateway.archive.segment_rows import (
    SegmentRow,
    list_chain_segments,
    list_range_segments,
    list_segments,
)
from services.shep_gateway.storage import JournalRow
from shared.bus.errors import Unavailable
from shared.evidence.archived_segment import ArchivedEntry, SegmentFault, open_segment
from shared.evidence.journal_chain import HASHED, entry_bytes, entry_digest

MOST_MISSING = 100


class JournalArchive:
    """The folder with the segments, and after how many days of the bus's time entries go there; None: never."""

    def __init__(self, folder: Path, days: int | None) -> None:
        self.folder = folder
        self.days = days

    def path_of(self, row: SegmentRow) -> Path:
        return self.folder / row.file_name

    def list_entries(self, session: Session, chains: Sequence[str]) -> list[JournalRow]:
        """The archived entries of these chains in order, with the bytes of their messages, as rows outside any
        session; Unavailable ``segment-missing``.
        """
        wanted = frozenset(chains)
        return [
            JournalRow(**entry.values, body=entry.body, hash=entry.hash)
            for row in list_chain_segments(session, chains)
            for entry in self._read_entries(row)
            if entry.case_id in wanted
        ]

    def read_digests(self, session: Session, first: int, last: int) -> dict[int, str]:
        """The digests of the archived entries between two numbers; Unavailable ``segment-missing``."""
        return {
            n: entry.chain_digest
            for row in list_range_segments(session, first, last)
            for n, entry in enumerate(self._read_entries(row), row.first)
            if first <= n <= last
        }

    def find_hash(self, session: Session, n: int) -> str | None:
        """The chain's hash behind an archived entry; None for an entry that is not in the archive. Unavailable
        ``segment-missing``.
        """
        entries = (entry for row in list_range_segments(session, n, n) for entry in self._read_entries(row))
        return next((entry.hash for entry in entries if entry.n == n), None)

    def _read_entries(self, row: SegmentRow) -> Iterator[ArchivedEntry]:
        try:
            with open_segment(self.path_of(row)) as (_, entries):
                yield from entries
        except (OSError, SegmentFault) as error:
            raise Unavailable("segment-missing", str(error), file=row.file_name) from error

    def list_missing(self, session: Session) -> list[str]:
        """The files of segments that are not in the folder, the first hundred of them."""
        missing = (row.file_name for row in list_segments(session) if not self.path_of(row).is_file())
        return list(islice(missing, MOST_MISSING))

    def find_altered(self, session: Session) -> int | None:
        """The first entry of the first segment whose file is not as it was written, or the number of the first
        entry that the database keeps beside the archive and that differs from the archive; None when all is well.
        """
        for row in list_segments(session):
            path = self.path_of(row)
            if not path.is_file():
                continue
            with path.open("rb") as file:
                if file_digest(file, "sha256").hexdigest() != row.file_digest:
                    return row.first
            if (kept := _read_kept_digests(session, row)) and (n := self._find_differing(row, kept)) is not None:
                return n
        return None

    def _find_differing(self, row: SegmentRow, kept: Mapping[int, str]) -> int | None:
        entries = enumerate(self._read_entries(row), row.first)
        return next((n for n, entry in entries if kept.get(n, entry.chain_digest) != entry.chain_digest), None)


def _read_kept_digests(session: Session, row: SegmentRow) -> dict[int, str]:
    """The digests of the entries of a segment that are still in the database."""
    columns = (getattr(JournalRow, name) for name in HASHED)
    query = select(*columns).where(col(JournalRow.n).between(row.first, row.last))
    return {each["n"]: entry_digest(entry_bytes(dict(each))) for each in session.execute(query).mappings()}


def join_entries(archived: Sequence[JournalRow], present: Collection[JournalRow]) -> list[JournalRow]:
    """The entries of both places in order, each once."""
    by_number = {row.n: row for row in (*archived, *present)}
    return [by_number[n] for n in sorted(by_number)]
