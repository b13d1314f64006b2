"""One printed document for each application, whichever writer was first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.portal_pep import storage
from services.portal_pep.storage import PrintedRow
from shared.bus.persistence.database import Database, database_url

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(database_url(None, tmp_path, "portal_pep"), storage.Base.metadata)
    made.create_schema()
    yield made
    made.dispose()


def row(content: bytes, code: str, application: str = "a") -> PrintedRow:
    return PrintedRow(
        case_id=application,
        code=code,
        content=content,
        digest=content.hex(),
        is_stamped=False,
        sealed_at=AT,
        tried_at=AT,
    )


def test_printed_document_that_is_kept_first_stays(database: Database) -> None:
    with database.transaction() as session:
        assert storage.keep_printed(session, row(b"first", "1")).content == b"first"
    with database.transaction() as session:
        assert storage.keep_printed(session, row(b"second", "2")).content == b"first"
    with database.read_session() as session:
        found = storage.get_printed_by_code(session, "1")
        assert found is not None
        assert found.content == b"first"
        assert storage.get_printed_by_code(session, "2") is None


def test_printed_document_is_replaced_only_by_a_version_made_of_the_kept_one(database: Database) -> None:
    with database.transaction() as session:
        storage.keep_printed(session, row(b"bare", "1"))
    with database.transaction() as session:
        values = {"content": b"bare+stamp", "digest": "new", "digest_before": b"bare".hex(), "is_stamped": True}
        assert storage.renew_printed(session, "a", b"bare".hex(), **values).content == b"bare+stamp"
    with database.transaction() as session:
        late = storage.renew_printed(session, "a", b"bare".hex(), content=b"bare+other", digest="other")
        assert (late.content, late.digest, late.is_stamped) == (b"bare+stamp", "new", True)
