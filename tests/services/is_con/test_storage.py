"""The tables of a service centre: tickets in order, results on the shelf and in the archive."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from services.is_con import storage
from services.is_con.storage import TicketRow
from shared.bus.persistence.database import Database, IntegrityError, database_url
from shared.bus.persistence.list_pages import ListPlace
from shared.workplace.records import shelf
from shared.workplace.records.shelf import ShelfRow, ShelfStatus

NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
CENTRE = "kz.con.01"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(database_url(None, tmp_path, "is_con"), storage.build_metadata())
    made.create_schema()
    return made


def ticket(n: int, **other: object) -> TicketRow:
    row = {
        "id": f"t{n}",
        "centre": CENTRE,
        "day": DAY,
        "number": f"А-{n:03}",
        "purpose": "intake",
        "state": "waiting",
        "issued_at": NOW + timedelta(seconds=n),
    }
    return TicketRow.model_validate({**row, **other})


def result(case: str, keep_until: datetime, **other: object) -> ShelfRow:
    row = {"case": case, "place": CENTRE, "regulation": "KZ-AKM.5", "ready_at": NOW, "keep_until": keep_until}
    return ShelfRow.model_validate({**row, **other})


def test_queue_calls_the_ticket_that_waits_longest_whatever_came_in_between(database: Database) -> None:
    with database.transaction() as session:
        for row in (ticket(3), ticket(2, state="called"), ticket(1, day=date(2026, 3, 1)), ticket(4)):
            storage.add_ticket(session, row)
        storage.add_ticket(session, ticket(5, centre="kz-yuz.con.01", issued_at=NOW))
        found = storage.next_waiting(session, CENTRE, DAY, None)
        assert found is not None
        assert found.number == "А-003"
        assert storage.next_waiting(session, CENTRE, DAY, "result") is None
        assert storage.ahead_of(session, ticket(9)) == 2


def test_queue_screen_shows_a_number_first_when_the_number_is_called_once_more(database: Database) -> None:
    with database.transaction() as session:
        for n, minutes in ((1, 1), (2, 2)):
            called = NOW + timedelta(minutes=minutes)
            storage.add_ticket(session, ticket(n, state="called", window=str(n), called_at=called, employee="op"))
        storage.add_ticket(session, ticket(3))
        assert [row.number for row in storage.called_tickets(session, CENTRE, DAY)] == ["А-002", "А-001"]
        storage.called_tickets(session, CENTRE, DAY)[1].recalled_at = NOW + timedelta(minutes=3)
        session.flush()
        assert [row.number for row in storage.called_tickets(session, CENTRE, DAY)] == ["А-001", "А-002"]
        assert [row.number for row in storage.waiting_tickets(session, CENTRE, DAY, 5)] == ["А-003"]
        assert storage.waiting_counts(session, CENTRE, DAY) == {"intake": 1}
        assert storage.latest_window(session, CENTRE, DAY, "op") == "2"
        assert storage.latest_window(session, CENTRE, DAY, "other") is None


def test_queue_number_is_given_once_a_day_at_a_centre(database: Database) -> None:
    with database.transaction() as session:
        storage.add_ticket(session, ticket(1))
        storage.add_ticket(session, ticket(2, number="А-001", day=date(2026, 3, 3)))
    with pytest.raises(IntegrityError), database.transaction() as session:
        storage.add_ticket(session, ticket(3, number="А-001"))


def test_shelf_archives_what_nobody_came_for_and_nothing_else(database: Database) -> None:
    past, later = NOW - timedelta(seconds=1), NOW + timedelta(days=3)
    with database.transaction() as session:
        shelf.lay_down(session, result("late", past))
        shelf.lay_down(session, result("waits", later))
        shelf.lay_down(session, result("taken", past, handed_at=past, recipient="850101100022"))
        assert shelf.is_overdue(session, NOW)
        assert shelf.put_away(session, NOW) == 1
        assert not shelf.is_overdue(session, NOW)
        assert shelf.put_away(session, NOW) == 0
    with database.read_session() as session:
        archived = shelf.list_results(session, CENTRE, ShelfStatus.ARCHIVED, ListPlace(10)).rows
        assert [(row.case, row.archived_at) for row in archived] == [("late", NOW)]
        assert shelf.count_results(session) == {"waiting": 1, "archived": 1, "handed": 1}
        assert shelf.list_results(session, "elsewhere", None, ListPlace(10)).rows == []


def test_shelf_does_not_lay_down_again_a_result_that_lies_there(database: Database) -> None:
    with database.transaction() as session:
        shelf.lay_down(session, result("one", NOW))
        assert shelf.lay_down(session, result("one", NOW + timedelta(days=9))).keep_until == NOW
