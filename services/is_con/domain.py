"""The electronic queue of a centre: numbers, states, windows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from shared.bus.errors import Conflict, NotFound, Refused
from shared.contracts.local_time import KAZAKHSTAN
from shared.regulations.graph import Graph
from shared.regulations.model import Office, Passport
from shared.workplace.staff import centres


class Purpose(StrEnum):
    """What somebody comes for: to hand in papers, or to take a result."""

    INTAKE = "intake"
    RESULT = "result"


class State(StrEnum):
    """Where a ticket stands."""

    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    LEFT = "left"


LETTERS: Mapping[Purpose, str] = MappingProxyType({Purpose.INTAKE: "А", Purpose.RESULT: "Б"})
"""Each purpose has a row of numbers of its own (ours: the acts name the queue and tell nothing of its tickets)."""


def number_of(purpose: Purpose, n: int) -> str:
    """А-012."""
    return f"{LETTERS[purpose]}-{n:03}"


def day_of(now: datetime) -> date:
    """The day of the centres: numbers begin anew with it."""
    return now.astimezone(KAZAKHSTAN).date()


def centre_of(passports: tuple[Passport, ...], code: str) -> Office:
    """The centre; NotFound ``centre-unknown``."""
    for passport in passports:
        if "con" in passport.channels.accept:
            for office in centres(passport):
                if office.code == code:
                    return office
    raise NotFound("centre-unknown", "no act knows this centre", centre=code)


def check_service(passport: Passport, code: str) -> None:
    """Refused ``channel-not-given`` or ``service-not-here``: what nobody can apply for at this centre."""
    if "con" not in passport.channels.accept:
        raise Refused("channel-not-given", "the act does not give this channel", channel="con")
    if code not in {office.code for office in centres(passport)}:
        raise Refused("service-not-here", "this centre does not give the service", regulation=passport.id)


def wait_limit(graph: Graph) -> timedelta | None:
    """How long it may take to come to a window, where the act times the handing in by the electronic queue."""
    first = graph.node(graph.start[0])
    return first.limit.duration if first.op == "present" and first.limit is not None else None


def check_state(state: str, wanted: State, number: str) -> None:
    """Conflict ``ticket-not-called``: only who stands at a window is served, or has left it."""
    if state != wanted:
        raise Conflict("ticket-not-called", "the ticket was not called", ticket=number, state=state)
