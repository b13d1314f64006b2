"""Fills the databases of a running country with copies of its real cases, by statements that both databases know.

A real case has rows in every system that it passed. Each row is copied so many times with other ids, so that the
copies have the shape of real ones: ``fill_country(country, 100_000)``. Signed documents are not copied: pages read
them by their key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Table, func, select, text
from sqlmodel import Session

from services.portal_pep import storage as portal
from services.shep_gateway import storage as gateway
from services.shep_gateway.console.journal_tally import TallyHeadRow, TallyRow
from shared.bus.persistence.database import Database
from shared.bus.runtime.unit_of_work import UnitOfWork
from shared.workplace.records.monitor import WaitingStepRow
from shared.workplace.records.storage import CASES
from tests.journeys.kit import RunningCountry

OWN_CASES = 40
"""How many copies of a case the citizen of the case keeps; the rest belongs to others."""
DAYS = 365
"""On how many days the statistics have sums like those of today."""
OTHER_CITIZEN = (
    f"CASE WHEN k <= {OWN_CASES} THEN {{column}} ELSE substr('000000000000' || k, length('' || k) + 1) END"
)
NEW_ID = "'copy-' || k || '-' || substr({column}, 1, 20)"


@dataclass(frozen=True)
class CopiedTable:
    """A table whose rows are copied: the columns that differ, each with its SQL over ``k``, the copy's number."""

    table: Table
    changes: Mapping[str, str] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    """The columns that a copy leaves empty."""


def _table(row: Any) -> Table:
    table: Table = row.__table__
    return table


WORKPLACE = (
    CopiedTable(
        CASES.table,
        {
            "case_id": NEW_ID,
            "number": "'KZ-2026-' || substr('0000000' || k, length('' || k) + 1) || '-' || coalesce({column}, '')",
            "applicant": OTHER_CITIZEN,
            "applicant_name": "coalesce({column}, '') || ' ' || k",
        },
    ),
    CopiedTable(_table(WaitingStepRow), {"case_id": NEW_ID}),
)
TABLES: Mapping[str, tuple[CopiedTable, ...]] = {
    "portal_pep": (
        CopiedTable(
            portal.APPLICATIONS.table,
            {"case_id": NEW_ID, "message_id": NEW_ID, "iin": OTHER_CITIZEN},
            frozenset({"open_key"}),
        ),
        CopiedTable(
            _table(portal.EventRow), {"id": "{count} * k + {column}", "case_id": NEW_ID, "iin": OTHER_CITIZEN}
        ),
    ),
    "is_mio": WORKPLACE,
    "is_con": WORKPLACE,
    "is_esobes": WORKPLACE,
    "shep_gateway": (
        CopiedTable(
            _table(gateway.JournalRow),
            {"n": "{count} * k + {column}", "case_id": NEW_ID, "message_id": NEW_ID, "session_id": NEW_ID},
            frozenset({"body", "signature", "hop"}),
        ),
        CopiedTable(_table(gateway.DeliveryRow), {"case_id": NEW_ID, "message_id": NEW_ID}),
    ),
}


async def fill_country(country: RunningCountry, cases: int) -> Mapping[str, int]:
    """Copy the cases of each system until it has ``cases`` of them; returns the rows of each table."""
    counts: dict[str, int] = {}
    for instance, tables in TABLES.items():
        counts |= await country.runtime(instance).write(
            lambda uow, tables=tables, instance=instance: _fill_system(uow, instance, tables, cases)
        )
    await country.runtime("shep_gateway").write(_close_journal)
    return counts


def _fill_system(uow: UnitOfWork, instance: str, tables: tuple[CopiedTable, ...], cases: int) -> dict[str, int]:
    session, counts = uow.session, {}
    stored = session.execute(select(func.count(func.distinct(tables[0].table.c.case_id)))).scalar() or 1
    for copied in tables:
        _copy_rows(session, copied, -(-cases // stored) - 1)
        name = f"{instance}.{copied.table.name}"
        counts[name] = session.execute(select(func.count()).select_from(copied.table)).scalar() or 0
    session.execute(text("ANALYZE"))
    return counts


def _copy_rows(session: Session, copied: CopiedTable, times: int) -> None:
    """Copy every row so many times, and build the indexes once at the end."""
    connection, table = session.connection(), copied.table
    indexes = [index for index in table.indexes if not index.unique]
    for index in indexes:
        index.drop(connection, checkfirst=True)
    connection.execute(text(_copying(session, copied)), {"times": times})
    for index in indexes:
        index.create(connection, checkfirst=True)


def _copying(session: Session, copied: CopiedTable) -> str:
    key = next(iter(copied.table.primary_key))
    is_number = key.name in ("n", "id")
    count = session.execute(select(func.max(key))).scalar() if is_number else 0
    values = [
        "NULL"
        if column.name in copied.empty
        else copied.changes.get(column.name, "{column}").format(column=column.name, count=count)
        for column in copied.table.columns
    ]
    columns = ", ".join(column.name for column in copied.table.columns)
    numbers = "WITH RECURSIVE copies(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copies WHERE k < :times)"
    name = copied.table.name
    return f"INSERT INTO {name} ({columns}) {numbers} SELECT {', '.join(values)} FROM {name}, copies"  # noqa: S608


def _close_journal(uow: UnitOfWork) -> None:
    """Let the journal end with its last copy, and the sums of the statistics too."""
    last = uow.session.execute(select(func.max(gateway.JournalRow.n))).scalar()
    for kind in (gateway.JournalHeadRow, TallyHeadRow):
        row = uow.session.get(kind, 1)
        if row is not None:
            row.n = last
            uow.session.add(row)
    _copy_sums(uow)


def _copy_sums(uow: UnitOfWork) -> None:
    """Give every day of a year the sums of the real days."""
    table = _table(TallyRow)
    sums = [dict(row) for row in uow.session.execute(select(table)).mappings()]
    rows = [row | {"day": row["day"] - timedelta(days=n)} for n in range(1, DAYS) for row in sums]
    distinct = {(row["day"], row["subject"], row["name"], row["event"]): row for row in rows}
    present = {(row["day"], row["subject"], row["name"], row["event"]) for row in sums}
    uow.resource(Database).write_many(
        uow.session, table, [row for key, row in distinct.items() if key not in present]
    )
