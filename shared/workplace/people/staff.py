"""The synthetic employees that the regulations need at each department and service centre."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from shared.bus.errors import NotFound
from shared.contracts.organisations import Organisation, known_organisations
from shared.contracts.population import SyntheticPerson, make_population
from shared.regulations.model import DirectoryOffice, Passport
from shared.regulations.process.graph import ProcessGraph
from shared.workplace.people.roles import EmployeeRole, roles_of
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.storage import EmployeeRow

COUNTRY_CENTRE = "kz.con.01"
"""The single service centre where an act opens the ЦОН and lists no centre (ours)."""


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


def hire_employees(profile: WorkplaceProfile, authority: str, count: int) -> list[dict[str, str]]:
    """The rows of new employees at an authority, one of each role, beside the ``count`` employees that the system
    has; without passwords. NotFound ``authority-unknown`` for what is no office of the acts.
    """
    organisation = known_organisations().find_by_office(authority)
    if organisation is None:
        raise NotFound("authority-unknown", "the acts have no such office", authority=authority)
    people = list(make_population(profile.seed, count + len(EmployeeRole)))[count:]
    return [_make_row(person, organisation, role) for person, role in zip(people, EmployeeRole, strict=True)]


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
    """The roles that are needed at each department, by its code."""
    places: dict[str, set[EmployeeRole]] = {}
    for passport, graph in graphs:
        roles = _needed_roles(profile, graph)
        if roles:
            for office in offices_of(profile, passport):
                places.setdefault(office.code, set()).update(roles)
    return places


def _needed_roles(profile: WorkplaceProfile, graph: ProcessGraph) -> set[EmployeeRole]:
    """The roles that the steps of this system need."""
    needed: set[EmployeeRole] = set()
    for node in graph.nodes:
        if node.holder in profile.systems and node.end is None and node.op == "compose":
            needed.add(EmployeeRole.EXECUTOR)
        elif node.holder in profile.systems and node.end is None and not node.is_automatic:
            roles = roles_of(node)
            if profile.is_at_centres:
                needed.add(EmployeeRole.OPERATOR)
            elif roles == frozenset(EmployeeRole):
                needed.add(EmployeeRole.EXECUTOR)
            else:
                needed |= roles
    return needed


def offices_of(profile: WorkplaceProfile, passport: Passport) -> tuple[DirectoryOffice, ...]:
    """The offices of the act at which this system's people work."""
    return service_centres(passport) if profile.is_at_centres else passport.directories.departments


def service_centres(passport: Passport) -> tuple[DirectoryOffice, ...]:
    """The service centres of the act; for an act without a list, the single centre ``COUNTRY_CENTRE``."""
    listed = passport.directories.con_offices
    return listed or (
        DirectoryOffice(
            n=1,
            code=COUNTRY_CENTRE,
            name=known_organisations().get_by_office(COUNTRY_CENTRE).name,
            address=None,
            phones=(),
            listed=False,
        ),
    )


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
