"""The electronic queue of a centre: numbers, states, windows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType

from shared.bus.errors import Conflict
from shared.contracts.local_time import local_day


class TicketPurpose(StrEnum):
    """Why a visitor comes: to hand in documents, or to collect a result."""

    INTAKE = "intake"
    RESULT = "result"


class TicketState(StrEnum):
    """The state of a ticket."""

    WAITING = "waiting"
    CALLED = "called"
    SERVED = "served"
    LEFT = "left"


LETTERS: Mapping[TicketPurpose, str] = MappingProxyType({TicketPurpose.INTAKE: "А", TicketPurpose.RESULT: "Б"})
"""The letter of each purpose's own numbers (ours: the acts name the queue and do not describe its tickets)."""


def number_of(purpose: TicketPurpose, n: int) -> str:
    """The number on a ticket: ``А-012``."""
    return f"{LETTERS[purpose]}-{n:03}"


def day_of(now: datetime) -> date:
    """The local day; ticket numbers begin anew every day."""
    return local_day(now)


def check_state(state: str, expected: TicketState, number: str) -> None:
    """Conflict ``ticket-not-called`` when the ticket's state is not ``expected``."""
    if state != expected:
        raise Conflict("ticket-not-called", "the ticket was not called", ticket=number, state=state)
