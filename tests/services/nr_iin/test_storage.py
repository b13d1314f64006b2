"""The persons of the register."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from services.nr_iin import storage
from services.nr_iin.domain import disclosed
from shared.bus.persistence.database import Database, database_url
from shared.contracts.population import population
from shared.contracts.registers import Person

PEOPLE = [Person(**asdict(one)) for one in population(1, 40)]


def filled(folder: Path) -> Database:
    database = Database(database_url(None, folder, "nr_iin"), storage.Base.metadata)
    database.create()
    with database.transaction() as session:
        assert storage.seed(session, PEOPLE)
        assert not storage.seed(session, PEOPLE[:1]), "a register that has people is not filled again"
    return database


def test_the_register_finds_whoever_holds_a_number_and_nobody_else(tmp_path: Path) -> None:
    with filled(tmp_path).reading() as session:
        assert storage.find(session, PEOPLE[7].iin) == PEOPLE[7]
        assert storage.find(session, "850101100022") is None


def test_the_register_is_read_page_by_page_in_the_order_of_the_numbers(tmp_path: Path) -> None:
    everyone = sorted(PEOPLE, key=lambda person: person.iin)
    with filled(tmp_path).reading() as session:
        first = storage.page(session, None, "", 15)
        rest = storage.page(session, None, first[-1].iin, 1000)
        assert first + rest == everyone
        southern = [person for person in everyone if person.region == "KZ-YUZ"]
        assert storage.page(session, "KZ-YUZ", "", 1000) == southern


def test_the_register_discloses_everything_it_holds_for_the_acts_name_no_limit() -> None:
    assert disclosed(PEOPLE[0]) == PEOPLE[0]
