"""The kernel's own tables, which every service has in its own database.

* ``bus_outbox``: messages that are signed and not yet confirmed by the carrier;
* ``bus_leases``: until when each replica owns its rows of the outbox and of ``bus_held``, see ``outbox_leases``;
* ``bus_inbox``: messages that were handled, so that each message is handled once;
* ``bus_sent`` and ``bus_seen``: the last number of each stream (a neighbour and a case), to keep the order;
* ``bus_held``: parked messages, which wait for a missing predecessor or for something unavailable;
* ``bus_mark``: a number that only rises, by which a database restored from an older copy is noticed;
* ``bus_dead``: dead letters, messages that will not be handled, with the reason; no message is ever dropped;
* ``bus_explained``: why a dead letter was refused, where the sandbox explains it;
* ``bus_audit``: the acts of the operator, see ``shared.bus.audit``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TextClause,
    TypeDecorator,
)

MOMENT_LENGTH = len("2026-01-31 12:00:00.000000")


class UtcDateTime(TypeDecorator[datetime]):
    """A column with an aware datetime in UTC, also on SQLite, which stores no time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Any) -> Callable[[datetime | None], Any] | None:
        """SQLAlchemy's function for PostgreSQL, and for SQLite one that is several times as fast: every message
        stores four moments.
        """
        return _as_text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: Any, coltype: object) -> Callable[[Any], datetime | None] | None:
        """SQLAlchemy's function for PostgreSQL, and for SQLite one that is ten times as fast."""
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return _in_utc(value)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _as_text(moment: datetime | None) -> str | None:
    """The text of a moment in SQLAlchemy's format for SQLite: UTC, in microseconds, without the zone."""
    utc_moment = _in_utc(moment)
    return None if utc_moment is None else utc_moment.isoformat(" ", "microseconds")[:MOMENT_LENGTH]


def _from_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(f"{text}+00:00")


def _in_utc(moment: datetime | None) -> datetime | None:
    if moment is not None and moment.tzinfo is None:
        raise ValueError("naive datetimes are not stored")
    return moment if moment is None or moment.tzinfo is UTC else moment.astimezone(UTC)


@dataclass(frozen=True)
class BusTables:
    """The kernel's tables on one metadata."""

    outbox: Table
    leases: Table
    inbox: Table
    sent: Table
    seen: Table
    held: Table
    dead: Table
    explained: Table
    mark: Table
    audit: Table


def _raw_columns() -> list[Column[Any]]:
    return [
        Column("body", LargeBinary, nullable=False),
        Column("signature", Text, nullable=False),
        Column("hop", Text),
    ]


def bus_tables(metadata: MetaData) -> BusTables:
    """Add the kernel's tables to ``metadata`` (once) and return them."""
    if "bus_outbox" in metadata.tables:
        return BusTables(**{field.name: metadata.tables[f"bus_{field.name}"] for field in fields(BusTables)})
    return BusTables(
        outbox=Table(
            "bus_outbox",
            metadata,
            Column("id", String(36), primary_key=True),
            Column("position", Integer, nullable=False),
            Column("owner", String(36), nullable=False, index=True),
            Column("address", String(100), nullable=False),
            Column("message_type", String(20), nullable=False),
            Column("message_id", String(100), nullable=False),
            Column("correlation_id", String(100), nullable=False),
            Column("created_at", UtcDateTime, nullable=False),
            *_raw_columns(),
        ),
        leases=Table(
            "bus_leases",
            metadata,
            Column("owner", String(36), primary_key=True),
            Column("renewed_at", UtcDateTime, nullable=False),
        ),
        inbox=Table(
            "bus_inbox",
            metadata,
            Column("key", String(201), primary_key=True),
            Column("digest", String(43), nullable=False),
            Column("received_at", UtcDateTime, nullable=False),
        ),
        sent=_stream_table("bus_sent", metadata),
        seen=_stream_table("bus_seen", metadata),
        held=Table(
            "bus_held",
            metadata,
            Column("key", String(201), primary_key=True),
            Column("stream", String(201), nullable=False, index=True),
            Column("sequence", Integer, nullable=False),
            Column("code", String(60), nullable=False),
            Column("attempts", Integer, nullable=False),
            Column("held_at", UtcDateTime, nullable=False),
            Column("due_at", UtcDateTime, nullable=False, index=True),
            Column("owner", String(36), nullable=False, index=True),
            *_raw_columns(),
            Index("ix_bus_held_newest", "held_at", "sequence", "key"),
        ),
        mark=Table(
            "bus_mark",
            metadata,
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("number", Integer, nullable=False),
            Column("at", UtcDateTime, nullable=False),
        ),
        dead=Table(
            "bus_dead",
            metadata,
            Column("id", String(36), primary_key=True),
            Column("died_at", UtcDateTime, nullable=False),
            Column("source", String(100)),
            Column("message_id", String(100), index=True),
            Column("correlation_id", String(100), index=True),
            Column("code", String(60), nullable=False),
            Column("reason", Text, nullable=False),
            Column("replayed_at", UtcDateTime),
            *_raw_columns(),
            Index("ix_bus_dead_newest", "died_at", "id"),
        ),
        explained=Table(
            "bus_explained",
            metadata,
            Column("id", String(36), primary_key=True),
            Column("explanation", Text, nullable=False),
        ),
        audit=_audit_table("bus_audit", metadata),
    )


def _stream_table(name: str, metadata: MetaData) -> Table:
    return Table(
        name,
        metadata,
        Column("stream", String(201), primary_key=True),
        Column("last", Integer, nullable=False),
    )


def _audit_table(name: str, metadata: MetaData) -> Table:
    return Table(
        name,
        metadata,
        Column("n", Integer, primary_key=True, autoincrement=False),
        Column("at", UtcDateTime, nullable=False),
        Column("bus_at", UtcDateTime, nullable=False),
        Column("actor", String(20), nullable=False),
        Column("client", String(45)),
        Column("operation", String(100), nullable=False),
        Column("method", String(10), nullable=False),
        Column("path", String(200), nullable=False),
        Column("target", Text, nullable=False),
        Column("outcome", String(10), nullable=False),
        Column("status", Integer, nullable=False),
        Column("code", String(60)),
        Column("request_id", String(64), nullable=False),
        Column("skipped", Integer, nullable=False),
        Column("hash", String(64), nullable=False),
    )


CONDITION = "condition of the index"
"""Kept for PostgreSQL: SQLAlchemy imports the dialect of each option that an index names."""


def partial_index(condition: TextClause) -> dict[str, Any]:
    """The options of an Index over the rows for which ``condition`` holds."""
    return {"sqlite_where": condition, "info": {CONDITION: condition}}


def limit_indexes_of_postgres(metadata: MetaData) -> None:
    """Let the indexes of `partial_index` be partial on PostgreSQL too."""
    for table in metadata.tables.values():
        for index in table.indexes:
            if CONDITION in index.info:
                index.dialect_options["postgresql"]["where"] = index.info[CONDITION]
