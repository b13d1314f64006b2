"""Permits: their kinds and states, and what each variant of the service does to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.contracts.population import Person

SERVICE = "foreign-labour-permit"


class Kind(StrEnum):
    """What is permitted."""

    EMPLOYER = "employer"
    """работодателю: привлечение иностранной рабочей силы"""
    WORKER = "worker"
    """иностранному работнику: трудоустройство"""


class State(StrEnum):
    """How a permit stands; ``expired`` is told of what was in force and has run out."""

    ISSUED = "issued"
    EXTENDED = "extended"
    REISSUED = "reissued"
    """Another permit took its place."""
    EXPIRED = "expired"


class Deed(StrEnum):
    """What a granted application does."""

    ISSUE = "issue"
    EXTEND = "extend"
    REISSUE = "reissue"
    EXTEND_OR_ISSUE = "extend-or-issue"


VARIANTS = {
    "employer-issue": (Kind.EMPLOYER, Deed.ISSUE),
    "employer-reissue": (Kind.EMPLOYER, Deed.REISSUE),
    "employer-extension": (Kind.EMPLOYER, Deed.EXTEND),
    "worker-issue-or-extension": (Kind.WORKER, Deed.EXTEND_OR_ISSUE),
    "worker-reissue": (Kind.WORKER, Deed.REISSUE),
}
"""The five affairs of KZ-ATY.2 and KZ-AKM.1."""

IN_FORCE = frozenset({State.ISSUED, State.EXTENDED})


@dataclass(frozen=True)
class Permit:
    """A permit as it is first entered."""

    number: str
    kind: Kind
    holder: str
    valid_from: date
    valid_to: date


def number(year: int, serial: int) -> str:
    """A permit's number, ``KZ26EL0000017``."""
    return f"KZ{year % 100:02}EL{serial:07}"


def year_on(day: date) -> date:
    """The last day of a year that begins on ``day``, as of a permit's term."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)


def state_on(state: State, valid_to: date, day: date) -> State:
    """How a permit stands on a day."""
    return State.EXPIRED if state in IN_FORCE and valid_to < day else state


def masked(iin: str) -> str:
    """A holder as anybody may see him: the last four digits of his ИИН."""
    return f"…{iin[-4:]}"


def synthetic_permits(people: Iterable[Person], day: date) -> Iterator[Permit]:
    """A permit of each kind for everybody alive whose ИИН ends in an even digit, until the next year ends."""
    serial = SEEDED
    for person in people:
        if not person.is_alive or int(person.iin[-1]) % 2:
            continue
        for kind in Kind:
            serial += 1
            first, last = date(day.year, 1, 1), date(day.year + 1, 12, 31)
            yield Permit(number(day.year, serial), kind, person.iin, first, last)


SEEDED = 5_000_000
"""The numbers above it are of the synthetic permits, those below of granted applications."""
