"""The plan of applications (person, service, place, moment), drawn from the seed before the simulation begins.

The weights are ours (docs/reference/divergences.md): the acts say who may apply and where, not how many people do.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from types import MappingProxyType

from shared.contracts.local_time import KAZAKHSTAN
from shared.contracts.population import SyntheticPerson, make_population
from shared.regulations.calendar import WorkingCalendar
from shared.regulations.model import Passport
from shared.regulations.passport_book import PassportBook
from shared.regulations.process.graph import ProcessGraph

REGIONS: Mapping[str, float] = MappingProxyType({"KZ-AKM": 0.35, "KZ-ATY": 0.3, "KZ-SEV": 0.1, "KZ-YUZ": 0.25})
CHANNELS: Mapping[str, float] = MappingProxyType({"portal": 0.4, "provider": 0.3, "con": 0.25, "akim": 0.05})
"""The weights of the channels, among those that the act opens."""
REFUSED = 0.2
"""The share of applicants with an odd ИИН, whom the synthetic registers do not support."""
MISSING = 0.04
"""The share of applicants who bring too few documents to a window."""
WEEKEND, NIGHT = 0.4, 0.2
"""The relative frequency of portal applications on days off and at night."""
WINDOW = (time(9), time(18))
DAY = timedelta(days=1)
PORTAL_CASES = 20
"""The number of cases for each even and each odd citizen of the portal."""
GRAIN = 15
"""The grid of moments in minutes: people come, and clerks finish, on multiples of it."""
NAMESPACE = uuid.UUID("6f1d0a52-3c1b-4a8e-9d58-2c5a7e0f4b11")


@dataclass(frozen=True)
class PlannedApplication:
    """One planned application, without its documents. ``pick`` (0 to 1) chooses the department."""

    n: int
    at: datetime
    passport: Passport
    graph: ProcessGraph
    applicant: SyntheticPerson
    pick: float
    is_complete: bool
    seed: int

    @property
    def case_id(self) -> str:
        return self.derive_id(0)

    def derive_id(self, count: int) -> str:
        """The ids of the case; number 0 is the application's."""
        return str(uuid.uuid5(NAMESPACE, f"{self.seed}/{self.n}/{count}"))


@dataclass(frozen=True)
class SimulationPlan:
    """The plan of a simulation: first day, number of days and of cases, seed."""

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
    def population_size(self) -> int:
        """The size of the population: enough people for every case to have an applicant of its own."""
        return 1000 + 4 * self.cases


def draw_applications(plan: SimulationPlan, book: PassportBook) -> list[PlannedApplication]:
    """All applications, ordered by moment."""
    dice = Random(f"plan {plan.seed}")  # noqa: S311 - the same again is the purpose
    people = _ApplicantPool(plan)
    regional_passports = {
        region: [passport for passport in book.passports if passport.region == region] for region in REGIONS
    }
    applications = [_draw_application(n, plan, dice, regional_passports, people, book) for n in range(plan.cases)]
    return sorted(applications, key=lambda application: (application.at, application.n))


def _draw_application(
    n: int,
    plan: SimulationPlan,
    dice: Random,
    regional_passports: Mapping[str, Sequence[Passport]],
    people: _ApplicantPool,
    book: PassportBook,
) -> PlannedApplication:
    passport = dice.choice(regional_passports[_draw_weighted(dice, REGIONS)])
    channel = _draw_weighted(
        dice, {accepted_channel: CHANNELS[accepted_channel] for accepted_channel in passport.channels.accept}
    )
    variant, is_even = dice.choice(passport.variants), dice.random() >= REFUSED
    is_by_portal = channel == "portal"
    portal_applicant = (
        people.choose_portal_citizen(dice, passport, variant, is_even=is_even) if is_by_portal else None
    )
    return PlannedApplication(
        n=n,
        at=_draw_moment(dice, plan, is_by_portal=is_by_portal),
        passport=passport,
        graph=book.get_graph(passport.id, channel, variant),
        applicant=portal_applicant or people.next_person(is_even=is_even),
        pick=dice.random(),
        is_complete=dice.random() >= MISSING,
        seed=plan.seed,
    )


def _draw_weighted(dice: Random, weights: Mapping[str, float]) -> str:
    return dice.choices(list(weights), list(weights.values()))[0]


def _draw_moment(dice: Random, plan: SimulationPlan, *, is_by_portal: bool) -> datetime:
    """A moment in the opening hours of a window, or any moment for the portal."""
    calendar = WorkingCalendar()
    days = [plan.first + n * DAY for n in range(plan.days)]
    weights = [1.0 if calendar.is_working(day) else WEEKEND * is_by_portal for day in days]
    day = dice.choices(days, weights)[0] if any(weights) else plan.first
    opens, closes = (at.hour * 60 for at in WINDOW)
    is_night = is_by_portal and dice.random() < NIGHT
    minute = (
        dice.randrange(opens - 24 * 60 + closes, opens) % (24 * 60) if is_night else dice.randrange(opens, closes)
    )
    return datetime.combine(day, time(), KAZAKHSTAN) + timedelta(minutes=minute - minute % GRAIN)


class _ApplicantPool:
    """The living people: each comes to a window once; at the portal a few citizens apply for several services."""

    def __init__(self, plan: SimulationPlan) -> None:
        self._living = iter(
            person for person in make_population(plan.seed, plan.population_size) if person.is_alive
        )
        self._waiting: dict[bool, list[SyntheticPerson]] = {True: [], False: []}
        self._at_portal: dict[bool, list[SyntheticPerson]] = {True: [], False: []}
        self._size = max(5, plan.cases // PORTAL_CASES)
        self._applied: set[tuple[str, str, str]] = set()

    def choose_portal_citizen(
        self, dice: Random, passport: Passport, variant: str, *, is_even: bool
    ) -> SyntheticPerson:
        """A citizen who has not applied for this service and variant before."""
        citizens = self._at_portal[is_even]
        while len(citizens) < self._size:
            citizens.append(self.next_person(is_even=is_even))
        free = [citizen for citizen in citizens if (citizen.iin, passport.id, variant) not in self._applied]
        if not free:
            citizens.append(self.next_person(is_even=is_even))
        citizen = dice.choice(free or citizens[-1:])
        self._applied.add((citizen.iin, passport.id, variant))
        return citizen

    def next_person(self, *, is_even: bool) -> SyntheticPerson:
        while not self._waiting[is_even]:
            person = next(self._living)
            self._waiting[int(person.iin[-1]) % 2 == 0].append(person)
        return self._waiting[is_even].pop(0)
