"""The documents of a citizen, and the conduct towards queries."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path

import pytest

from services.is_cgo import storage
from services.is_cgo.conduct_rules import SEED, share_rules
from services.is_cgo.domain import (
    ConductMode,
    ConductRule,
    Papers,
    answer_of,
    check_kinds,
    synthetic_papers,
)
from services.is_cgo.settings import CgoSettings
from shared.bus.clocks.clock import ManualClock
from shared.bus.errors import Malformed
from shared.bus.persistence.database import Database, database_url
from shared.contracts.population import make_population
from shared.contracts.registers import CitizenKind, DisabilityRecord, IdentityDocument, ResidenceRecord
from shared.sandbox.matching import ExchangeFacts, takes_part
from shared.sandbox.rule_book import RuleBook
from shared.sandbox.rules import ExchangePlace

TODAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PEOPLE = list(make_population(1, 1000))
EVERY = tuple(CitizenKind)
IIN = PEOPLE[0].iin


def papers(seed: int = 1) -> dict[str, Papers]:
    return {person.iin: dict(synthetic_papers(person, seed, TODAY)) for person in PEOPLE}


def test_papers_are_the_same_by_the_same_seed_and_others_by_another() -> None:
    assert papers() == papers()
    assert papers() != papers(seed=2)


def test_papers_of_a_person_do_not_hang_on_who_else_there_is() -> None:
    alone = dict(synthetic_papers(next(islice(make_population(1, 1000), 700, None)), 1, TODAY))
    assert alone == papers()[PEOPLE[700].iin]


def test_papers_of_each_kind_are_held_by_most_or_few_people() -> None:
    every = papers().values()
    counts = {kind: sum(kind in one for one in every) for kind in EVERY}
    assert counts[CitizenKind.IDENTITY_DOCUMENT] == 1000
    assert 960 <= counts[CitizenKind.RESIDENCE] < 1000
    assert 870 <= counts[CitizenKind.BIRTH_RECORD] <= 930
    assert 60 <= counts[CitizenKind.DISABILITY] <= 110
    identity = [one[CitizenKind.IDENTITY_DOCUMENT] for one in every]
    run_out = sum(isinstance(one, IdentityDocument) and one.valid_to < TODAY for one in identity)
    assert 30 <= run_out <= 75


def test_citizen_lives_where_the_register_of_people_says() -> None:
    for person in PEOPLE:
        found = papers_of_one(person.iin).get(CitizenKind.RESIDENCE)
        if isinstance(found, ResidenceRecord):
            assert (found.region, found.address) == (person.region, person.address)
            assert found.registered_on < TODAY


def papers_of_one(iin: str) -> Papers:
    person = next(one for one in PEOPLE if one.iin == iin)
    return dict(synthetic_papers(person, 1, TODAY))


def test_disability_holds_today_for_a_term_or_for_life() -> None:
    found = [one[CitizenKind.DISABILITY] for one in papers().values() if CitizenKind.DISABILITY in one]
    terms = {one.valid_to is None for one in found if isinstance(one, DisabilityRecord)}
    assert terms == {True, False}
    assert all(one.valid_from < TODAY for one in found if isinstance(one, DisabilityRecord))
    assert all(one.valid_to is None or one.valid_to > TODAY for one in found if isinstance(one, DisabilityRecord))


def test_citizen_answer_holds_what_was_asked_for_and_names_what_is_absent() -> None:
    held = papers_of_one(IIN)
    without: Papers = {kind: paper for kind, paper in held.items() if kind is not CitizenKind.DISABILITY}
    answer = answer_of(IIN, (CitizenKind.DISABILITY, CitizenKind.IDENTITY_DOCUMENT), without)
    assert answer.identity_document == held[CitizenKind.IDENTITY_DOCUMENT]
    assert (answer.residence, answer.birth_record, answer.disability) == (None, None, None)
    assert answer.absent == (CitizenKind.DISABILITY,)


def test_citizen_question_asks_for_no_kind_twice() -> None:
    check_kinds(EVERY)
    with pytest.raises(Malformed) as caught:
        check_kinds((CitizenKind.RESIDENCE, CitizenKind.RESIDENCE))
    assert caught.value.code == "citizen-kinds-repeated"


@pytest.mark.parametrize(("percent", "least", "most"), [(0, 0, 0), (20, 160, 240), (100, 1000, 1000)])
def test_share_of_people_is_kept_and_a_wider_one_holds_the_narrower(percent: int, least: int, most: int) -> None:
    silent = {person.iin for person in PEOPLE if takes_part(percent, SEED, person.iin)}
    assert least <= len(silent) <= most
    assert silent <= {person.iin for person in PEOPLE if takes_part(min(100, percent + 10), SEED, person.iin)}


def made(folder: Path) -> Database:
    database = Database(database_url(None, folder, "is_cgo"), storage.Base.metadata)
    database.create_schema()
    return database


def test_register_of_papers_is_filled_once_and_gives_back_what_was_put_in(tmp_path: Path) -> None:
    database = made(tmp_path)
    given = [(iin, kind, paper) for iin, held in papers().items() for kind, paper in held.items()]
    with database.transaction() as session:
        assert storage.seed_papers(session, given)
        assert not storage.seed_papers(session, given[:1])
    with database.read_session() as session:
        assert storage.papers_of(session, IIN) == papers_of_one(IIN)
        assert storage.papers_of(session, "850101100022") == {}


def test_conduct_rule_of_a_person_goes_before_everybodys_until_taken_away(tmp_path: Path) -> None:
    book, settings = RuleBook(ManualClock(NOW)), CgoSettings()

    def trouble(iin: str) -> str | None:
        share_rules(session, book, settings)
        hit = book.draw("is_cgo", ExchangePlace.SERVICE, ExchangeFacts(iin=iin))
        return None if hit is None else hit.effect.trouble

    with made(tmp_path).transaction() as session:
        assert trouble(IIN) is None
        storage.set_rule(session, storage.EVERYBODY, ConductRule(ConductMode.SLOW, 100, 3))
        storage.set_rule(session, IIN, ConductRule(ConductMode.NO_DATA))
        storage.set_rule(session, IIN, ConductRule(ConductMode.SILENT))
        assert (trouble(IIN), trouble(PEOPLE[1].iin)) == ("silent", "slow")
        assert storage.drop_rule(session, IIN)
        assert not storage.drop_rule(session, IIN)
        assert trouble(IIN) == "slow"


def test_citizen_answer_that_is_slow_is_due_at_its_time_and_is_taken_by_one_only(tmp_path: Path) -> None:
    fields = {
        "asked_at": NOW,
        "asker": "is_mio",
        "neighbour": "shep_gateway",
        "correlation_id": "c",
        "service_id": "is-cgo-citizen",
        "iin": IIN,
        "mode": "slow",
        "due_at": NOW + timedelta(seconds=5),
    }
    with made(tmp_path).transaction() as session:
        storage.add_question(session, fields, EVERY)
        assert storage.due_questions(session, NOW + timedelta(seconds=4), 10) == []
        (row,) = storage.due_questions(session, NOW + timedelta(seconds=5), 10)
        assert storage.kinds_of(row) == EVERY
        assert storage.mark_answered(session, row.n or 0, NOW)
        assert not storage.mark_answered(session, row.n or 0, NOW)
        assert storage.due_questions(session, NOW + timedelta(seconds=6), 10) == []
