"""The check of a journal that is larger than the memory that the check may take."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from services.shep_gateway import register, storage
from services.shep_gateway.domain import AccessRight, GatewayRoute
from services.shep_gateway.proof.journal_check import MOST_BYTES, MOST_ROWS, verify_journal
from services.shep_gateway.seeding import seed_register
from services.shep_gateway.storage import JournalRow, empty_entry, write_journal
from shared.bus.messages.gate import body_digest
from shared.bus.messages.message import MessageType
from shared.bus.persistence.database import Database, database_url

AT = datetime(2026, 3, 16, tzinfo=UTC)
LARGE, SMALL = 32, 2 * MOST_ROWS
BODY = b"x" * (MOST_BYTES // 8)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A journal of 32 MiB in large messages, and of more entries without a message than a slice has."""
    folder: Path = tmp_path_factory.mktemp("journal")
    made = Database(database_url(None, folder, "shep_gateway"), storage.Base.metadata)
    made.create_schema()
    rights, routes = (
        [AccessRight("is_mio", "s", MessageType.REQUEST)],
        [GatewayRoute("s", None, MessageType.REQUEST, None, None, "is_mio")],
    )
    message = {**empty_entry(AT, "ACCEPTED", "is_mio"), "body": BODY, "digest": body_digest(BODY)}
    with made.transaction() as session:
        seed_register(session, register.MEMBERS, rights, routes)
        write_journal(session, made, [dict(message) for _ in range(LARGE)])
        write_journal(session, made, [empty_entry(AT, "CHANGED", str(n)) for n in range(SMALL)])
    yield made
    made.dispose()


def test_check_of_a_large_journal_takes_the_memory_of_a_slice(database: Database) -> None:
    tracemalloc.start()
    with database.read_session() as session:
        told = verify_journal(session)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert told == (LARGE + SMALL, None)
    assert most < 3 * MOST_BYTES < LARGE * len(BODY)


@pytest.mark.parametrize("n", [LARGE // 2, LARGE + MOST_ROWS])
def test_altered_entry_is_found_in_every_slice(database: Database, n: int) -> None:
    with database.read_session() as session:
        session.execute(update(JournalRow).where(col(JournalRow.n) == n).values(sender="nobody"))
        assert verify_journal(session) == (n, n)


def test_missing_last_entry_is_found(database: Database) -> None:
    with database.read_session() as session:
        delete_last(session)
        assert verify_journal(session) == (LARGE + SMALL - 1, LARGE + SMALL)


def delete_last(session: Session) -> None:
    session.delete(session.get_one(JournalRow, LARGE + SMALL))
    session.flush()
