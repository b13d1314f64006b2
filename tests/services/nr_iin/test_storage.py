"""The persons of the register."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from services.nr_iin import storage
from services.nr_iin.domain import disclose_person
from shared.bus.persistence.database import Database, database_url
from shared.bus.persistence.list_pages import ListPlace
from shared.contracts.population import make_population
from shared.contracts.registers import PersonRecord

PEOPLE = [PersonRecord(**asdict(one)) for one in make_population(1, 40)]


def filled(folder: Path) -> Database:
    database = Database(database_url(None, folder, "nr_iin"), storage.Base.metadata)
    database.create_schema()
    with database.transaction() as session:
        assert storage.seed_persons(session, PEOPLE)
        assert not storage.seed_persons(session, PEOPLE[:1]), "a register that has people is not filled again"
    return database


def test_register_of_people_finds_the_holder_of_a_number_and_nobody_else(tmp_path: Path) -> None:
    with filled(tmp_path).read_session() as session:
        assert storage.find_person(session, PEOPLE[7].iin) == PEOPLE[7]
        assert storage.find_person(session, "850101100022") is None


def test_register_of_people_is_read_page_by_page_in_the_order_of_the_numbers(tmp_path: Path) -> None:
    everyone = sorted(PEOPLE, key=lambda person: person.iin)
    with filled(tmp_path).read_session() as session:
        first = storage.list_persons(session, None, "", ListPlace(15)).rows
        rest = storage.list_persons(session, None, first[-1].iin, ListPlace(1000)).rows
        assert first + rest == everyone
        southern = [person for person in everyone if person.region == "KZ-YUZ"]
        assert storage.list_persons(session, "KZ-YUZ", "", ListPlace(1000)).rows == southern


def test_register_of_people_discloses_everything_held_for_the_acts_name_no_limit() -> None:
    assert disclose_person(PEOPLE[0]) == PEOPLE[0]
