"""The register of recipients: terms, and the synthetic grants."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.is_esobes import storage
from services.is_esobes.domain import DAYS, GrantState, last_day_of, state_on, synthetic_grants
from services.is_esobes.storage import RecipientRow
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.list_pages import ListPlace
from shared.contracts.payments import PAYS
from shared.contracts.population import make_population

TODAY = date(2026, 3, 2)
PEOPLE = list(make_population(1, 400))
GRANTS = list(synthetic_grants(PEOPLE, TODAY))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(database_url(None, tmp_path, "is_esobes"), storage.build_metadata())
    made.create_schema()
    return made


def row(case: str, iin: str, first: date = TODAY) -> RecipientRow:
    return RecipientRow(
        id=case,
        iin=iin,
        service_type="child-allowance",
        regulation="KZ-ATY.6",
        region="KZ-ATY",
        since=first,
        until=last_day_of("child-allowance", first),
    )


def test_grant_of_every_service_that_pays_has_its_term_and_the_last_day_counts() -> None:
    assert set(DAYS) == set(PAYS)
    last = last_day_of("targeted-social-assistance", TODAY)
    assert (last, state_on(last, last)) == (date(2026, 5, 31), GrantState.RUNNING)
    assert state_on(last, date(2026, 6, 1)) is GrantState.ENDED


def test_grants_seeded_for_people_with_an_even_number_have_ended() -> None:
    alive = {one.iin for one in PEOPLE if one.is_alive}
    running = {one.iin for one in GRANTS if state_on(one.until, TODAY) is GrantState.RUNNING}
    ended = {one.iin for one in GRANTS} - running
    assert running
    assert ended
    assert {int(iin[-1]) % 2 for iin in running} == {1}
    assert {int(iin[-1]) % 2 for iin in ended} == {0}
    assert running | ended <= alive


def test_grant_runs_for_its_person_and_service_until_ended(database: Database) -> None:
    with database.transaction() as session:
        assert storage.add_recipient(session, row("c1", "850101100022"))
        assert not storage.add_recipient(session, row("c1", "850101100022"))
    with database.transaction() as session:
        found = storage.find_running(session, "850101100022", "child-allowance", TODAY)
        assert found is not None
        assert storage.find_running(session, "850101100022", "fuel-assistance", TODAY) is None
        assert storage.find_running(session, "850101100303", "child-allowance", TODAY) is None
        assert storage.find_running(session, "850101100022", "child-allowance", date(2027, 3, 2)) is None
        assert storage.end_grant(session, "c1", date(2026, 3, 1)) is not None
        assert storage.find_running(session, "850101100022", "child-allowance", TODAY) is None
        assert storage.end_grant(session, "c9", TODAY) is None


def test_register_of_grants_is_filled_once_and_told_by_state(database: Database) -> None:
    with database.transaction() as session:
        assert storage.seed_recipients(session, GRANTS)
        assert not storage.seed_recipients(session, GRANTS)
    with database.read_session() as session:
        running = storage.list_recipients(session, TODAY, ListPlace(500), GrantState.RUNNING, None, None).rows
        ended = storage.list_recipients(session, TODAY, ListPlace(500), GrantState.ENDED, None, None).rows
    assert len(running) + len(ended) == len(GRANTS)
    assert all(one.until >= TODAY for one in running)
    assert all(one.until < TODAY for one in ended)
