"""The monitor: what waits at this workplace, what is due and what is late, by region, system, service, step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.bus.errors import NotFound
from shared.regulations.book import PassportBook
from shared.workplace.records.deadlines import Waiting, read_waits
from shared.workplace.records.storage import CaseRow

SOON = timedelta(hours=24)


@dataclass(frozen=True, order=True)
class Spot:
    """A step of a service in a region: where cases can wait. Step ids count by channel and variant."""

    region: str
    system: str
    service: str
    regulation: str
    channel: str
    variant: str
    step: str
    is_applicants: bool


@dataclass(frozen=True)
class Held:
    """A case that waits at a spot, with its number and the department or centre in whose hands it is."""

    spot: Spot
    case: str
    number: str | None
    place: str
    since: datetime | None
    due: datetime | None

    def seconds_late(self, now: datetime) -> float | None:
        """By how much it is late, None while it is not."""
        return (now - self.due).total_seconds() if self.due is not None and now > self.due else None


@dataclass(frozen=True)
class Count:
    """How many cases wait at a spot, are due within a day, are late; ``worst`` is the longest delay in seconds."""

    spot: Spot
    waiting: int = 0
    soon: int = 0
    late: int = 0
    worst: float | None = None

    def plus(self, held: Held, now: datetime) -> Count:
        late = held.seconds_late(now)
        is_soon = held.due is not None and now <= held.due <= now + SOON
        worst = self.worst if late is None else max(late, self.worst or 0.0)
        return replace(
            self,
            waiting=self.waiting + 1,
            soon=self.soon + is_soon,
            late=self.late + (late is not None),
            worst=worst,
        )


def held(
    rows: Iterable[CaseRow], now: datetime, *, step: str | None = None, is_late: bool | None = None
) -> list[Held]:
    """The steps that wait in these cases, those due first first; narrowed to a step, to late ones or others."""
    found = [
        one
        for row in rows
        for wait in read_waits(row.waits)
        if step in (None, wait.step) and is_late in (None, wait.seconds_late(now) is not None)
        for one in [_held(row, wait)]
    ]
    return sorted(found, key=lambda one: (one.due is None, one.due or now, one.case))


def counted(waiting: Iterable[Held], now: datetime) -> Iterator[Count]:
    """These by spot, in order."""
    found: dict[Spot, Count] = {}
    for one in waiting:
        found[one.spot] = found.get(one.spot, Count(one.spot)).plus(one, now)
    yield from (found[spot] for spot in sorted(found))


def told(spot: Spot, book: PassportBook) -> tuple[str, str]:
    """Who must act at a spot and what he must do, as the act says it; nothing for a passport that is gone."""
    try:
        node = book.graph(spot.regulation, spot.channel, spot.variant).node(spot.step)
    except NotFound:
        return "", ""
    return node.actor, node.action


def _held(row: CaseRow, wait: Waiting) -> Held:
    spot = Spot(
        row.region,
        wait.system,
        row.service_type,
        row.regulation,
        row.channel,
        row.variant,
        wait.step,
        wait.is_applicants,
    )
    return Held(spot, row.correlation_id, row.number, row.place, wait.since, wait.due)
