"""The synthetic employees that the regulations need at each department and service centre."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set

from sqlmodel import Session

from shared.bus.errors import NotFound
from shared.contracts.organisations import Organisation, known_organisations
from shared.contracts.population import SyntheticPerson, make_population
from shared.regulations.model import EmployeeRole, Passport
from shared.regulations.process.graph import ProcessGraph
from shared.workplace.people.offices import offices_of_kind
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.storage import EmployeeRow


def make_employees(
    profile: WorkplaceProfile, graphs: Sequence[tuple[Passport, ProcessGraph]]
) -> Iterator[dict[str, str]]:
    """The rows of the employees, without passwords; equal at every start."""
    places = _needed_places(profile, graphs)
    posts = [(code, role) for code, roles in places.items() for role in EmployeeRole if role in roles]
    people = make_population(profile.seed, len(posts))
    register = known_organisations()
    for (code, role), person in zip(posts, people, strict=True):
        yield _make_row(person, register.get_by_office(code), role)


def hire_employees(
    profile: WorkplaceProfile, graphs: Iterable[tuple[Passport, ProcessGraph]], authority: str, count: int
) -> list[dict[str, str]]:
    """The rows of new employees at an authority, one of each kind that the acts name there, beside the ``count``
    employees that the system has; without passwords. NotFound ``authority-unknown`` for what is no office of the
    acts.
    """
    organisation = known_organisations().find_by_office(authority)
    if organisation is None:
        raise NotFound("authority-unknown", "the acts have no such office", authority=authority)
    named = _people_by_office(graphs).get(authority, set())
    roles = [role for role in EmployeeRole if role in named]
    people = list(make_population(profile.seed, count + len(roles)))[count:]
    return [_make_row(person, organisation, role) for person, role in zip(people, roles, strict=True)]


def _make_row(person: SyntheticPerson, organisation: Organisation, role: EmployeeRole) -> dict[str, str]:
    return {
        "iin": person.iin,
        "authority": organisation.office,
        "role": role.value,
        "organisation": organisation.name,
        "bin": organisation.bin,
        "surname": person.surname,
        "name": person.name,
        "patronymic": person.patronymic,
    }


def _needed_places(
    profile: WorkplaceProfile, graphs: Sequence[tuple[Passport, ProcessGraph]]
) -> dict[str, set[EmployeeRole]]:
    """The people whom the acts name for the steps of this system, by the office's code."""
    return _people_by_office(graphs, profile.systems)


def _people_by_office(
    graphs: Iterable[tuple[Passport, ProcessGraph]], systems: Set[str] | None = None
) -> dict[str, set[EmployeeRole]]:
    """The people whom the acts name, at these systems or at all, by the office's code."""
    places: dict[str, set[EmployeeRole]] = {}
    for passport, graph in graphs:
        for node in graph.nodes:
            if node.office is not None and (systems is None or node.holder in systems):
                for office in offices_of_kind(passport, node.office):
                    places.setdefault(office.code, set()).update(node.roles)
    return places


class StaffDirectory:
    """A cache of employees, who do not change while the system runs."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, frozenset[EmployeeRole]], EmployeeRow] = {}

    def find_employee(self, session: Session, authority: str, roles: frozenset[EmployeeRole]) -> EmployeeRow:
        """An employee of the authority in one of the roles; NotFound ``authority-unknown``."""
        key = (authority, roles)
        if key not in self._known:
            members = [
                member for member in storage.employees_of(session, authority) if EmployeeRole(member.role) in roles
            ]
            if not members:
                raise NotFound("authority-unknown", "this authority has no employees here", authority=authority)
            # the cached row must leave this session: a rollback would expire its attributes
            session.expunge(members[0])
            self._known[key] = members[0]
        return self._known[key]
