"""The audit trail in the table ``bus_audit``: entries are only added, each chained to the previous one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

from pydantic_core import to_json
from sqlalchemy import Table, select
from sqlmodel import Session

from shared.bus.persistence.database import Database, insert_on_conflict
from shared.bus.runtime.unit_of_work import UnitOfWork

GENESIS = "0" * 64
"""The hash of entry 0, which is no act: a replica locks entry 0 to write, so that all replicas share one chain."""
HASHED = (
    "n", "at", "bus_at", "actor", "client", "operation", "method", "path", "target", "outcome", "status", "code",
    "request_id", "skipped",
)  # fmt: skip

ActOutcome = Literal["done", "refused", "failed"]


@dataclass(frozen=True)
class AdministrativeAct:
    """An act of an operator, or of a stranger who tried to be one.

    ``path`` is the path of the endpoint with the names of its parts, ``target`` their values with those of the
    query and of the fields that the endpoint names. ``skipped`` is the number of strangers' attempts since the
    last entry that were too many for entries of their own.
    """

    actor: Literal["operator", "stranger"]
    client: str | None
    operation: str
    method: str
    path: str
    target: Mapping[str, str]
    status: int
    code: str | None
    request_id: str
    skipped: int = 0

    @property
    def outcome(self) -> ActOutcome:
        """«refused» by the caller's fault (4xx), «failed» by the system's (5xx)."""
        if self.status < 400:
            return "done"
        return "refused" if self.status < 500 else "failed"


def append_act(uow: UnitOfWork, table: Table, act: AdministrativeAct) -> tuple[int, str]:
    """Append an entry; returns its number and its hash."""
    session = uow.session
    _lock_chain(uow, table)
    last_n, last_hash = session.execute(select(table.c.n, table.c.hash).order_by(table.c.n.desc()).limit(1)).one()
    row: dict[str, Any] = {
        **_empty_row(uow),
        "n": last_n + 1,
        "actor": act.actor,
        "client": act.client,
        "operation": act.operation,
        "method": act.method,
        "path": act.path,
        "target": json.dumps(dict(act.target), sort_keys=True),  # in ASCII: PostgreSQL takes no NUL
        "outcome": act.outcome,
        "status": act.status,
        "code": act.code,
        "request_id": act.request_id,
        "skipped": act.skipped,
    }
    row["hash"] = entry_hash(last_hash, row)
    session.execute(table.insert().values(row))
    return row["n"], row["hash"]


def entry_hash(previous: str, row: Mapping[str, Any]) -> str:
    """SHA-256, in hex, over the previous hash, a line feed, and a JSON array of the columns ``HASHED``."""
    values = [row[name].isoformat() if name in ("at", "bus_at") else row[name] for name in HASHED]
    return sha256(previous.encode() + b"\n" + to_json(values)).hexdigest()


def verify_trail(session: Session, table: Table) -> tuple[int, int | None]:
    """The number of entries, and the number of the first entry that is altered or has lost its predecessor."""
    last, count = GENESIS, 0
    for row in session.execute(select(table).where(table.c.n > 0).order_by(table.c.n)).mappings():
        count += 1
        last = entry_hash(last, dict(row))
        if row["hash"] != last or row["n"] != count:
            return count, int(row["n"])
    return count, None


def _lock_chain(uow: UnitOfWork, table: Table) -> None:
    database, session = uow.resource(Database), uow.session
    if not database.read_by_keys(session, table, ("hash",), [0], is_locking=True):
        dialect = session.connection().dialect.name
        genesis = {**_empty_row(uow), "n": 0, "hash": GENESIS}
        session.execute(insert_on_conflict(table, dialect).values(genesis).on_conflict_do_nothing())
        database.read_by_keys(session, table, ("hash",), [0], is_locking=True)


def _empty_row(uow: UnitOfWork) -> dict[str, Any]:
    texts = dict.fromkeys(("actor", "operation", "method", "path", "outcome", "request_id"), "")
    numbers = {"status": 0, "skipped": 0}
    return {**texts, **numbers, "target": "{}", "at": uow.machine_now, "bus_at": uow.now}
