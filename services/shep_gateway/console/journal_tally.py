"""The statistics of the journal: how many messages passed or were refused, by system, service, region and step.

A job adds what is new in the journal to sums by day (Kazakhstan's), so that no question reads the whole journal.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, literal, select
from sqlmodel import Field, Session, col

from services.shep_gateway.storage import Base, JournalHeadRow, JournalRow
from shared.bus.persistence.database import Database
from shared.bus.runtime.service_runtime import Runtime
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.contracts.local_time import local_day

LOOK_SECONDS = 2.0
CATCHING_UP_SECONDS = 0.2
"""The pause between two transactions while the sums lack many entries: who asks for the sums then waits little."""
MOST_ENTRIES = 3_000
"""How many entries one transaction adds: a long one would keep messages waiting."""
SUBJECTS = ("system", "service", "region", "step")
EVENTS = ("ACCEPTED", "REFUSED", "REPLAYED", "UNDELIVERED")


class TallyRow(Base, table=True):
    """How often an event happened on a day to one subject: a system (the sender), a service, a region, a step.

    ``name`` of a step is its service, region, channel and place, with spaces between.
    """

    __tablename__ = "journal_tally"
    day: date = Field(primary_key=True)
    subject: str = Field(primary_key=True, max_length=10)
    name: str = Field(primary_key=True, max_length=300)
    event: str = Field(primary_key=True, max_length=20)
    count: int


class TallyHeadRow(Base, table=True):
    """The number of the last entry that the sums have."""

    __tablename__ = "journal_tally_head"
    id: int = Field(primary_key=True)
    n: int


@dataclass(frozen=True)
class TallyLine:
    """One subject with its counts by event."""

    name: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


_TALLY: Any = TallyRow.__table__  # type: ignore[attr-defined]
_KINDS = (
    col(JournalRow.event),
    col(JournalRow.sender),
    col(JournalRow.service_id),
    col(JournalRow.region),
    col(JournalRow.channel),
    col(JournalRow.step),
)


async def tally_journal(runtime: Runtime) -> None:
    """A background job: add the new entries of the journal to the sums, for ever."""
    while True:
        is_behind = bool(await runtime.read(count_missing)) and await runtime.write(add_entries) == MOST_ENTRIES
        await asyncio.sleep(CATCHING_UP_SECONDS if is_behind else LOOK_SECONDS)


def count_missing(session: Session) -> int:
    """How many entries the sums lack."""
    head = session.execute(select(col(JournalHeadRow.n))).scalar() or 0
    return head - (session.execute(select(col(TallyHeadRow.n))).scalar() or 0)


def add_entries(uow: UnitOfWork) -> int:
    """Add the next entries of the journal to the sums; returns their number."""
    session, database = uow.session, uow.resource(Database)
    head = session.execute(select(TallyHeadRow).with_for_update()).scalars().first() or TallyHeadRow(id=1, n=0)
    entries = _read_counts(session, head.n, head.n + MOST_ENTRIES)
    if not entries:
        return 0
    last_one = select(func.max(col(JournalRow.n))).where(col(JournalRow.n) <= head.n + MOST_ENTRIES)
    present = session.execute(last_one).scalar() or 0
    keys = ("day", "subject", "name", "event")
    rows = [dict(zip(keys, key, strict=True)) | {"count": count} for key, count in sum_entries(entries).items()]
    if rows:
        session.execute(database.upsert_statement(_TALLY, add=["count"]), rows)
    head.n = present
    session.add(head)
    session.flush()
    return sum(count for *_, count in entries)


def _read_counts(session: Session, after: int, last: int) -> Sequence[Sequence[Any]]:
    """The entries behind ``after``: a moment, the kind of entry, and how many there are of it.

    The database counts the entries of one day; where midnight lies between them, each stands for itself.
    """
    is_new = (col(JournalRow.n) > after, col(JournalRow.n) <= last)
    moments = session.execute(select(func.min(col(JournalRow.at)), func.max(col(JournalRow.at))).where(*is_new))
    first, newest = moments.one()
    if first is None:
        return ()
    if local_day(first) != local_day(newest):
        return session.execute(select(col(JournalRow.at), *_KINDS, literal(1)).where(*is_new)).all()
    query = select(func.min(col(JournalRow.at)), *_KINDS, func.count()).where(*is_new)
    return session.execute(query.group_by(*_KINDS)).all()


def sum_entries(entries: Iterable[Sequence[Any]]) -> Counter[tuple[date, str, str, str]]:
    """The counts by day, subject, name and event."""
    sums: Counter[tuple[date, str, str, str]] = Counter()
    for at, event, sender, service, region, channel, step, count in entries:
        if event not in EVENTS:
            continue
        day = local_day(at)
        place = f"{service} {region or '-'} {channel or '-'} {step}" if step and service else None
        for subject, name in zip(SUBJECTS, (sender, service, region, place), strict=True):
            if name:
                sums[day, subject, name[:300], event] += count
    return sums


def read_tables(session: Session, since: date | None) -> dict[str, list[TallyLine]]:
    """The four tables, each with the busiest line first; ``since`` is the first day, None for all days."""
    query = select(col(TallyRow.subject), col(TallyRow.name), col(TallyRow.event), func.sum(col(TallyRow.count)))
    if since is not None:
        query = query.where(col(TallyRow.day) >= since)
    grouped = session.execute(query.group_by(TallyRow.subject, TallyRow.name, TallyRow.event))
    lines: dict[str, dict[str, dict[str, int]]] = {subject: {} for subject in SUBJECTS}
    for subject, name, event, count in grouped:
        lines[subject].setdefault(name, {})[event] = int(count)
    return {subject: _sort_lines(counts_by_name) for subject, counts_by_name in lines.items()}


def _sort_lines(counts_by_name: Mapping[str, Mapping[str, int]]) -> list[TallyLine]:
    lines = [TallyLine(name, counts) for name, counts in counts_by_name.items()]
    return sorted(lines, key=lambda line: (-line.total, line.name))
