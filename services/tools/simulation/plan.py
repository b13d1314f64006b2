"""Who applies for what, where and when: drawn from the seed before anything begins.

The weights are ours (docs/divergences.md): the acts say who may apply and where, and nothing of how many do.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from types import MappingProxyType

from shared.contracts.local_time import KAZAKHSTAN
from shared.contracts.population import Person, population
from shared.regulations.book import PassportBook
from shared.regulations.calendar import Calendar
from shared.regulations.model import Passport
from shared.regulations.process.graph import Graph

REGIONS: Mapping[str, float] = MappingProxyType({"KZ-AKM": 0.35, "KZ-ATY": 0.3, "KZ-SEV": 0.1, "KZ-YUZ": 0.25})
CHANNELS: Mapping[str, float] = MappingProxyType({"portal": 0.4, "provider": 0.3, "con": 0.25, "akim": 0.05})
"""Of those that the act gives."""
REFUSED = 0.2
"""Of the applicants the registers do not speak for so many: their ИИН is odd."""
MISSING = 0.04
"""So many bring too few papers to a window."""
WEEKEND, NIGHT = 0.4, 0.2
"""By the portal people apply on days off and at night, too, that much more rarely."""
WINDOW = (time(9), time(18))
DAY = timedelta(days=1)
PORTAL_CASES = 20
"""One even and one odd citizen of the portal for so many cases."""
GRAIN = 15
"""People come, and clerks are done, on whole minutes of this many."""
NAMESPACE = uuid.UUID("6f1d0a52-3c1b-4a8e-9d58-2c5a7e0f4b11")


@dataclass(frozen=True)
class Arrival:
    """One application to be: everything about it but the papers. ``pick`` chooses the department."""

    n: int
    at: datetime
    passport: Passport
    graph: Graph
    applicant: Person
    pick: float
    is_complete: bool
    seed: int

    @property
    def case(self) -> str:
        return self.id(0)

    def id(self, count: int) -> str:
        """The case's own ids, the application's first."""
        return str(uuid.uuid5(NAMESPACE, f"{self.seed}/{self.n}/{count}"))


@dataclass(frozen=True)
class Plan:
    """A country's month: the first midnight in Kazakhstan, how long, how many, from which seed."""

    first: date
    days: int
    cases: int
    seed: int

    @property
    def start(self) -> datetime:
        return datetime.combine(self.first, time(), KAZAKHSTAN)

    @property
    def end(self) -> datetime:
        return self.start + self.days * DAY

    @property
    def people(self) -> int:
        """How many people the country has: enough for every case to be somebody's own."""
        return 1000 + 4 * self.cases


def arrivals(plan: Plan, book: PassportBook) -> list[Arrival]:
    """All of them, the first to come first."""
    dice = Random(f"plan {plan.seed}")  # noqa: S311 - the same again is the purpose
    people = _People(plan)
    shops = {region: [one for one in book.all if one.region == region] for region in REGIONS}
    made = [_arrival(n, plan, dice, shops, people, book) for n in range(plan.cases)]
    return sorted(made, key=lambda one: (one.at, one.n))


def _arrival(
    n: int,
    plan: Plan,
    dice: Random,
    shops: Mapping[str, Sequence[Passport]],
    people: _People,
    book: PassportBook,
) -> Arrival:
    passport = dice.choice(shops[_weighted(dice, REGIONS)])
    channel = _weighted(dice, {one: CHANNELS[one] for one in passport.channels.accept})
    variant, is_even = dice.choice(passport.variants), dice.random() >= REFUSED
    is_by_portal = channel == "portal"
    known = people.at_portal(dice, passport, variant, is_even=is_even) if is_by_portal else None
    return Arrival(
        n=n,
        at=_moment(dice, plan, is_by_portal=is_by_portal),
        passport=passport,
        graph=book.graph(passport.id, channel, variant),
        applicant=known or people.next(is_even=is_even),
        pick=dice.random(),
        is_complete=dice.random() >= MISSING,
        seed=plan.seed,
    )


def _weighted(dice: Random, weights: Mapping[str, float]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _moment(dice: Random, plan: Plan, *, is_by_portal: bool) -> datetime:
    """At a window while it is open; by the portal whenever."""
    calendar = Calendar()
    days = [plan.first + n * DAY for n in range(plan.days)]
    weights = [1.0 if calendar.is_working(day) else WEEKEND * is_by_portal for day in days]
    day = dice.choices(days, weights)[0] if any(weights) else plan.first
    opens, closes = (at.hour * 60 for at in WINDOW)
    is_night = is_by_portal and dice.random() < NIGHT
    minute = (
        dice.randrange(opens - 24 * 60 + closes, opens) % (24 * 60) if is_night else dice.randrange(opens, closes)
    )
    return datetime.combine(day, time(), KAZAKHSTAN) + timedelta(minutes=minute - minute % GRAIN)


class _People:
    """The living: each comes to a window once; at the portal some few apply for this and that."""

    def __init__(self, plan: Plan) -> None:
        self._living = iter(one for one in population(plan.seed, plan.people) if one.is_alive)
        self._waiting: dict[bool, list[Person]] = {True: [], False: []}
        self._at_portal: dict[bool, list[Person]] = {True: [], False: []}
        self._size = max(5, plan.cases // PORTAL_CASES)
        self._applied: set[tuple[str, str, str]] = set()

    def at_portal(self, dice: Random, passport: Passport, variant: str, *, is_even: bool) -> Person:
        """Somebody who has not applied for the same before."""
        known = self._at_portal[is_even]
        while len(known) < self._size:
            known.append(self.next(is_even=is_even))
        free = [one for one in known if (one.iin, passport.id, variant) not in self._applied]
        if not free:
            known.append(self.next(is_even=is_even))
        found = dice.choice(free or known[-1:])
        self._applied.add((found.iin, passport.id, variant))
        return found

    def next(self, *, is_even: bool) -> Person:
        while not self._waiting[is_even]:
            one = next(self._living)
            self._waiting[int(one.iin[-1]) % 2 == 0].append(one)
        return self._waiting[is_even].pop(0)
