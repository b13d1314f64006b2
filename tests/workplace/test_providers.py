"""The views of providers without a system, at the gateways' workplaces."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.hot_tables import IdentityMap
from shared.regulations.passport_book import PassportBook
from shared.workplace.records import providers, storage
from shared.workplace.records.case_record import WorkplaceCase
from shared.workplace.records.providers import HandledService
from shared.workplace.records.stages import CaseStage
from shared.workplace.records.storage import CASES
from tests.workplace.kit import profile

EARLY, LATE = datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 3, 9, tzinfo=UTC)
PLACE = "kz-akm.employment.01"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(database_url(None, tmp_path, "arm_rshep"), storage.Base.metadata)
    made.create_schema()
    return made


def case(name: str, stage: CaseStage, received_at: datetime = EARLY, **changes: str) -> WorkplaceCase:
    values: dict[str, Any] = {
        "case_id": name,
        "regulation": "KZ-AKM.17",
        "service_type": "unemployment-certificate",
        "region": "KZ-AKM",
        "channel": "portal",
        "variant": "main",
        "authority": PLACE,
        "place": PLACE,
        "systems": frozenset({"arm_rshep"}),
        "applicant": "850101100022",
        "stage": stage.value,
        "status": "",
        **changes,
    }
    return WorkplaceCase(**values, received_at=received_at, changed_at=received_at)


def put(database: Database, *rows: WorkplaceCase) -> None:
    with database.transaction() as session:
        identity_map = IdentityMap(session, database)
        identity_map.rows_of(CASES).take_changes({row.case_id: row for row in rows})
        identity_map.flush()


def test_passports_say_what_is_handled_at_each_workplace(database: Database) -> None:
    book = PassportBook.load()
    with database.read_session() as session:
        regional = providers.find_handled(book, profile("arm_rshep").systems, session)
        central = providers.find_handled(book, profile("arm_shep").systems, session)
    assert {one.regulation for one in regional} == {f"KZ-AKM.{n}" for n in (1, 5, 8, 12, 17)}
    assert HandledService("KZ-ATY.6", "con", is_by_passport=True) in central
    assert not set(regional) & set(central)
    assert all(one.is_by_passport for one in regional + central)


def test_service_that_a_route_brought_is_told_apart(database: Database) -> None:
    put(database, case("a", CaseStage.RECEIVED, regulation="KZ-YUZ.1"))
    with database.read_session() as session:
        found = providers.find_handled(PassportBook.load(), profile("arm_rshep").systems, session)
    assert [one for one in found if not one.is_by_passport] == [
        HandledService("KZ-YUZ.1", "portal", is_by_passport=False)
    ]


def test_cases_are_counted_by_service_and_by_provider(database: Database) -> None:
    put(
        database,
        case("a", CaseStage.COMPLETED),
        case("b", CaseStage.IN_WORK, LATE),
        case("c", CaseStage.RECEIVED, LATE),
        case("d", CaseStage.COMPLETED, place="kz-akm.employment.02"),
    )
    with database.read_session() as session:
        assert providers.count_cases(session) == {("KZ-AKM.17", "portal"): (2, 2)}
        first, second = providers.measure_loads(session)
    assert (first.authority, first.oldest_at) == (PLACE, LATE)
    assert first.cases == {"completed": 1, "in-work": 1, "received": 1}
    assert (second.authority, second.oldest_at) == ("kz-akm.employment.02", None)


def test_export_has_no_personal_data_and_no_formula() -> None:
    rows = [
        case("a", CaseStage.RECEIVED, number="N-1", reason='=HYPERLINK("x")'),
        case("b", CaseStage.RECEIVED, reason="a,b\nc"),
    ]
    text = providers.as_csv(rows)
    first, second = csv.DictReader(StringIO(text))
    assert (first["number"], first["reason"], first["received_at"]) == (
        "N-1",
        '\'=HYPERLINK("x")',
        "2026-03-02T09:00:00+00:00",
    )
    assert (second["number"], second["reason"], second["outcome"]) == ("", "a,b\nc", "")
    assert "850101100022" not in text
