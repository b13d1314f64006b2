"""The kernel's ledger: how long parked messages wait, and the last numbers of streams."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import MetaData, select

from shared.bus.carriers.transport import SignedBytes
from shared.bus.messages.gate import Gate
from shared.bus.messages.trust import FixedDirectory, PeerSystem, SystemIdentity
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.ledger import Ledger
from shared.bus.persistence.tables import bus_tables
from shared.bus.runtime.unit_of_work import ReceivedMessage, random_id
from tests.bus.forge import body, sealed

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAUSES = {0: 0.5, 1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 6: 32, 7: 60, 8: 60, 1_000_000: 60}


@pytest.mark.parametrize("attempts", PAUSES)
def test_held_messages_pause_doubles_with_every_attempt_up_to_a_minute(tmp_path: Path, attempts: int) -> None:
    metadata = MetaData()
    tables = bus_tables(metadata)
    database = Database(database_url(None, tmp_path, "desk"), metadata)
    database.create_schema()
    me = SystemIdentity("KZ.DESK", ec.generate_private_key(ec.SECP256R1()), "print")
    with database.transaction() as session:
        ledger = Ledger(session, database, tables, NOON, "1")
        ledger.park(SignedBytes(b"body", "signature"), None, "neighbour-away", attempts, NOON)
        ledger.flush([], me, random_id)
    with database.read_session() as session:
        row = session.execute(select(tables.held)).one()
    database.dispose()
    assert (row.attempts, (row.due_at - NOON).total_seconds()) == (attempts + 1, PAUSES[attempts])


def test_stream_is_not_set_back_by_a_replica_that_read_its_number_earlier(
    tmp_path: Path, database: str | None
) -> None:
    metadata = MetaData()
    tables = bus_tables(metadata)
    shared_database = Database(database_url(database, tmp_path, "desk"), metadata)
    shared_database.create_schema()
    sender = SystemIdentity("KZ.SENDER", ec.generate_private_key(ec.SECP256R1()), "print of the sender")
    desk = SystemIdentity("KZ.DESK", ec.generate_private_key(ec.SECP256R1()), "print of the desk")
    peer = PeerSystem(sender.address, sender.key.public_key(), sender.thumbprint, NOON + timedelta(days=1))
    gate = Gate(desk.address, FixedDirectory(peer), lambda neighbour: True, 10_000, timedelta(days=1))
    first, second = (
        gate.admit(sealed(sender, body(sender.address, n, NOON), desk.address, n), NOON) for n in (1, 2)
    )

    def handle(ledger: Ledger, *messages: ReceivedMessage) -> None:
        for message in messages:
            ledger.advance_stream(message)
        ledger.flush([], desk, random_id)

    with shared_database.transaction() as session:
        slow = Ledger(session, shared_database, tables, NOON, "1")
        slow.load_known([first])
    with shared_database.transaction() as session:
        handle(Ledger(session, shared_database, tables, NOON, "1"), first, second)
    with shared_database.transaction() as session:
        slow.session = session
        handle(slow, first)
    with shared_database.read_session() as session:
        assert session.execute(select(tables.seen.c.last)).scalar_one() == 2
    shared_database.dispose()
