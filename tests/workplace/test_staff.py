"""The employees of a system with a workplace."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.catalog import INSTANCES
from shared.bus.errors import NotFound
from shared.bus.persistence.database import Database, database_url
from shared.contracts.identifiers import check_bin
from shared.contracts.organisations import known_organisations
from shared.regulations.model import EmployeeRole
from shared.regulations.passport_book import PassportBook
from shared.workplace.people.offices import offices_of_kind
from shared.workplace.people.staff import StaffDirectory, make_employees
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from tests.workplace.kit import WORKPLACES, profile

GRAPHS = list(PassportBook.load().all_graphs())


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(database_url(None, tmp_path, "is_mio"), storage.Base.metadata)
    made.create_schema()
    return made


def test_employees_are_taken_on_once_and_found_by_department_and_role(database: Database) -> None:
    rows = [{**person, "password_hash": "…"} for person in make_employees(profile("is_mio"), GRAPHS)]
    with database.transaction() as session:
        assert storage.add_employees(session, rows)
        assert not storage.add_employees(session, rows)
    with database.read_session() as session:
        head = StaffDirectory().find_employee(session, "kz-akm.employment.01", frozenset({EmployeeRole.HEAD}))
        assert (head.authority, head.role) == ("kz-akm.employment.01", "head")
        with pytest.raises(NotFound) as caught:
            StaffDirectory().find_employee(session, "nowhere", frozenset(EmployeeRole))
    assert caught.value.code == "authority-unknown"


def test_employee_asked_for_in_a_failed_transaction_is_known_in_the_next(database: Database) -> None:
    with database.transaction() as session:
        storage.add_employees(
            session, [{**one, "password_hash": "…"} for one in make_employees(profile("is_mio"), GRAPHS)]
        )
    known, heads = StaffDirectory(), frozenset({EmployeeRole.HEAD})

    def ask_in_vain() -> None:
        with database.transaction() as session:
            known.find_employee(session, "kz-akm.employment.01", heads)
            raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        ask_in_vain()
    with database.transaction() as session:
        head = known.find_employee(session, "kz-akm.employment.01", heads)
        assert (head.authority, head.role) == ("kz-akm.employment.01", "head")


@pytest.mark.parametrize("name", WORKPLACES)
def test_employee_is_there_for_every_step_that_people_take(name: str) -> None:
    made = profile(name)
    there = {(one["authority"], EmployeeRole(one["role"])) for one in make_employees(made, GRAPHS)}
    steps = 0
    for passport, graph in GRAPHS:
        for node in graph.nodes:
            if node.holder in made.systems and node.end is None and not node.is_automatic:
                steps += 1
                assert node.office is not None
                for office in offices_of_kind(passport, node.office):
                    assert any((office.code, role) in there for role in node.roles), (passport.id, node.id)
    assert steps > 5


def test_employees_are_the_same_at_every_start_and_nobody_works_at_two_systems() -> None:
    everybody = [person for name in WORKPLACES for person in make_employees(profile(name), GRAPHS)]
    assert everybody == [person for name in WORKPLACES for person in make_employees(profile(name), GRAPHS)]
    assert len({person["iin"] for person in everybody}) == len(everybody)


def test_department_has_one_number_at_every_system() -> None:
    everybody = [person for name in WORKPLACES for person in make_employees(profile(name), GRAPHS)]
    pairs = {(person["authority"], person["bin"]) for person in everybody}
    assert len({authority for authority, _ in pairs}) == len({number for _, number in pairs}) == len(pairs)
    assert all(check_bin(number) == number for _, number in pairs)


def test_register_gives_each_system_the_organisations_at_which_it_has_steps_and_no_other() -> None:
    for name in WORKPLACES:
        needed = {(person["bin"], person["organisation"]) for person in make_employees(profile(name), GRAPHS)}
        assert {(one.bin, one.name) for one in known_organisations().organisations_of(name)} == needed
    assert {name for one in known_organisations() for name in one.systems} == set(WORKPLACES)


def test_catalogue_runs_each_of_these_systems() -> None:
    assert {instance.address for instance in INSTANCES} >= set(WORKPLACES)
    assert all(isinstance(profile(name), WorkplaceProfile) for name in WORKPLACES)
