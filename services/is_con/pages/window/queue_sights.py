"""What an operator sees of the queue: the visitor at the window, the visitors who wait."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from services.is_con import storage
from services.is_con.domain import day_of
from services.is_con.storage import TicketRow
from shared.regulations.passport_book import PassportBook
from shared.workplace.pages.intake.service_lists import NamedText, name_service
from shared.workplace.records.storage import EmployeeRow

MOST_SHOWN = 12
"""The waiting visitors that a window shows."""


@dataclass(frozen=True)
class TicketLine:
    """A ticket with its service and how long its holder has waited."""

    row: TicketRow
    service: NamedText | None
    waited: timedelta
    is_late: bool


@dataclass(frozen=True)
class WindowSight:
    """The window of an operator: ``window`` is empty before the first call of the day."""

    window: str
    current: TicketLine | None
    waiting: Sequence[TicketLine]
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """How many visitors wait."""
        return sum(self.counts.values())


def read_window(session: Session, me: EmployeeRow, now: datetime, book: PassportBook, tag: str) -> WindowSight:
    """The queue as this operator sees it now."""
    day = day_of(now)
    called = (row for row in storage.called_tickets(session, me.authority, day) if row.employee == me.iin)
    current = next(called, None)
    waiting = storage.waiting_tickets(session, me.authority, day, MOST_SHOWN)
    return WindowSight(
        window=storage.latest_window(session, me.authority, day, me.iin) or "",
        current=None if current is None else describe_ticket(current, now, book, tag),
        waiting=[describe_ticket(row, now, book, tag) for row in waiting],
        counts=storage.waiting_counts(session, me.authority, day),
    )


def describe_ticket(row: TicketRow, now: datetime, book: PassportBook, tag: str) -> TicketLine:
    """A ticket as a line of the queue; late where the act's limit for the wait has passed."""
    until = row.called_at or now
    service = name_service(book.get_passport(row.regulation), tag) if row.regulation else None
    return TicketLine(row, service, until - row.issued_at, row.due_at is not None and until > row.due_at)
