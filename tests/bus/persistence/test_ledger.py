"""The kernel's ledger: how long parked messages wait."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import MetaData, select

from shared.bus.carriers.transport import SignedBytes
from shared.bus.messages.trust import SystemIdentity
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.ledger import Ledger
from shared.bus.persistence.tables import bus_tables
from shared.bus.runtime.unit_of_work import random_id

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
        ledger = Ledger(session, database, tables, NOON)
        ledger.park(SignedBytes(b"body", "signature"), None, "neighbour-away", attempts, NOON)
        ledger.flush([], me, "1", random_id)
    with database.read_session() as session:
        row = session.execute(select(tables.held)).one()
    database.dispose()
    assert (row.attempts, (row.due_at - NOON).total_seconds()) == (attempts + 1, PAUSES[attempts])
