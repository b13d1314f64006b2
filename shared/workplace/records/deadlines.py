"""When the steps that wait at a workplace are due, kept with the case; and its extended deadlines.

The moments are reckoned whenever the case is put back (``shared.regulations.deadlines``): the monitor reads them
and runs no calendar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from shared.regulations.calendar import Calendar
from shared.regulations.deadlines import outlooks
from shared.regulations.process.graph import Node
from shared.regulations.process.process_state import Course
from shared.workplace.records.stages import Stage
from shared.workplace.records.storage import Case

CALENDAR = Calendar()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A step that waits here, at which system, since when, and when it is due where its limit has a size.

    ``is_applicants``: what it waits for is not in the authority's hands.
    """

    step: str
    system: str
    since: datetime | None
    due: datetime | None
    is_applicants: bool

    def seconds_late(self, now: datetime) -> float | None:
        """By how much it is late, None while it is not."""
        return (now - self.due).total_seconds() if self.due is not None and now > self.due else None


@dataclass(frozen=True, slots=True)
class Extended:
    """The deadline of a step that was extended: by whom (ИИН), when, from when to when, and why.

    Where the extension was only heard of (ИС ЦОН), ``by`` is the system that told it, ``at`` when it did, and
    ``old`` is None.
    """

    extension: str
    step: str
    old: datetime | None
    due: datetime
    reason: str
    by: str
    at: datetime


_WAITS = TypeAdapter(tuple[Waiting, ...])
_EXTENSIONS = TypeAdapter(tuple[Extended, ...])


def read_waits(text: str) -> tuple[Waiting, ...]:
    """The steps that were kept as text."""
    return _WAITS.validate_json(text)


def write_waits(waits: tuple[Waiting, ...]) -> str:
    return _WAITS.dump_json(waits).decode()


def read_extensions(text: str) -> tuple[Extended, ...]:
    """The extensions that were kept as text, in their order."""
    return _EXTENSIONS.validate_json(text)


def write_extensions(extensions: tuple[Extended, ...]) -> str:
    return _EXTENSIONS.dump_json(extensions).decode()


def waits_of(course: Course, nodes: Iterable[Node], case: Case, now: datetime) -> tuple[Waiting, ...]:
    """The steps among these ``nodes``, all of which may be taken now, with their deadlines, and what the applicant
    shall send from elsewhere for a step here; none for a case that is only watched."""
    here = {node.id: node for node in (*nodes, *_sent_here(course, frozenset(case.systems.split(","))))}
    if case.stage == Stage.WATCHED or not here:
        return ()
    times = {one: at for one in course.given if (at := course.at(one)) is not None}
    extended = {one.step: one.due for one in read_extensions(case.extensions)} if case.extensions != "[]" else {}
    found = outlooks(course.graph, here, times, now, CALENDAR, extended)
    return tuple(Waiting(one.node, here[one.node].holder, one.since, one.due, one.is_applicants) for one in found)


def _sent_here(course: Course, systems: frozenset[str]) -> Iterator[Node]:
    """What the applicant shall send from another system, for a step of these."""
    for node in map(course.graph.node, course.allowed):
        if node.wait is not None and node.holder not in systems:
            following = (course.graph.node(edge.target) for edge in course.graph.out(node.id))
            if any(one.holder in systems for one in following):
                yield node


def first_due(waits: Iterable[Waiting]) -> datetime | None:
    """When the authority must act at the latest to be late with nothing."""
    return min((one.due for one in waits if one.due is not None and not one.is_applicants), default=None)
