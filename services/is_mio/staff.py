"""The synthetic employees: one for each department that the passports name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlmodel import Session

from services.is_mio import storage
from services.is_mio.storage import EmployeeRow
from shared.contracts.identifiers import make_bin
from shared.contracts.population import population
from shared.regulations.model import Passport

STAFF_SEED = 20_120_523
"""Another seed than the citizens': employees are other people."""


def staff(passports: Sequence[Passport]) -> Iterator[dict[str, str]]:
    """Rows for the table of employees, without passwords; the same at every start."""
    offices = (office for passport in passports for office in passport.directories.departments)
    departments = list({office.code: office for office in offices}.values())
    for n, (office, person) in enumerate(
        zip(departments, population(STAFF_SEED, len(departments)), strict=True), start=1
    ):
        yield {
            "iin": person.iin,
            "authority": office.code,
            "organisation": office.name,
            "bin": _bin(n),
            "surname": person.surname,
            "name": person.name,
            "patronymic": person.patronymic,
        }


class Staff:
    """Who works where, remembered: employees do not change while the system runs."""

    def __init__(self) -> None:
        self._known: dict[str, EmployeeRow] = {}

    def of(self, session: Session, authority: str) -> EmployeeRow:
        """Somebody who works for the authority; NotFound ``authority-unknown``."""
        if authority not in self._known:
            self._known[authority] = storage.employee_of(session, authority)
        return self._known[authority]


def _bin(n: int) -> str:
    """A БИН of a department, with a month long past; the next serial where a number is never issued."""
    serial = n
    while (made := make_bin(1999, 1, serial=serial)) is None:
        serial += 1_000
    return made
