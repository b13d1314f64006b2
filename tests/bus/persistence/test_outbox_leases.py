"""Leases of outboxes over PostgreSQL: what a dead replica left is sent, a living replica keeps its rows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import MetaData, insert, select

from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.outbox_leases import OutboxLease
from shared.bus.persistence.tables import BusTables, bus_tables

pytestmark = pytest.mark.servers

LEASE = 0.3
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MESSAGE = {
    "position": 0,
    "address": "KZ.SINK",
    "message_type": "UPDATE",
    "message_id": "message",
    "correlation_id": "case",
    "created_at": NOON,
    "body": b"body",
    "signature": "signature",
}


@dataclass
class SharedOutbox:
    """The outbox of a service with several replicas."""

    database: Database
    tables: BusTables

    def lease(self, owner: str) -> OutboxLease:
        return OutboxLease(self.database, self.tables, owner, LEASE)

    def leave_message(self, owner: str) -> None:
        """Store an unsent message of this replica."""
        with self.database.transaction() as session:
            session.execute(insert(self.tables.outbox), [{**MESSAGE, "id": owner, "owner": owner}])

    def owners(self) -> list[str]:
        with self.database.read_session() as session:
            return sorted(session.execute(select(self.tables.outbox.c.owner)).scalars())


@pytest.fixture
def outbox(postgres_url: str) -> Iterator[SharedOutbox]:
    metadata = MetaData()
    tables = bus_tables(metadata)
    database = Database(database_url(postgres_url, Path(), "desk"), metadata)
    database.create_schema()
    yield SharedOutbox(database, tables)
    database.dispose()


def renew_for(seconds: float, *leases: OutboxLease) -> None:
    """Renew these leases again and again, as their replicas do while they live."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for lease in leases:
            lease.renew()
        time.sleep(LEASE / 10)


def test_messages_of_a_dead_replica_go_to_a_living_one_and_those_of_a_living_one_stay(
    outbox: SharedOutbox,
) -> None:
    dead, living, other = (outbox.lease(owner) for owner in ("dead", "living", "other"))
    for lease in (dead, living, other):
        lease.renew()
        outbox.leave_message(lease.owner)
    renew_for(LEASE / 2, living, other)
    assert outbox.owners() == ["dead", "living", "other"]
    renew_for(LEASE, living, other)
    assert "dead" not in outbox.owners()
    assert {"living", "other"} == set(outbox.owners())


def test_message_of_a_replica_that_died_long_ago_waits_until_the_heir_has_lived_for_a_lease(
    outbox: SharedOutbox,
) -> None:
    """After an outage of the database every lease has ended, and nobody is dead."""
    dead, heir = outbox.lease("dead"), outbox.lease("heir")
    dead.renew()
    outbox.leave_message("dead")
    time.sleep(LEASE * 1.2)
    heir.renew()
    heir.renew()
    assert outbox.owners() == ["dead"]
    dead.renew()
    renew_for(LEASE * 1.2, heir, dead)
    assert outbox.owners() == ["dead"]
    renew_for(LEASE * 1.2, heir)
    assert outbox.owners() == ["heir"]
