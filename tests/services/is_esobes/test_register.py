"""The register of recipients: terms, and who is in it from the beginning."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from services.is_esobes import storage
from services.is_esobes.domain import DAYS, State, state_on, synthetic_grants, until
from services.is_esobes.storage import RecipientRow
from shared.bus.persistence.database import Database, database_url
from shared.contracts.payments import PAYS
from shared.contracts.population import population

TODAY = date(2026, 3, 2)
PEOPLE = list(population(1, 400))
GRANTS = list(synthetic_grants(PEOPLE, TODAY))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(database_url(None, tmp_path, "is_esobes"), storage.tables())
    made.create()
    return made


def row(case: str, iin: str, first: date = TODAY) -> RecipientRow:
    return RecipientRow(
        id=case,
        iin=iin,
        service_type="child-allowance",
        regulation="KZ-ATY.6",
        region="KZ-ATY",
        since=first,
        until=until("child-allowance", first),
    )


def test_every_service_that_pays_has_its_term_and_the_last_day_counts() -> None:
    assert set(DAYS) == set(PAYS)
    last = until("targeted-social-assistance", TODAY)
    assert (last, state_on(last, last)) == (date(2026, 5, 31), State.RUNNING)
    assert state_on(last, date(2026, 6, 1)) is State.ENDED


def test_whoever_is_seeded_with_an_even_number_receives_nothing_any_more() -> None:
    alive = {one.iin for one in PEOPLE if one.is_alive}
    running = {one.iin for one in GRANTS if state_on(one.until, TODAY) is State.RUNNING}
    ended = {one.iin for one in GRANTS} - running
    assert running
    assert ended
    assert {int(iin[-1]) % 2 for iin in running} == {1}
    assert {int(iin[-1]) % 2 for iin in ended} == {0}
    assert running | ended <= alive


def test_a_grant_runs_for_its_person_and_service_until_it_is_ended(database: Database) -> None:
    with database.transaction() as session:
        assert storage.write(session, row("c1", "850101100022"))
        assert not storage.write(session, row("c1", "850101100022"))
    with database.transaction() as session:
        found = storage.running(session, "850101100022", "child-allowance", TODAY)
        assert found is not None
        assert storage.running(session, "850101100022", "fuel-assistance", TODAY) is None
        assert storage.running(session, "850101100303", "child-allowance", TODAY) is None
        assert storage.running(session, "850101100022", "child-allowance", date(2027, 3, 2)) is None
        assert storage.end(session, "c1", date(2026, 3, 1)) is not None
        assert storage.running(session, "850101100022", "child-allowance", TODAY) is None
        assert storage.end(session, "c9", TODAY) is None


def test_the_register_is_filled_once_and_told_by_state(database: Database) -> None:
    with database.transaction() as session:
        assert storage.seed(session, GRANTS)
        assert not storage.seed(session, GRANTS)
    with database.reading() as session:
        running = storage.recipients(session, TODAY, 500, State.RUNNING, None, None)
        ended = storage.recipients(session, TODAY, 500, State.ENDED, None, None)
    assert len(running) + len(ended) == len(GRANTS)
    assert all(one.until >= TODAY for one in running)
    assert all(one.until < TODAY for one in ended)
