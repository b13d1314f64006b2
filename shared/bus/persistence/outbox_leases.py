"""Leases of replicas: what a dead one left unsent or parked is taken up by the others, and so is its share.

Each replica owns the outbox rows and the parked messages of its transactions, and renews its lease by PostgreSQL's
clock while it lives. The rows of an owner whose lease has ended go to a replica that notices the end. An owner
that was only slow publishes the same messages once more; receivers handle each message once. Only one process uses
a SQLite file.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import func, select, update
from sqlmodel import Session

from shared.bus.logs import log
from shared.bus.persistence.database import Database
from shared.bus.persistence.tables import BusTables

LEASE_SECONDS = 30.0
ABSENCE_SECONDS = 10.0
"""A replica that has not renewed its lease for so long has no share of the partitions."""


@dataclass
class OutboxLease:
    """The lease of one replica, named ``owner``; it ends ``seconds`` after its last renewal."""

    database: Database
    tables: BusTables
    owner: str
    seconds: float = LEASE_SECONDS
    _steady_since: float | None = field(default=None, init=False)
    """When this process began to renew without a failure, by the machine's monotonic clock."""

    def renew(self) -> None:
        """Renew the lease, and become the owner of the rows whose owner's lease has ended.

        In the first ``seconds`` after the start, and after a failure, no rows are taken over: when the database
        was away, the other owners could not renew their leases either. Raises as ``Database.transaction`` does.
        """
        if self.database.is_sqlite:
            return
        since, self._steady_since = self._steady_since, None
        with self.database.transaction() as session:
            self._renew_row(session)
            is_steady = since is not None and time.monotonic() - since >= self.seconds
            count = self._take_over(session) if is_steady else 0
        self._steady_since = time.monotonic() if since is None else since
        if count:
            log("messages.taken-over", messages=count)

    def end(self) -> None:
        """Leave the rows of this replica, which stops, to the others at once; raises as ``renew`` does."""
        if self.database.is_sqlite:
            return
        leases = self.tables.leases
        with self.database.transaction() as session:
            own = update(leases).where(leases.c.owner == self.owner)
            session.execute(own.values(renewed_at=func.now() - timedelta(days=1)))

    def find_share(self) -> tuple[int, int]:
        """The place of this replica (from 0) among the living ones in the order of their names, and how many live.

        Raises as ``Database.read_session`` does.
        """
        if self.database.is_sqlite:
            return 0, 1
        leases = self.tables.leases
        lives = leases.c.renewed_at > func.now() - timedelta(seconds=ABSENCE_SECONDS)
        with self.database.read_session() as session:
            living = set(session.execute(select(leases.c.owner).where(lives)).scalars()) | {self.owner}
        return sorted(living).index(self.owner), len(living)

    def _renew_row(self, session: Session) -> None:
        statement = self.database.upsert_statement(self.tables.leases, replace=["renewed_at"])
        session.execute(statement.values(owner=self.owner, renewed_at=func.now()))

    def _take_over(self, session: Session) -> int:
        leases, outbox, held = self.tables.leases, self.tables.outbox, self.tables.held
        has_ended = leases.c.renewed_at < func.now() - timedelta(seconds=self.seconds)
        ended = select(leases.c.owner).where(has_ended, leases.c.owner != self.owner)
        count = 0
        for table in (outbox, held):
            inheritance = update(table).where(table.c.owner.in_(ended)).values(owner=self.owner)
            count += int(session.connection().execute(inheritance).rowcount)
        return count
