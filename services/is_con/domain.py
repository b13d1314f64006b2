"""The electronic queue of a centre: numbers, states, windows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from shared.bus.errors import Conflict
from shared.contracts.local_time import local_day


class TicketPurpose(StrEnum):
    """What somebody comes for: to hand in papers, or to take a result."""

    INTAKE = "intake"
    RESULT = "result"


class TicketState(StrEnum):
    """Where a ticket stands."""

    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    LEFT = "left"


LETTERS: Mapping[TicketPurpose, str] = MappingProxyType({TicketPurpose.INTAKE: "А", TicketPurpose.RESULT: "Б"})
"""Each purpose has a row of numbers of its own (ours: the acts name the queue and tell nothing of its tickets)."""


def number_of(purpose: TicketPurpose, n: int) -> str:
    """А-012."""
    return f"{LETTERS[purpose]}-{n:03}"


def day_of(now: datetime) -> date:
    """The day of the centres: numbers begin anew with it."""
    return local_day(now)


def check_state(state: str, expected: TicketState, number: str) -> None:
    """Conflict ``ticket-not-called``: only who stands at a window is served, or has left it."""
    if state != expected:
        raise Conflict("ticket-not-called", "the ticket was not called", ticket=number, state=state)
