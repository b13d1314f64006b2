"""Permits: their kinds and states, and the effect of each variant of the service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.contracts.population import SyntheticPerson

SERVICE = "foreign-labour-permit"


class PermitKind(StrEnum):
    """The kind of a permit."""

    EMPLOYER = "employer"
    """работодателю: привлечение иностранной рабочей силы"""
    WORKER = "worker"
    """иностранному работнику: трудоустройство"""


class PermitState(StrEnum):
    """The state of a permit; ``expired`` is derived for a permit whose term has ended."""

    ISSUED = "issued"
    EXTENDED = "extended"
    REISSUED = "reissued"
    """Another permit has replaced this one."""
    EXPIRED = "expired"


class PermitAction(StrEnum):
    """The effect of a granted application."""

    ISSUE = "issue"
    EXTEND = "extend"
    REISSUE = "reissue"
    EXTEND_OR_ISSUE = "extend-or-issue"


VARIANTS = {
    "employer-issue": (PermitKind.EMPLOYER, PermitAction.ISSUE),
    "employer-reissue": (PermitKind.EMPLOYER, PermitAction.REISSUE),
    "employer-extension": (PermitKind.EMPLOYER, PermitAction.EXTEND),
    "worker-issue-or-extension": (PermitKind.WORKER, PermitAction.EXTEND_OR_ISSUE),
    "worker-reissue": (PermitKind.WORKER, PermitAction.REISSUE),
}
"""The five variants of KZ-ATY.2 and KZ-AKM.1."""

IN_FORCE = frozenset({PermitState.ISSUED, PermitState.EXTENDED})


@dataclass(frozen=True)
class Permit:
    """A permit at its first entry."""

    number: str
    kind: PermitKind
    holder: str
    valid_from: date
    valid_to: date


def format_permit_number(year: int, serial: int) -> str:
    """The number of a permit, ``KZ26EL0000017``."""
    return f"KZ{year % 100:02}EL{serial:07}"


def year_on(day: date) -> date:
    """The day a year after ``day``, for terms of permits; 1 March for 29 February."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:  # 29 February
        return date(day.year + 1, 3, 1)


def state_on(state: PermitState, valid_to: date, day: date) -> PermitState:
    """The state of a permit on a day."""
    return PermitState.EXPIRED if state in IN_FORCE and valid_to < day else state


def mask_holder(iin: str) -> str:
    """The public form of a holder: the last four digits of the ИИН."""
    return f"…{iin[-4:]}"


def synthetic_permits(people: Iterable[SyntheticPerson], day: date) -> Iterator[Permit]:
    """A permit of each kind for every living person whose ИИН ends in an even digit, valid to the end of the next
    year.
    """
    serial = SEEDED
    for person in people:
        if not person.is_alive or int(person.iin[-1]) % 2:
            continue
        for kind in PermitKind:
            serial += 1
            first, last = date(day.year, 1, 1), date(day.year + 1, 12, 31)
            yield Permit(format_permit_number(day.year, serial), kind, person.iin, first, last)


SEEDED = 5_000_000
"""Serial numbers above are of synthetic permits, those below of granted applications."""
