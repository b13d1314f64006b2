"""The synthetic employees: those that the regulations need at each department and service centre."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlmodel import Session

from shared.bus.errors import NotFound
from shared.contracts.identifiers import make_bin
from shared.contracts.population import population
from shared.regulations.model import Office, Passport
from shared.regulations.process.graph import Graph
from shared.workplace.people.roles import Role, roles_of
from shared.workplace.profile import WorkplaceProfile
from shared.workplace.records import storage
from shared.workplace.records.storage import EmployeeRow

COUNTRY_CENTRE = "kz.con.01"
"""The one service centre where an act opens the ЦОН and lists none (ours)."""


def staff(profile: WorkplaceProfile, graphs: Sequence[tuple[Passport, Graph]]) -> Iterator[dict[str, str]]:
    """Rows for the table of employees, without passwords; the same at every start."""
    places = _places(profile, graphs)
    posts = [(code, role) for code, (_, roles) in places.items() for role in Role if role in roles]
    people = population(profile.seed, len(posts))
    bins = _bins(passport for passport, _ in graphs)
    for (code, role), person in zip(posts, people, strict=True):
        yield {
            "iin": person.iin,
            "authority": code,
            "role": role.value,
            "organisation": places[code][0],
            "bin": bins[code],
            "surname": person.surname,
            "name": person.name,
            "patronymic": person.patronymic,
        }


def _bins(passports: Iterable[Passport]) -> dict[str, str]:
    """Every department's and centre's БИН, the same at each system."""
    codes = {
        office.code for passport in passports for office in (*passport.directories.departments, *centres(passport))
    }
    return {code: _bin(n) for n, code in enumerate(sorted(codes), start=1)}


def _places(
    profile: WorkplaceProfile, graphs: Sequence[tuple[Passport, Graph]]
) -> dict[str, tuple[str, set[Role]]]:
    """Departments by code: name and the roles that are needed there."""
    found: dict[str, tuple[str, set[Role]]] = {}
    for passport, graph in graphs:
        roles = _needed(profile, graph)
        if roles:
            for office in centres(passport) if profile.is_con else passport.directories.departments:
                found.setdefault(office.code, (office.name, set()))[1].update(roles)
    return found


def _needed(profile: WorkplaceProfile, graph: Graph) -> set[Role]:
    """The roles without which some step of this system would be nobody's."""
    needed: set[Role] = set()
    for node in graph.nodes:
        if node.holder in profile.systems and node.end is None and node.op == "compose":
            needed.add(Role.EXECUTOR)
        elif node.holder in profile.systems and node.end is None and not node.is_automatic:
            roles = roles_of(node)
            if profile.is_con:
                needed.add(Role.OPERATOR)
            elif roles == frozenset(Role):
                needed.add(Role.EXECUTOR)
            else:
                needed |= roles
    return needed


def centres(passport: Passport) -> tuple[Office, ...]:
    """The service centres of the act; where it lists none, the one that stands for them all."""
    listed = passport.directories.con_offices
    return listed or (
        Office(
            n=1,
            code=COUNTRY_CENTRE,
            name="Центр обслуживания населения",
            address=None,
            phones=(),
            listed=False,
        ),
    )


class Staff:
    """Who works where, remembered: employees do not change while the system runs."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, frozenset[Role]], EmployeeRow] = {}

    def of(self, session: Session, authority: str, roles: frozenset[Role]) -> EmployeeRow:
        """Somebody of the authority in one of the roles; NotFound ``authority-unknown``."""
        key = (authority, roles)
        if key not in self._known:
            found = [one for one in storage.employees_of(session, authority) if Role(one.role) in roles]
            if not found:
                raise NotFound("authority-unknown", "nobody works for this authority here", authority=authority)
            # what is remembered must not be of this session: if it rolls back, the row's attributes go with it
            session.expunge(found[0])
            self._known[key] = found[0]
        return self._known[key]


def _bin(n: int) -> str:
    """A БИН of a department, with a month long past; the next serial where a number is never issued."""
    serial = n
    while (made := make_bin(1999, 1, serial=serial)) is None:
        serial += 1_000
    return made
