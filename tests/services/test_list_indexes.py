"""An index serves each long list: a page costs the same at the end of the list as at its beginning."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import MetaData

from services.gbd_elicense.storage import build_metadata as permit_metadata
from services.is_esobes.storage import build_metadata as grant_metadata
from services.is_rynok_truda.storage import build_metadata as labour_metadata
from services.portal_pep.storage import Base as PortalBase
from services.shep_gateway.storage import Base as GatewayBase
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.tables import bus_tables
from shared.workplace.records.monitor import WaitingStepRow
from shared.workplace.records.refusals import RefusalRow
from shared.workplace.records.shelf import ShelfRow

VALUES = {int: "5", str: "5"}
MOMENT = "2026-11-30T00:00:00+00:00"
"""A value of each kind of column, behind which a page begins; a moment for the others."""
OF_PLACE = "place = 'kz-yuz.employment.15' AND"


def kernel_metadata() -> MetaData:
    metadata = MetaData()
    bus_tables(metadata)
    return metadata


LISTS = (
    (kernel_metadata(), "bus_dead", "", "died_at, id"),
    (kernel_metadata(), "bus_held", "", "held_at, sequence, key"),
    (kernel_metadata(), "bus_audit", "", "n"),
    (GatewayBase.metadata, "journal", "", "n"),
    (GatewayBase.metadata, "journal", "case_id = 'case-1' AND", "n"),
    (GatewayBase.metadata, "journal", "sender = 'is_mio' AND", "n"),
    (GatewayBase.metadata, "journal", "service_id = 'nr-iin-person' AND", "n"),
    (GatewayBase.metadata, "journal", "recipients = 'is_mio' AND", "n"),
    (GatewayBase.metadata, "journal", "recipients LIKE '% %' AND recipients LIKE '%is_mio%' AND", "n"),
    (PortalBase.metadata, "application", "iin = '850101300012' AND", "submitted_at, case_id"),
    (PortalBase.metadata, "event", "iin = '850101300012' AND", "id"),
    (grant_metadata(), "work_case", OF_PLACE, "received_at, case_id"),
    (ShelfRow.metadata, "shelf", OF_PLACE, 'ready_at, "case"'),
    (RefusalRow.metadata, "message_refusal", "", "refused_at, message_id, recipient"),
    (grant_metadata(), "recipient", "", "since, id"),
    (permit_metadata(), "permit", "", "changed_at, number"),
    (WaitingStepRow.metadata, "waiting_step", "", "due, case_id, step"),
    (labour_metadata(), "registration", "", "since, iin"),
    (labour_metadata(), "referral", "", "issued_at, case_id"),
)
"""Each long list: its table, what its filter says, and the columns of its order."""


@pytest.mark.parametrize(("metadata", "table", "condition", "columns"), LISTS)
def test_page_is_read_from_an_index_in_its_order(
    tmp_path: Path, metadata: MetaData, table: str, condition: str, columns: str
) -> None:
    database = Database(database_url(None, tmp_path, "lists"), metadata)
    database.create_schema()
    plan = str(database.ask(f"EXPLAIN QUERY PLAN {page_query(table, condition, columns, '5')}"))
    database.dispose()
    assert "SEARCH" in plan
    assert "TEMP B-TREE" not in plan


@pytest.mark.servers
@pytest.mark.parametrize(("metadata", "table", "condition", "columns"), LISTS)
def test_page_is_read_from_an_index_in_its_order_on_postgresql(
    postgres_url: str, metadata: MetaData, table: str, condition: str, columns: str
) -> None:
    """An empty table is read whole because that is cheapest; told not to, the server shows what it can do."""
    database = Database(database_url(postgres_url, Path(), "lists"), metadata)
    database.create_schema()
    kinds = {column.name: column.type.python_type for column in metadata.tables[table].columns}
    values = [VALUES.get(kinds[name.strip('"')], MOMENT) for name in columns.split(", ")]
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")
        connection.exec_driver_sql("SET enable_bitmapscan = off")
        question = page_query(table, condition.replace("%", "%%"), columns, *values)
        plan = str(connection.exec_driver_sql(f"EXPLAIN {question}").all())
    database.dispose()
    assert "Index Cond" in plan
    assert "Seq Scan" not in plan
    assert "Sort" not in plan or condition.startswith(("case_id =", "iin =")), "a case or a person has few"


def page_query(table: str, condition: str, columns: str, *values: str) -> str:
    """The query of a page of a list, behind the row with these values."""
    names = columns.split(", ")
    beyond = ", ".join(f"'{value}'" for value in (values if len(values) > 1 else values * len(names)))
    falling = ", ".join(f"{name} DESC" for name in names)
    return f"SELECT * FROM {table} WHERE {condition} ({columns}) < ({beyond}) ORDER BY {falling} LIMIT 101"  # noqa: S608


@pytest.mark.parametrize(
    ("metadata", "question", "way"),
    [
        (
            WaitingStepRow.metadata,
            "SELECT point, count(*), sum(due < 'now'), min(due) FROM waiting_step GROUP BY point",
            "COVERING INDEX ix_waiting_step_point",
        ),
        (
            GatewayBase.metadata,
            "SELECT * FROM journal WHERE message_id = 'x' OR case_id IN ('x', 'y') OR session_id = 'x'",
            "MULTI-INDEX OR",
        ),
    ],
    ids=["monitor", "any-id"],
)
def test_page_with_many_rows_behind_it_reads_an_index(
    tmp_path: Path, metadata: MetaData, question: str, way: str
) -> None:
    database = Database(database_url(None, tmp_path, "pages"), metadata)
    database.create_schema()
    plan = str(database.ask(f"EXPLAIN QUERY PLAN {question}"))
    database.dispose()
    assert way in plan
    assert "TEMP B-TREE" not in plan
