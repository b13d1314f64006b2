"""The employees that ИС МИО keeps."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.is_mio import storage
from services.is_mio.staff import staff
from shared.bus.database import Database, database_url
from shared.bus.errors import NotFound
from shared.contracts.identifiers import check_bin
from shared.regulations.loader import load_passports


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(database_url(None, tmp_path, "is_mio"), storage.Base.metadata)
    made.create()
    return made


def test_every_department_has_an_employee_and_they_are_taken_on_once(database: Database) -> None:
    people = list(staff(load_passports()))
    rows = [{**person, "password_hash": "…"} for person in people]
    with database.transaction() as session:
        assert storage.add_employees(session, rows)
        assert not storage.add_employees(session, rows)
    departments = sorted({one.code for passport in load_passports() for one in passport.directories.departments})
    with database.reading() as session:
        assert [one.authority for one in storage.all_employees(session)] == departments
        assert storage.employee_of(session, departments[0]).authority == departments[0]
        with pytest.raises(NotFound) as caught:
            storage.employee_of(session, "nowhere")
    assert caught.value.code == "authority-unknown"


def test_the_employees_are_the_same_ones_at_every_start_and_their_numbers_are_right() -> None:
    people = list(staff(load_passports()))
    assert people == list(staff(load_passports()))
    assert len({person["iin"] for person in people}) == len({person["bin"] for person in people}) == len(people)
    assert [check_bin(person["bin"]) for person in people] == [person["bin"] for person in people]
