"""Leases of outboxes: the replicas of a service publish what a dead one left unsent.

Each replica owns the outbox rows of its transactions, and renews its lease by PostgreSQL's clock while it lives.
The rows of an owner whose lease has ended go to a replica that notices the end. An owner that was only slow
publishes the same messages once more; receivers handle each message once. Only one process uses a SQLite file.
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
            log("outbox.taken-over", messages=count)

    def _renew_row(self, session: Session) -> None:
        statement = self.database.upsert_statement(self.tables.leases, replace=["renewed_at"])
        session.execute(statement.values(owner=self.owner, renewed_at=func.now()))

    def _take_over(self, session: Session) -> int:
        leases, outbox = self.tables.leases, self.tables.outbox
        has_ended = leases.c.renewed_at < func.now() - timedelta(seconds=self.seconds)
        ended = select(leases.c.owner).where(has_ended, leases.c.owner != self.owner)
        inheritance = update(outbox).where(outbox.c.owner.in_(ended)).values(owner=self.owner)
        return int(session.connection().execute(inheritance).rowcount)
