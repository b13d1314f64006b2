"""The rows that live streams follow: on PostgreSQL, too, none comes into sight behind one of a higher number."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlmodel import Session

from services.portal_pep import storage as portal
from services.shep_gateway import storage as gateway
from services.shep_gateway.doors import mailbox
from shared.bus.persistence.database import Database
from tests.servers import environment

pytestmark = pytest.mark.servers

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
NAME = "rows_in_order"


@dataclass(frozen=True)
class Followed:
    """A table that streams follow: its schema, one of its rows, how rows come in, and how a stream reads them."""

    metadata: Any
    row: dict[str, Any]
    write: Callable[[Session, Database, list[dict[str, Any]]], None]
    read: Callable[[Session, int], Sequence[Any]]


MAIL = {
    "recipient": "reader", "sender": "nr_iin", "message_id": "m", "case_id": "c", "service_id": "s",
    "message_type": "RESPONSE", "session_id": None, "arrived_at": NOON, "state": "WAITING", "body": b"{}",
    "signature": "", "hop": None,
}  # fmt: skip
EVENT = {
    "case_id": "c", "iin": "1", "at": NOON, "kind": "status", "status": "taken", "number": None,
    "regulation": "KZ-AKM.1", "code": None, "until": None, "reason": None,
}  # fmt: skip
FOLLOWED = {
    "mail": Followed(
        gateway.Base.metadata,
        MAIL,
        mailbox.write_mail,
        lambda s, after: mailbox.list_after(s, "reader", after, 50),
    ),
    "events": Followed(
        portal.Base.metadata,
        EVENT,
        portal.write_events,
        lambda session, after: portal.list_events(session, iin="1", case_id="c", after=after),
    ),
}


@contextmanager
def two_replicas(followed: Followed) -> Iterator[tuple[Database, Database]]:
    url = make_url(environment.setting("DATABASE_URL") or "").set(drivername="postgresql+psycopg")
    server = create_engine(url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {NAME}"))
    replicas = [Database(url.set(database=NAME), followed.metadata) for _ in range(2)]
    try:
        replicas[0].create_schema()
        yield replicas[0], replicas[1]
    finally:
        for replica in replicas:
            replica.dispose()
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {NAME}"))
        server.dispose()


@pytest.mark.parametrize("name", FOLLOWED)
def test_stream_misses_no_row_of_a_replica_whose_transaction_ends_late(name: str) -> None:
    followed = FOLLOWED[name]
    with two_replicas(followed) as (late, quick):

        def write_quickly() -> None:
            with quick.transaction() as session:
                followed.write(session, quick, [followed.row])

        def read_news(after: int) -> list[int]:
            with quick.read_session() as session:
                return [row.id for row in followed.read(session, after)]

        other = threading.Thread(target=write_quickly)
        with late.transaction() as session:
            followed.write(session, late, [followed.row])
            other.start()
            other.join(0.5)
            cursor = max(read_news(0), default=0)
        other.join(10)
        assert [cursor, *read_news(cursor)] == [0, 1, 2], "the stream went past the row of the late transaction"
